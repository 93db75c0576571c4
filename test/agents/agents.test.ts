import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Agents, type AgentsOptions, createAgents } from '../../src/agents/agents.ts';
import { builtInNames } from '../../src/agents/find-agent.ts';
import { ScriptLog } from '../../src/agents/script-log.ts';
import { systemctlPath } from '../../src/agents/systemd.ts';
import type { Action, Job } from '../../src/haresources/types.ts';
import { millis, seconds } from '../../src/units.ts';
import { FakeNetwork, held } from './fake-network.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

interface House {
  readonly agents: Agents;
  readonly root: string;
  readonly resourceD: string;
  readonly initD: string;
  readonly network: FakeNetwork;
  /** `LEVEL: text` of each line. */
  readonly lines: readonly string[];
  readonly run: (action: Action, agent: string, ...args: string[]) => ReturnType<Agents['run']>;
}

const httpd = 'echo "$0 $*"; [ "$1" = status ] && echo running; exit 0';
const vip = '172.16.100.1/16/eth0';

function jobOf(action: Action, agent: string, args: readonly string[]): Job {
  const at = { file: 'haresources', line: 1, column: 7 };
  const text = [agent, ...args].join('::');
  return { id: 1, group: text, resource: { text, agent, args, at }, action };
}

async function house(change: Partial<AgentsOptions> = {}): Promise<House> {
  const root = await temporaryDirectory();
  const resourceD = join(root, 'resource.d');
  const initD = join(root, 'init.d');
  await Promise.all([mkdir(resourceD), mkdir(initD)]);
  const network = new FakeNetwork({ iface: 'eth0', address: '172.16.100.6', prefix: 16 });
  const lines: string[] = [];
  const agents = createAgents({
    resourceD,
    initD,
    systemctl: undefined,
    environment: { PATH: '/usr/bin:/bin', HA_CURHOST: 'alpha' },
    directory: root,
    limits: { start: seconds(10), stop: seconds(10), status: seconds(10), probe: seconds(10) },
    debugLog: new ScriptLog(join(root, 'ha-debug')),
    network,
    log: ({ level, text }) => void lines.push(`${level}: ${text}`),
    ...change,
  });
  onTestFinished(() => {
    agents.close();
  });
  const run: House['run'] = (action, agent, ...args) => agents.run(jobOf(action, agent, args));
  return { agents, root, resourceD, initD, network, lines, run };
}

/** A stand-in for systemctl that knows the unit httpd, and writes down how it was called. */
async function fakeSystemctl(): Promise<{ readonly path: string; readonly calls: string }> {
  const directory = await temporaryDirectory();
  const calls = join(directory, 'calls');
  const path = await writeScript(
    directory,
    'systemctl',
    `echo "$@" >> ${calls}
     case "$*" in
       "show --property=LoadState httpd.service") echo LoadState=loaded;;
       show*) echo LoadState=not-found;;
       list-unit-files*) echo "httpd.service enabled"; echo "sshd.service enabled";;
       *is-active*) cat ${directory}/state;;
       *"start httpd.service") exit 3;;
     esac`,
  );
  await writeFile(join(directory, 'state'), 'active\n');
  return { path, calls };
}

