/** Filesystem with the kernel's own mounts, and beside the agent of Debian's resource-agents. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mountedOn, mountsOf } from '../../src/agents/mount-table.ts';
import { seconds } from '../../src/units.ts';
import { enterOwnMounts, mountDeadServer } from './own-mounts.ts';
import { builtIns, environment } from './run-built-in.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

const exec = promisify(execFile);
const permitted = await enterOwnMounts();

/** What findmnt says of a directory, without the number of the loop device. */
async function mounted(directory: string): Promise<string> {
  const columns = ['-n', '-o', 'FSTYPE,SOURCE,OPTIONS'];
  const found = await exec('findmnt', [...columns, '--mountpoint', directory]).catch(() => ({
    stdout: '',
  }));
  return found.stdout.trim().replace(/loop\d+/, 'loopN');
}

async function image(): Promise<string> {
  const path = join(await temporaryDirectory(), 'disk');
  await exec('truncate', ['-s', '8M', path]);
  await exec('mkfs.ext4', ['-q', path]);
  return path;
}

/** The agent wants the program modprobe, which a machine without modules lacks. */
async function byC(args: readonly string[]): Promise<void> {
  const stubs = await temporaryDirectory();
  await writeScript(stubs, 'modprobe', '');
  const PATH = `${environment.PATH}:${stubs}`;
  await exec('/etc/ha.d/resource.d/Filesystem', args, { env: { ...environment, PATH } });
}

/** A process that has said that it is there. */
async function user(directory: string, script: string): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', script], { cwd: directory, stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

describe.skipIf(!permitted)('Filesystem (needs root)', () => {
  test.each([
    ['ext4 on a loop device', async () => `${await image()}::DIR::ext4::loop,noatime`],
    ['tmpfs', () => Promise.resolve('scratch::DIR::tmpfs::size=1m')],
    ['a bind mount', async () => `${await temporaryDirectory()}::DIR::none::bind`],
  ])(
    'mounts %s as the C agent does, each act also when repeated',
    async (_, make) => {
      const { run } = builtIns();
      const place = join(await temporaryDirectory(), 'new', 'place');
      const args = (await make()).replace('DIR', place);
      const resource = `Filesystem::${args}`;

      expect(await run('status', resource)).toEqual({ kind: 'stopped' });
      expect(await run('start', resource)).toEqual({ kind: 'done' });
      const ours = await mounted(place);
      expect(ours).not.toBe('');
      expect(await run('start', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'running' });
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
      expect(await mounted(place)).toBe('');
      expect(await run('stop', resource)).toEqual({ kind: 'done' });

      await byC([...args.split('::'), 'start']);
      expect(await mounted(place)).toBe(ours);
      expect(await run('status', resource)).toEqual({ kind: 'running' });
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
    },
    60_000,
  );

  test('ends who uses the mount: first it asks, then it kills', async () => {
    const { lines, run } = builtIns({
      limits: { start: seconds(15), stop: seconds(6), status: seconds(15), probe: seconds(1) },
    });
    const place = await temporaryDirectory();
    const resource = `Filesystem::scratch::${place}::tmpfs`;
    await run('start', resource);
    const polite = await user(place, 'echo; read line');
    const deaf = await user(place, 'trap "" TERM; echo; while :; do read line; done');
    const bystander = await user('/', 'echo; read line');
    const ends = Promise.all([once(polite, 'exit'), once(deaf, 'exit')]);

    expect(await run('stop', resource)).toEqual({ kind: 'done' });

    expect(await ends).toEqual([
      [null, 'SIGTERM'],
      [null, 'SIGKILL'],
    ]);
    expect(bystander.exitCode).toBeNull();
    expect(lines.filter((line) => line.includes(`(${String(deaf.pid)}) uses`))).toHaveLength(2);
    expect(await mounted(place)).toBe('');
  });

  test('takes what is mounted below away with it, and does not start above it', async () => {
    const { run } = builtIns();
    const place = await temporaryDirectory();
    const above = `Filesystem::outer::${place}::tmpfs`;
    const below = `Filesystem::inner::${place}/in side::tmpfs`;
    await run('start', above);
    await run('start', below);
    expect(await mounted(`${place}/in side`)).toContain('inner');
    expect(await run('stop', above)).toEqual({ kind: 'done' });
    expect(await mounted(`${place}/in side`)).toBe('');

    await run('start', below);
    expect(await run('start', above)).toMatchObject({ kind: 'failed', code: 6 });
    await run('stop', below);
  });

  test('a server that is dead and has somebody wait for it holds nothing up', async () => {
    const { lines, run } = builtIns();
    const place = await temporaryDirectory();
    const fuse = await open('/dev/fuse', 'r+');
    mountDeadServer(place, fuse.fd);
    const resource = `Filesystem::server:/export::${place}::fuse.sshfs`;
    const waiting = spawn('cat', [join(place, 'file')], { stdio: 'ignore' });
    const ended = once(waiting, 'exit');
    await isInKernel(waiting);

    expect(await run('status', resource)).toEqual({ kind: 'running' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });

    await ended;
    expect(await mountedHere(place)).toBe(false);
    expect(lines.join('\n')).toContain('by force');
    await fuse.close();
  });

  test('what cannot be mounted is said with the words of mount, and leaves nothing', async () => {
    const { lines, run } = builtIns();
    const place = await temporaryDirectory();

    expect(await run('start', `Filesystem::/dev/nope::${place}::ext4`)).toMatchObject({
      kind: 'failed',
      code: 5,
    });
    expect(await run('stop', `Filesystem::/dev/nope::${place}::ext4`)).toEqual({ kind: 'done' });
    expect(await run('start', `Filesystem::/dev/null::${place}::nofs`)).toMatchObject({
      code: 5,
    });
    expect(lines.join('\n')).toContain(`cannot be mounted on ${place}: mount: ${place}: `);
  });
});

/** Until the process waits in the open of a file that nobody will answer. */
async function isInKernel({ pid }: ChildProcess): Promise<void> {
  const where = async (): Promise<string> =>
    (await exec('cat', [`/proc/${String(pid)}/wchan`])).stdout;
  await expect.poll(where, { timeout: 10_000 }).toMatch(/fuse|request_wait/);
}

async function mountedHere(directory: string): Promise<boolean> {
  const mounts = await mountsOf();
  return mounts.ok && mountedOn(mounts.value, directory) !== undefined;
}
