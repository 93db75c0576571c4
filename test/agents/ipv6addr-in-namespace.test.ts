/** IPv6addr with the kernel's own answers: with a neighbour on the other end of the cable, and beside the script of the C heartbeat. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openNetwork } from '../../src/agents/open-network.ts';
import { enterOwnMounts } from './own-mounts.ts';
import { enterOwnNetwork, ip } from './own-network.ts';
import { byScript } from './resource-scripts.ts';
import { type BuiltIns, builtIns, environment } from './run-built-in.ts';

const permitted = (await enterOwnMounts()) && enterOwnNetwork();
const network = await openNetwork({ environment, directory: '/' }, (line) =>
  expect.fail(line.text),
);
const neighbourMac = '02:00:00:00:00:09';
const address = '2001:db8:0:0:0:0:0:1';
const resource = `IPv6addr::${address}/64/eth0`;
let neighbour: ChildProcess;
let agents: BuiltIns;

/** Runs ip(8) on the neighbour. */
async function there(words: string): Promise<string> {
  const place = ['-t', String(neighbour.pid), '-n'];
  const { stdout } = await promisify(execFile)('nsenter', [...place, 'ip', ...words.split(' ')]);
  return stdout;
}

/** Addresses and routes as the kernel has them; our addresses have the flag `nodad`, for we have asked before. */
async function state(): Promise<string> {
  const tables = await Promise.all([
    ip('-6 -o address show dev eth0'),
    ip('-6 route show table all'),
  ]);
  return tables
    .join('')
    .replaceAll(/^\d+: /gm, '')
    .replaceAll(' nodad', '');
}

async function ownMac(): Promise<string> {
  return /link\/ether (\S+)/.exec(await ip('link show dev eth0'))?.[1] ?? '';
}

/** What the neighbour believes. */
async function believed(): Promise<string> {
  return there('-6 neighbour show 2001:db8::1');
}

describe.skipIf(!permitted)('IPv6addr (needs root)', () => {
  beforeAll(async () => {
    neighbour = spawn('unshare', ['--net', '--', 'sh', '-c', 'echo ready; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (neighbour.stdout !== null) await once(neighbour.stdout, 'data');
    await ip('link set lo up');
  });
  afterAll(() => {
    neighbour.stdin?.end();
  });

  beforeEach(async () => {
    await ip('link delete eth0').catch(() => '');
    const end = `peer name eth0 address ${neighbourMac} netns ${String(neighbour.pid)}`;
    await ip(`link add eth0 type veth ${end}`);
    // Without addresses of the link itself, whose duplicates the kernel would look for first, for two seconds.
    await ip('link set eth0 addrgenmode none up');
    await there('link set eth0 addrgenmode none up');
    await ip('address add 2001:db8::6/64 dev eth0 nodad');
    await there('address add 2001:db8::9/64 dev eth0 nodad');
    await expect.poll(() => ip('link show dev eth0')).toContain('state UP');
    agents = builtIns({ network });
  });

  test('leaves what the C agent leaves, each act also when repeated, and each stops the other', async () => {
    const { run } = agents;
    const before = await state();
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    for (let round = 0; round < 2; round += 1) {
      expect(await run('start', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'running' });
    }
    const ours = await state();
    expect(ours).toContain('inet6 2001:db8::1/64 scope global');
    expect(await byScript('status', resource)).toBe('running');
    expect(await byScript('stop', resource)).toBe('done');
    expect(await state()).toBe(before);

    expect(await byScript('start', resource)).toBe('done');
    expect(await state()).toBe(ours);
    expect(await run('status', resource)).toEqual({ kind: 'running' });
    for (let round = 0; round < 2; round += 1) {
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    }
    expect(await state()).toBe(before);
  }, 30_000);

  test.each(['2001:db8::1', '2001:db8::1/64', `${address}/eth0`])(
    'finds interface and prefix by the route: %s',
    async (args) => {
      expect(await agents.run('start', `IPv6addr::${args}`)).toEqual({ kind: 'done' });

      expect(await ip('-6 -o address show dev eth0')).toContain('2001:db8::1/64');
      expect(await agents.run('stop', `IPv6addr::${args}`)).toEqual({ kind: 'done' });
    },
  );

  test('does not start while another machine has the address, and starts when it is gone', async () => {
    const { run } = agents;
    await there('address add 2001:db8::1/64 dev eth0 nodad');
    const why = `${address} is in use on eth0: ${neighbourMac} answers for it`;

    expect(await run('probe', resource)).toEqual({ kind: 'running' });
    expect(await run('start', resource)).toEqual({ kind: 'failed', code: 1, why });
    expect(await ip('-6 address show dev eth0')).not.toContain('2001:db8::1/');

    await there('address delete 2001:db8::1/64 dev eth0');
    expect(await run('probe', resource)).toEqual({ kind: 'stopped' });
    expect(await run('start', resource)).toEqual({ kind: 'done' });
  });

  test('can be used at once, and the neighbours learn it without asking', async () => {
    const { run } = agents;
    await there(`-6 neighbour replace 2001:db8::1 lladdr 02:00:00:00:00:77 dev eth0 nud stale`);

    await run('start', resource);

    expect(await ip('-6 address show dev eth0')).not.toContain('tentative');
    await expect.poll(believed).toContain(await ownMac());
  });

  test('is announced again when it is asked for, and no more after the stop', async () => {
    const { agents: room, run } = agents;
    await run('start', resource);
    const args = [`${address}/64/eth0`];
    const wrong = '-6 neighbour replace 2001:db8::1 lladdr 02:00:00:00:00:77 dev eth0 nud stale';
    await there(wrong);

    await room.announce({ agent: 'IPv6addr', args });
    await expect.poll(believed).toContain(await ownMac());

    await run('stop', resource);
    await there(wrong);
    await room.announce({ agent: 'IPv6addr', args });
    expect(await believed()).toContain('02:00:00:00:00:77');
  });

  test('an address that the kernel found to be another machine is not up, and is asked for anew', async () => {
    const { run } = agents;
    await there('address add 2001:db8::1/64 dev eth0 nodad');
    await ip('address add 2001:db8::1/64 dev eth0');
    await expect
      .poll(() => ip('-6 address show dev eth0'), { timeout: 5_000 })
      .toContain('dadfailed');
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await run('start', resource)).toMatchObject({ kind: 'failed' });

    await there('address delete 2001:db8::1/64 dev eth0');
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'running' });
    expect(await ip('-6 address show dev eth0')).not.toContain('dadfailed');
  });

  test('where nobody could be asked it starts with a warning', async () => {
    const { lines, run } = agents;
    await there('link set eth0 down');
    await expect.poll(() => ip('link show dev eth0')).toContain('NO-CARRIER');

    expect(await run('start', resource)).toEqual({ kind: 'done' });

    expect(lines).toContain(
      'WARN: IPv6addr: not known whether it is in use: eth0 is down or has no carrier',
    );
  });

  test('without a route it needs an interface, and fails on one that is not there', async () => {
    const { run } = agents;

    expect(await run('start', 'IPv6addr::2001:db8:9:0:0:0:0:1')).toMatchObject({ code: 1 });
    expect(await run('start', 'IPv6addr::2001:db8:9:0:0:0:0:1/64/nope0')).toMatchObject({
      code: 1,
    });
    expect(await run('stop', 'IPv6addr::2001:db8:9:0:0:0:0:1/64/nope0')).toEqual({ kind: 'done' });
    expect(await run('start', 'IPv6addr::2001:db8:9::1/64/eth0')).toEqual({ kind: 'done' });
  });
});
