/** drbddisk with a stand-in for drbdadm that has a role, as DRBD 8 and 9 tell it; with a real one: test/hosts/storage.test.ts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drbddisk, drbddiskBeside } from '../../src/agents/drbddisk.ts';
import { seconds } from '../../src/units.ts';
import { type OneAgent, oneAgent } from './run-one.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

const limits = { start: seconds(3), stop: seconds(3), status: seconds(15), probe: seconds(15) };

interface Machine extends OneAgent {
  /** What drbdadm is to say of the role, the connection (`cstate`), or why it refuses (`refuse`, for as many calls as the text has lines). */
  readonly set: (what: 'role' | 'cstate' | 'refuse', text: string) => Promise<void>;
  readonly calls: () => Promise<readonly string[]>;
}

async function machine(peer = ''): Promise<Machine> {
  const [sys, bin] = [await temporaryDirectory(), await temporaryDirectory()];
  await mkdir(join(sys, 'module/drbd'), { recursive: true });
  await writeScript(
    bin,
    'drbdadm',
    `cd ${bin}; echo "$*" >> calls
    case $1 in
      role) cat role; grep -q -e defined -e did role && exit 20; exit 0;;
      cstate) cat cstate;;
      primary|secondary)
        if [ -s refuse ]; then
          echo "0: State change failed: $(head -n 1 refuse)" >&2
          echo "Command 'drbdsetup $1 0' terminated with exit code 11" >&2
          sed -i 1d refuse; exit 11
        fi
        case $1 in primary) echo 'Primary${peer}' > role;; *) echo 'Secondary${peer}' > role;; esac;;
    esac`,
  );
  await writeScript(bin, 'drbdsetup', `echo "$2: No such resource" >&2; exit 10`);
  await writeFile(join(bin, 'role'), `Secondary${peer}\n`);
  await writeFile(join(bin, 'cstate'), 'Connected\n');
  return {
    ...oneAgent(drbddiskBeside(sys), bin, { limits }),
    set: (what, text) => writeFile(join(bin, what), text),
    calls: async () => (await readFile(join(bin, 'calls'), 'utf8')).trim().split('\n'),
  };
}

const peerIsPrimary = '(-1) Multiple primaries not allowed by config\n';
const isHeldOpen = '(-12) Device is held open by someone\n';

