import { describe, expect, test } from 'vitest';
import { type DeviceFacts, devicesFor, resolveDevice } from '../../src/config/fencing-device.ts';
import { formatProblem } from '../../src/config/format-problem.ts';
import { parseHaCf } from '../../src/config/ha-cf.ts';
import type { FencingDevice } from '../../src/config/settings.ts';
import { nodeName } from '../../src/units.ts';

const facts: DeviceFacts = {
  plugins: new Map([
    ['null', { kind: 'found', names: ['hostlist'] }],
    ['external/rackpdu', { kind: 'found', names: ['hostlist', 'pduip', 'community'] }],
    ['external/gone', { kind: 'unusable', path: '/x/gone', why: 'absent' }],
    ['external/open', { kind: 'unusable', path: '/x/open', why: 'writable-by-others' }],
    ['apcmaster', { kind: 'no-stonith-command' }],
  ]),
  files: new Map([
    ['/etc/ha.d/pdu one', '# comment\n\n  node1,node2  10.0.0.9   public key \nignored\n'],
    ['/etc/ha.d/short', 'node1\n'],
    ['/etc/ha.d/empty', '# nothing\n'],
    ['/etc/ha.d/closed', undefined],
  ]),
};

/** What the lines mean on node1, and what is wrong with them. */
function read(lines: string): { device: FencingDevice | undefined; problems: string[] } {
  const { value } = parseHaCf(lines, 'ha.cf');
  const problems: string[] = [];
  const own = devicesFor(value.stonith, nodeName('node1'));
  const device = resolveDevice(own, facts, (problem) =>
    problems.push(formatProblem(problem, 'en')),
  );
  return { device, problems };
}

const parametersOf = (lines: string): Record<string, string> =>
  Object.fromEntries(read(lines).device?.parameters ?? []);

describe('the fencing device of a node', () => {
  test('has its parameters by position, and the last one has the rest of the line', () => {
    expect(
      parametersOf('stonith_host * external/rackpdu node1  10.0.0.9  portA portB  extra'),
    ).toEqual({
      hostlist: 'node1',
      pduip: '10.0.0.9',
      community: 'portA portB  extra',
    });
  });

  test('takes them from the first line of a file that is no comment', () => {
    expect(parametersOf('stonith external/rackpdu /etc/ha.d/pdu one')).toEqual({
      hostlist: 'node1,node2',
      pduip: '10.0.0.9',
      community: 'public key',
    });
  });

  test('is that of this host, whatever other lines say', () => {
    const lines = 'stonith_host node2 nosuch x\nstonith_host NODE1 null node2\n';

    expect(read(lines)).toMatchObject({ device: { type: 'null' }, problems: [] });
    expect(read('stonith_host node2 nosuch x')).toEqual({ device: undefined, problems: [] });
  });

  test('is the last of several, and that is told', () => {
    const { device, problems } = read(
      'stonith_host * null node2\nstonith_host * external/rackpdu a b c\n',
    );

    expect(device?.type).toBe('external/rackpdu');
    expect(problems).toEqual([expect.stringMatching(/^ha\.cf:1:16: warning: null is not used/)]);
  });

  test.each([
    ['stonith_host * nosuch a', 'error: Invalid Stonith type [nosuch]'],
    [
      'stonith_host * external/rackpdu a b',
      'error: Invalid Stonith configuration parameter [ a b]',
    ],
    ['stonith_host * external/gone a b', 'Invalid Stonith configuration parameter [ a b]'],
    ['stonith_host * external/gone a b', 'stat(2) of /x/gone failed: No such file or directory'],
    ['stonith_host * null', 'error: Invalid Stonith configuration parameter []'],
    ['stonith_host * external/open a', '/x/open found to be writable by group/others'],
    ['stonith external/rackpdu /etc/ha.d/short', 'Invalid Stonith config file [/etc/ha.d/short]'],
    ['stonith external/rackpdu /etc/ha.d/empty', 'Invalid Stonith config file [/etc/ha.d/empty]'],
    ['stonith external/rackpdu /etc/ha.d/closed', 'glib: Cannot open /etc/ha.d/closed'],
    ['stonith_host * apcmaster a b c', 'install the package cluster-glue'],
    ['stonith_host * suicide', 'suicide can only reset this very node'],
  ])('%j is refused', (line, words) => {
    const { device, problems } = read(line);

    expect(device).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(words)]);
  });
});