describe('an agent is', () => {
  test('the script in resource.d, before the one in init.d and before what is built in', async () => {
    const { agents, resourceD, initD } = await house();
    await writeScript(initD, 'httpd', httpd);
    expect(await agents.find({ agent: 'httpd', args: [] })).toEqual({
      ok: true,
      value: { kind: 'script', path: join(initD, 'httpd') },
    });
    expect(await agents.find({ agent: 'IPaddr', args: [vip] })).toEqual({
      ok: true,
      value: { kind: 'built-in', name: 'IPaddr' },
    });

    await writeScript(resourceD, 'httpd', httpd);
    await writeScript(resourceD, 'IPaddr', httpd);

    for (const agent of ['httpd', 'IPaddr']) {
      expect(await agents.find({ agent, args: [] })).toEqual({
        ok: true,
        value: { kind: 'script', path: join(resourceD, agent) },
      });
    }
  });

  test('only a file that can be executed', async () => {
    const { agents, resourceD, initD } = await house();
    await writeScript(initD, 'httpd', httpd);
    await writeFile(join(resourceD, 'httpd'), httpd);
    await mkdir(join(resourceD, 'mysql'));

    expect(await agents.find({ agent: 'httpd', args: [] })).toMatchObject({
      value: { path: join(initD, 'httpd') },
    });
    expect(await agents.find({ agent: 'mysql', args: [] })).toMatchObject({ ok: false });
  });

  test('a systemd unit when there is no script of that name', async () => {
    const { agents } = await house({ systemctl: (await fakeSystemctl()).path });

    expect(await agents.find({ agent: 'httpd', args: [] })).toEqual({
      ok: true,
      value: { kind: 'unit', unit: 'httpd.service' },
    });
    expect(await agents.find({ agent: 'httdp', args: [] })).toMatchObject({ ok: false });
  });

  test.each(['', '.', '..', '../init.d/httpd', 'a\0b', '--version'])('not %j', async (agent) => {
    const { agents, initD } = await house({ systemctl: (await fakeSystemctl()).path });
    await writeScript(initD, 'httpd', httpd);

    expect(await agents.find({ agent, args: [] })).toMatchObject({
      ok: false,
      reason: { kind: 'not-found' },
    });
  });

  test('one of these, when a name is misspelt', async () => {
    const { agents, resourceD, initD } = await house({ systemctl: (await fakeSystemctl()).path });
    await writeScript(resourceD, 'httpd', httpd);
    await writeScript(initD, 'mysql', httpd);
    await writeFile(join(initD, 'README'), 'no script');

    expect(await agents.find({ agent: 'httdp', args: [] })).toEqual({
      ok: false,
      reason: {
        kind: 'not-found',
        agent: 'httdp',
        available: [...builtInNames, 'OCF', 'httpd', 'mysql', 'sshd'].sort(),
      },
    });
  });

  test('unfit when the built-in one would refuse its arguments', async () => {
    const { agents } = await house();

    expect(await agents.find({ agent: 'IPaddr', args: ['172.16.100.300'] })).toEqual({
      ok: false,
      reason: {
        kind: 'bad-arguments',
        agent: 'IPaddr',
        why: '"172.16.100.300" is not an IPv4 address',
      },
    });
  });
});

describe('start and stop of a script', () => {
  test('pass the arguments and then the action, print to the debug log, and are logged', async () => {
    const { run, resourceD, root, lines } = await house();
    const path = await writeScript(resourceD, 'drbddisk', 'echo "<$*> $HA_CURHOST $PWD"');

    expect(await run('start', 'drbddisk', 'r0', 'a b')).toEqual({ kind: 'done' });
    expect(await run('stop', 'drbddisk', 'r0', 'a b')).toEqual({ kind: 'done' });

    expect(await readFile(join(root, 'ha-debug'), 'latin1')).toBe(
      `<r0 a b start> alpha ${root}\n<r0 a b stop> alpha ${root}\n`,
    );
    expect(lines).toEqual([
      `info: Running ${path} r0 a b start`,
      `info: Running ${path} r0 a b stop`,
    ]);
  });

  test('fail with the exit code', async () => {
    const { run, initD, lines } = await house();
    const path = await writeScript(initD, 'httpd', 'exit 3');

    expect(await run('start', 'httpd')).toEqual({
      kind: 'failed',
      code: 3,
      why: `Return code 3 from ${path}`,
    });
    expect(lines).toEqual([`info: Running ${path}  start`, `ERROR: Return code 3 from ${path}`]);
  });

  test('fail without a code when a signal ended it', async () => {
    const { run, initD } = await house();
    await writeScript(initD, 'httpd', 'kill -9 $$');

    expect(await run('stop', 'httpd')).toMatchObject({ kind: 'failed', code: undefined });
  });

  test('run although the debug log cannot be written, with a warning', async () => {
    const { run, initD, lines } = await house({ debugLog: new ScriptLog('/nonexistent/ha-debug') });
    await writeScript(initD, 'httpd', httpd);

    expect(await run('start', 'httpd')).toEqual({ kind: 'done' });
    expect(lines[1]).toMatch(/^WARN: output of .*httpd is lost: ENOENT/);
  });

  test('are killed at their limit', async () => {
    const limits = {
      start: millis(200),
      stop: seconds(9),
      status: seconds(9),
      probe: seconds(9),
    };
    const { run, initD, lines } = await house({ limits });
    const path = await writeScript(initD, 'httpd', 'sleep 30');

    expect(await run('start', 'httpd')).toEqual({ kind: 'timed-out', limit: 200 });
    expect(lines.at(-1)).toBe(`ERROR: ${path} start killed: it took longer than 0.2 s`);
  });

  test('can be cancelled', async () => {
    const { agents, initD } = await house();
    await writeScript(initD, 'httpd', 'sleep 30');
    const cancel = new AbortController();
    const outcome = agents.run(jobOf('start', 'httpd', []), cancel.signal);

    setTimeout(() => {
      cancel.abort();
    }, 100);

    expect(await outcome).toEqual({ kind: 'failed', code: undefined, why: 'cancelled' });
  });

  test('end as not-found when there is no such script', async () => {
    const { run, lines } = await house();

    expect(await run('stop', 'httdp')).toEqual({ kind: 'not-found' });
    expect(lines).toEqual(['ERROR: Cannot locate resource script httdp']);
  });

  test('end as not-started when the system cannot run it', async () => {
    const { run, initD } = await house();
    await writeFile(join(initD, 'httpd'), '#!/nonexistent/interpreter\n');
    await chmod(join(initD, 'httpd'), 0o755);

    expect(await run('start', 'httpd')).toMatchObject({ kind: 'not-started' });
  });
});