describe('drbddisk', () => {
  test.each([
    ['DRBD 8', '/Secondary'],
    ['DRBD 9', ''],
  ])(
    'makes the resource primary and secondary with %s, each act also when repeated',
    async (_, peer) => {
      const { lines, run } = await machine(peer);
      const resource = 'drbddisk::r0';

      expect(await run('status', resource)).toEqual({ kind: 'stopped' });
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
      expect(await run('start', resource)).toEqual({ kind: 'done' });
      expect(await run('start', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'running' });
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'stopped' });
      expect(lines.filter((line) => !line.startsWith('info: '))).toEqual([]);
    },
  );

  test('means all resources when none is named', async () => {
    const { calls, run, set } = await machine();
    await set('role', 'Primary\nSecondary\n');

    expect(await run('status', 'drbddisk')).toEqual({
      kind: 'failed',
      code: 1,
      why: '1 of 2 resources are primary here',
    });
    expect(await run('stop', 'drbddisk')).toEqual({ kind: 'done' });
    expect(await calls()).toContain('secondary all');
  });

  test('a resource that is not up hides none that is primary', async () => {
    const { run, set } = await machine();
    await set('role', 'Unconfigured\nPrimary\n');

    expect(await run('status', 'drbddisk')).toMatchObject({ kind: 'failed' });
    expect(await run('stop', 'drbddisk')).toEqual({ kind: 'done' });
    expect(await run('status', 'drbddisk')).toEqual({ kind: 'stopped' });
  });

  test.each(['drbddisk', 'drbddisk::r0'])(
    '%s: one that is not up hides none that could not be asked',
    async (resource) => {
      const { calls, run, set } = await machine();
      const unanswered = "Command 'drbdsetup-84 role 1' did not terminate within 5 seconds";
      await set('role', `Unconfigured\n${unanswered}\n`);

      expect(await run('status', resource)).toMatchObject({ kind: 'failed' });
      expect(await run('stop', resource)).toMatchObject({ kind: 'failed' });
      expect((await calls()).filter((call) => call.startsWith('secondary'))).toEqual([]);
    },
  );

  test('an answer that is not understood is not taken for stopped', async () => {
    const { run, set } = await machine();
    await set('role', 'Leader\n');

    expect(await run('status', 'drbddisk::r0')).toMatchObject({ kind: 'failed' });
    expect(await run('stop', 'drbddisk::r0')).toMatchObject({ kind: 'failed' });
  });

  test('waits for the other node to give it up', async () => {
    const { lines, run, set } = await machine('/Primary');
    await set('refuse', peerIsPrimary);

    expect(await run('start', 'drbddisk::r0')).toEqual({ kind: 'done' });
    expect(lines).toContain(
      'WARN: drbddisk: r0 is not primary yet: the other node is primary (Multiple primaries not allowed by config)',
    );
  });

  test('does not wait for longer than its limit, and leaves the resource as it was', async () => {
    const { run, set } = await machine('/Primary');
    await set('refuse', peerIsPrimary.repeat(40));

    expect(await run('start', 'drbddisk::r0')).toMatchObject({ kind: 'timed-out' });
    expect(await run('status', 'drbddisk::r0')).toEqual({ kind: 'stopped' });
  });

  test('never says stopped of a device that stays in use', async () => {
    const { lines, run, set } = await machine();
    await run('start', 'drbddisk::r0');
    await set('refuse', isHeldOpen.repeat(20));

    expect(await run('stop', 'drbddisk::r0')).toMatchObject({ kind: 'timed-out' });
    expect(lines).toContain(
      'WARN: drbddisk: r0 has not stopped yet: its device is in use (Device is held open by someone)',
    );
    expect(await run('status', 'drbddisk::r0')).toEqual({ kind: 'running' });
  });

  test('after a split brain it starts as C does, with a warning of what it means', async () => {
    const { lines, run, set } = await machine('/Unknown');
    await set('cstate', 'StandAlone\n');

    expect(await run('start', 'drbddisk::r0')).toEqual({ kind: 'done' });
    expect(lines.at(-1)).toContain(
      'WARN: drbddisk: r0 is primary, but StandAlone: the nodes do not replicate',
    );
  });

  test.each([
    'Unconfigured\n',
    '0: Failure: (127) Device minor not allocated\n',
    "'r0' not defined in your config (for this host).\n",
  ])('what is not up cannot be started, and is stopped: %j', async (role) => {
    const { run, set } = await machine();
    await set('role', role);

    expect(await run('status', 'drbddisk::r0')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'drbddisk::r0')).toEqual({ kind: 'done' });
    expect(await run('start', 'drbddisk::r0')).toEqual({
      kind: 'failed',
      code: 1,
      why: 'r0 is not up on this node (drbdadm up r0), or not in its drbd.conf',
    });
  });

  test('where the kernel has no DRBD it is stopped, also without drbdadm', async () => {
    const sys = await temporaryDirectory();
    const { run } = oneAgent(drbddiskBeside(sys), '', { environment: { PATH: '/nonexistent' } });

    expect(await run('status', 'drbddisk::r0')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'drbddisk::r0')).toEqual({ kind: 'done' });
    expect(await run('start', 'drbddisk::r0')).toMatchObject({ kind: 'failed', code: 5 });
  });

  test.each([
    ['drbddisk::-d', '"-d" is not the name of a resource, as in drbddisk::r0'],
    ['drbddisk::r0::r1', 'at most one argument, as in drbddisk::r0'],
  ])('%s cannot be started, and is stopped', async (resource, why) => {
    const { run } = oneAgent(drbddisk, '');

    expect(await run('start', resource)).toEqual({ kind: 'failed', code: 2, why });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });
});
