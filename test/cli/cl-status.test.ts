import { once } from 'node:events';
import { createServer } from 'node:net';
import { link, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clStatus } from '../../src/cli/cl-status-run.ts';
import { openHouse } from '../clients/house.ts';
import { bothUp } from '../clients/setting.ts';
import { openWithIpfail, states, trimmed, withoutDaemon, wordsOf } from './cl-status-cases.ts';

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: readonly string[], socket: string, patience?: number): Promise<Ran> {
  const printed: string[] = [];
  const errors: string[] = [];
  const output = {
    print: (line: string) => printed.push(`${line}\n`),
    error: (text: string) => errors.push(`ERROR: ${text}`),
    complain: (line: string) => errors.push(line),
  };
  const sockets = { register: socket, ccm: join(dirname(socket), 'ccm/ccm') };
  const exit = await clStatus(words, sockets, output, patience);
  return { exit, stdout: trimmed(printed.join('')), stderr: errors.join('\n') };
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hb-status-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe.each(await states())('cl_status with $state', ({ facts, runs }) => {
  test.each(runs)('says what C says to $command', async (one) => {
    await using house = await openWithIpfail(facts);
    const { exit, stderr, stdout } = one;
    expect(await run(wordsOf(one), house.socket)).toEqual({ exit, stderr, stdout });
  });
});

describe('cl_status without a daemon', async () => {
  test.each(await withoutDaemon())('says what C says to $command', async (one) => {
    const { exit, stderr, stdout } = one;
    const socket = join(await directory(), 'register');
    expect(await run(wordsOf(one), socket)).toEqual({ exit, stderr, stdout });
  });

  test('takes a socket that nobody listens at any more for none', async () => {
    await using house = await openHouse();
    const stale = join(house.directory, 'stale');
    await link(house.socket, stale);
    house.end();
    expect((await stat(stale)).isSocket()).toBe(true);
    expect(await run(['hbstatus'], stale)).toMatchObject({
      exit: 1,
      stdout: 'Heartbeat is stopped on this machine.',
    });
  });
});

describe('cl_status', () => {
  test('says that heartbeat runs when it is merely refused', async () => {
    const auth = [{ client: 'anon', uids: [], gids: [] }];
    await using house = await openHouse({ auth, peer: 'kernel' });
    const words = 'Heartbeat is apparently running on this machine, but refuses my connection';
    expect(await run(['hbstatus'], house.socket)).toMatchObject({ exit: 0, stdout: words });
    expect(await run(['hbstatus', '-v'], house.socket)).toMatchObject({
      exit: 0,
      stdout: `${words}\n(client failed authorization)`,
    });
    expect(await run(['listnodes'], house.socket)).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'ERROR: Cannot signon with heartbeat\nERROR: REASON: client failed authorization',
    });
  });

  test('gives up a daemon that does not answer', async () => {
    const socket = join(await directory(), 'register');
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    expect(await run(['hbstatus'], socket, 50)).toMatchObject({ exit: 12, stdout: '' });
    expect(await run(['rscstatus'], socket, 50)).toMatchObject({ exit: 12, stdout: '' });
  });

  test('survives a daemon that speaks another language', async () => {
    const socket = join(await directory(), 'register');
    const server = createServer((peer) => peer.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    server.listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    expect(await run(['rscstatus'], socket)).toMatchObject({ exit: 13, stdout: '' });
  });

  test('waits for another node only as long as it is told', async () => {
    await using house = await openWithIpfail(bothUp);
    expect(await run(['clientstatus', 'api2', 'ipfail', '2000'], house.socket)).toMatchObject({
      exit: 0,
      stdout: 'online',
    });
    expect(await run(['clientstatus', 'api2', 'mute', '20'], house.socket)).toEqual({
      exit: 13,
      stdout: '',
      stderr:
        "ERROR: Cannot get heartbeat client mute's status\nERROR: REASON: No timely response.",
    });
  });

  test('takes what is no number for no time to wait', async () => {
    await using house = await openWithIpfail(bothUp);
    const { exit } = await run(['clientstatus', 'api2', 'mute', 'soon'], house.socket);
    expect(exit).toBe(13);
  });

  test('shows links and nodes of which there are several from the last to the first', async () => {
    const [node] = bothUp.nodes();
    expect(node).toBeDefined();
    if (node === undefined) return;
    const links = ['eth0', 'eth1'].map((name) => ({ name, status: 'up' as const }));
    await using house = await openWithIpfail({ ...bothUp, nodes: () => [{ ...node, links }] });
    expect((await run(['listhblinks', 'api1'], house.socket)).stdout).toBe('\teth1\n\teth0');
  });

  test('takes options anywhere, and explains wrong ones', async () => {
    await using house = await openWithIpfail(bothUp);
    const late = await run(['nodestatus', 'api1', '-m'], house.socket);
    expect(late).toMatchObject({ exit: 0, stdout: 'The cluster node api1 is active' });
    const together = await run(['listnodes', '-nm'], house.socket);
    expect(together.stdout).toBe('The nodes are as follow:\napi2\napi1');
    const unknown = await run(['nodestatus', '-v', 'api1'], house.socket);
    expect(unknown).toEqual({
      exit: 11,
      stdout: '',
      stderr: "nodestatus: invalid option -- 'v'\nERROR: Error: getopt returnedcharacter ?.",
    });
    const harmless = await run(['hbstatus', '-x'], house.socket);
    expect(harmless).toEqual({
      exit: 0,
      stdout: 'Heartbeat is running on this machine.',
      stderr: "hbstatus: invalid option -- 'x'",
    });
  });

  test('needs the argument of -p, and takes it in the same word or in the next', async () => {
    await using house = await openWithIpfail(bothUp);
    expect(await run(['hbparameter', '-p'], house.socket)).toEqual({
      exit: 11,
      stdout: '',
      stderr:
        "hbparameter: option requires an argument -- 'p'\nERROR: Error: getopt returnedcharacter code ?.",
    });
    expect((await run(['hbparameter', '-pdeadtime'], house.socket)).stdout).toBe('5');
    expect((await run(['hbparameter', '-mp', 'deadtime'], house.socket)).stdout).toBe(
      "Heartbeat parameter deadtime's value: 5",
    );
  });

  test('shows its usage when nothing is asked', async () => {
    const { exit, stdout } = await run([], '/nonexistent');
    expect(exit).toBe(0);
    expect(stdout).toContain('hbparameter -p <parameter-name>');
    expect(await run(['-h', 'more'], '/nonexistent')).toMatchObject({ exit: 11, stdout: '' });
  });
});