describe('status of a script', () => {
  test.each([
    ['running', 'echo running; exit 3'],
    ['stopped', 'echo stopped; exit 0'],
    ['stopped', 'echo not; echo " running"; echo not running'],
    ['stopped', 'echo running >&2'],
    ['running', 'echo OK; kill -9 $$'],
    ['stopped', 'exit 0'],
  ])('is %s by its text alone: %s', async (kind, body) => {
    const { run, initD, lines } = await house();
    await writeScript(initD, 'httpd', body);

    expect(await run('status', 'httpd')).toEqual({ kind });
    expect(lines).toEqual([]);
  });
});

describe('a systemd unit', () => {
  test('is started and stopped by systemctl, and looked up once', async () => {
    const { path, calls } = await fakeSystemctl();
    const { run, lines } = await house({ systemctl: path });

    expect(await run('stop', 'httpd')).toEqual({ kind: 'done' });
    expect(await run('start', 'httpd')).toMatchObject({ kind: 'failed', code: 3 });

    expect(await readFile(calls, 'latin1')).toBe(
      [
        'show --property=LoadState httpd.service',
        '--no-ask-password stop httpd.service',
        '--no-ask-password start httpd.service',
        '',
      ].join('\n'),
    );
    expect(lines).toContain(`info: Running ${path} stop httpd.service`);
  });

  test.each([
    ['running', 'active'],
    ['running', 'reloading'],
    ['stopped', 'inactive'],
    ['stopped', 'activating'],
    ['stopped', 'failed'],
  ])('is %s when it is %s', async (kind, state) => {
    const { path, calls } = await fakeSystemctl();
    await writeFile(join(calls, '..', 'state'), `${state}\n`);
    const { run } = await house({ systemctl: path });

    expect(await run('status', 'httpd')).toEqual({ kind });
  });

  test('says that it takes no arguments', async () => {
    const { run, lines } = await house({ systemctl: (await fakeSystemctl()).path });

    await run('stop', 'httpd', 'x');

    expect(lines[0]).toBe('WARN: httpd.service is a systemd unit and takes no arguments');
  });

  test('is none where systemd does not run, though systemctl may be installed', async () => {
    const root = await temporaryDirectory();

    expect(await systemctlPath(join(root, 'run/systemd/system'))).toBeUndefined();
  });
});

