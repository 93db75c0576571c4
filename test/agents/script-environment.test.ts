import { describe, expect, test } from 'vitest';
import { type EnvironmentFacts, scriptEnvironment } from '../../src/agents/script-environment.ts';
import { nodeName } from '../../src/units.ts';

const facts: EnvironmentFacts = {
  inherited: {},
  node: nodeName('Alpha'),
  parameters: new Map([
    ['keepalive', '200ms'],
    ['deadtime', '2'],
    ['debug', '0'],
    ['compression', 'zlib'],
  ]),
  env: new Map([['FOO', 'bar']]),
  logging: { logfile: '/var/log/ha-log', debugfile: '/var/log/ha-debug' },
  autoFailback: 'off',
  haDirectory: '/etc/ha.d',
  fifo: '/var/lib/heartbeat/fifo',
};

describe('the environment of a script', () => {
  test('has the variables that a script of the C daemon sees', () => {
    expect(scriptEnvironment(facts)).toMatchObject({
      HA_CURHOST: 'alpha',
      HA_keepalive: '200ms',
      HA_deadtime: '2',
      HA_debug: '0',
      HA_FOO: 'bar',
      HA_LOGFILE: '/var/log/ha-log',
      HA_DEBUGLOG: '/var/log/ha-debug',
      HA_LOGD: 'no',
      HA_DATEFMT: '%Y/%m/%d_%T\t',
      HA_NICEFAILBACK: 'yes',
      HA_COMPRESSION: 'zlib',
      HA_DIR: '/etc/ha.d/',
      HA_FUNCS: '/etc/ha.d//shellfuncs',
      HA_RCDIR: '/etc/ha.d//rc.d',
      HA_RESOURCEDIR: '/etc/ha.d//resource.d',
      HA_DOCDIR: '/usr/share/doc/heartbeat',
      HA_BIN: '/usr/libexec/heartbeat',
      HA_FIFO: '/var/lib/heartbeat/fifo',
      OCF_ROOT: '/usr/lib/ocf',
      LC_ALL: 'C',
      HOME: '/root',
    });
  });

  test('takes a short list from the daemon and nothing else', () => {
    const inherited = { HOME: '/home/op', TZ: 'UTC', LANG: 'de_DE', LD_PRELOAD: '/x.so', FOO: '1' };

    const environment = scriptEnvironment({ ...facts, inherited });

    expect(environment).toMatchObject({ HOME: '/home/op', TZ: 'UTC' });
    expect(environment).not.toHaveProperty('LD_PRELOAD');
    expect(environment).not.toHaveProperty('LANG');
    expect(environment).not.toHaveProperty('FOO');
  });

  test("puts heartbeat's directories first in PATH and the system's last, each once", () => {
    const { PATH } = scriptEnvironment({
      ...facts,
      inherited: { PATH: '/opt/bin:/usr/sbin::/bin' },
    });

    expect(PATH?.split(':')).toEqual([
      '/usr/libexec/heartbeat',
      '/usr/sbin',
      '/usr/share/heartbeat',
      '/opt/bin',
      '/bin',
      '/usr/local/sbin',
      '/usr/local/bin',
      '/usr/bin',
      '/sbin',
    ]);
  });

  test('sends logs to /dev/null with a syslog facility and no files', () => {
    const environment = scriptEnvironment({ ...facts, logging: { logfacility: 'local0' } });

    expect(environment).toMatchObject({
      HA_LOGFILE: '/dev/null',
      HA_DEBUGLOG: '/dev/null',
      HA_logfile: '/dev/null',
      HA_debugfile: '/dev/null',
      HA_LOGFACILITY: 'local0',
    });
  });

  test.each([{}, { logfacility: 'none' }])('has empty log names with logging %j', (logging) => {
    const environment = scriptEnvironment({ ...facts, logging });

    expect(environment).toMatchObject({ HA_LOGFILE: '', HA_DEBUGLOG: '' });
    expect(environment).not.toHaveProperty('HA_logfile');
    expect(environment['HA_LOGFACILITY']).toBe(logging.logfacility);
  });

  test('lets no env line replace what heartbeat answers for', () => {
    const env = new Map([
      ['CURHOST', 'mallory'],
      ['FUNCS', '/tmp/evil'],
    ]);

    expect(scriptEnvironment({ ...facts, env })).toMatchObject({
      HA_CURHOST: 'alpha',
      HA_FUNCS: '/etc/ha.d//shellfuncs',
    });
  });

  test('has no HA_NICEFAILBACK in legacy mode, and says when logd is used', () => {
    const legacy = scriptEnvironment({
      ...facts,
      autoFailback: 'legacy',
      logging: { useLogd: true },
    });

    expect(legacy).not.toHaveProperty('HA_NICEFAILBACK');
    expect(legacy['HA_LOGD']).toBe('yes');
  });
});