describe('the built-in IPaddr', () => {
  test('starts, is running, stops', async () => {
    const { run, network, lines } = await house();

    expect(await run('start', 'IPaddr', vip)).toEqual({ kind: 'done' });
    expect(await run('status', 'IPaddr', vip)).toEqual({ kind: 'running' });
    expect(network.arps).toEqual(['eth0 172.16.100.1']);
    expect(await run('stop', 'IPaddr', vip)).toEqual({ kind: 'done' });
    expect(await run('status', 'IPaddr', vip)).toEqual({ kind: 'stopped' });

    expect(lines).toEqual([
      `info: Running IPaddr ${vip} start`,
      'info: IPaddr: 172.16.100.1/16 added as eth0:0',
      `info: Running IPaddr ${vip} stop`,
      'info: IPaddr: 172.16.100.1 (eth0:0) deleted',
    ]);
  });

  test('with arguments that make no address cannot start, but is stopped and can be stopped', async () => {
    const { run } = await house();

    expect(await run('start', 'IPaddr', '1.2.3')).toMatchObject({ kind: 'failed', code: 2 });
    expect(await run('status', 'IPaddr', '1.2.3')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'IPaddr', '1.2.3')).toEqual({ kind: 'done' });
  });

  test('tells why it failed', async () => {
    const { run, network, lines } = await house();
    network.broken = 'Operation not permitted';

    expect(await run('start', 'IPaddr', vip)).toMatchObject({ kind: 'failed', code: 1 });
    expect(lines.at(-1)).toBe('ERROR: Return code 1 from IPaddr: Operation not permitted');
  });
});

describe('announce', () => {
  test.each(['IPaddr', 'IPaddr2'])('tells the neighbours of an address of %s', async (agent) => {
    const { agents, network } = await house();
    network.list.push(held({ iface: 'eth0', address: '172.16.100.1', prefix: 16 }));

    await agents.announce({ agent, args: ['172.16.100.1/16/eth0'] });

    expect(network.arps).toEqual(['eth0 172.16.100.1']);
  });

  test.each([
    ['an address that is not here', 'IPaddr', '172.16.100.1'],
    ['a service', 'httpd', ''],
    ['arguments that make no address', 'IPaddr', '1.2.3'],
  ])('does nothing for %s', async (_, agent, text) => {
    const { agents, network } = await house();

    await agents.announce({ agent, args: [text] });

    expect(network.arps).toEqual([]);
  });
});

describe('a probe', () => {
  const address = 'eth0 172.16.100.1';

  test('finds another owner of an address, whatever script would start it', async () => {
    const { run, resourceD, network, root } = await house();
    network.others.set(address, '02:00:00:00:00:09');
    for (const agent of ['IPaddr', 'IPaddr2']) {
      await writeScript(resourceD, agent, `touch ${join(root, 'called')}`);

      expect(await run('probe', agent, vip)).toEqual({ kind: 'running' });
    }

    expect(network.probes).toEqual([address, address]);
    await expect(readFile(join(root, 'called'))).rejects.toThrow('ENOENT');
  });

  test('is stopped when all are silent', async () => {
    const { run } = await house();

    expect(await run('probe', 'IPaddr', vip)).toEqual({ kind: 'stopped' });
  });

  test('is stopped at once for what has no address, known or not', async () => {
    const { run, initD, network, lines } = await house();
    await writeScript(initD, 'httpd', 'exit 1');

    for (const agent of ['httpd', 'nosuch', 'Filesystem']) {
      expect(await run('probe', agent, vip)).toEqual({ kind: 'stopped' });
    }
    expect(network.probes).toEqual([]);
    expect(lines).toEqual([]);
  });

  test('fails, with a warning, for arguments that make no address', async () => {
    const { run, lines } = await house();

    expect(await run('probe', 'IPaddr2', 'alpha')).toEqual({
      kind: 'failed',
      code: 2,
      why: '"alpha" is not an IPv4 address',
    });
    expect(lines).toEqual([
      'WARN: IPaddr2: cannot find out whether alpha is in use: "alpha" is not an IPv4 address',
    ]);
  });

  test('ends at its limit', async () => {
    const limits = { start: seconds(9), stop: seconds(9), status: seconds(9), probe: millis(50) };
    const { run, network, lines } = await house({ limits });
    network.others.set(address, new Promise(() => undefined));

    expect(await run('probe', 'IPaddr', vip)).toEqual({ kind: 'timed-out', limit: 50 });
    expect(lines).toEqual([
      `WARN: IPaddr: cannot find out whether ${vip} is in use: it took too long`,
    ]);
  });
});
