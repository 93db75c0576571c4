import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  announceDaemon,
  daemonTitle,
  isDaemon,
  lookAtPidFile,
  takePidFile,
  type TryLock,
} from '../../src/daemon/pid-file.ts';
import { lockFile } from '../../src/native/file-lock.ts';

let directory: string;
let path: string;
let children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hb-pid-'));
  path = join(directory, 'heartbeat.pid');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await rm(directory, { recursive: true });
});

const flock: TryLock = (fd) => {
  const locked = lockFile(fd);
  if (!locked.ok) return 'unavailable';
  return locked.value ? 'locked' : 'taken';
};

/** A living process with that title, and its pid. */
async function processCalled(title: string): Promise<number> {
  const script = 'process.title = process.argv[1]; console.log("up"); setInterval(() => {}, 1e6);';
  const child = spawn(process.execPath, ['-e', script, title]);
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

/** The pid of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('a pid file', () => {
  test('that is not there, or holds no pid, names nobody', async () => {
    expect(await lookAtPidFile(path)).toEqual({ kind: 'absent' });
    for (const content of ['', 'garbage\n', '-1\n', '0\n', '12 34\n', '99999999999\n']) {
      await writeFile(path, content);
      expect(await lookAtPidFile(path)).toEqual({ kind: 'absent' });
    }
  });

  test('is stale when its process has ended', async () => {
    const pid = await endedPid();
    await writeFile(path, `${String(pid).padStart(10)}\n`);

    expect(await lookAtPidFile(path)).toEqual({ kind: 'stale', pid });
  });

  test('is stale when its process is a stranger', async () => {
    const pid = await processCalled('a program of somebody else');
    await writeFile(path, `${String(pid)}\n`);

    expect(await lookAtPidFile(path)).toEqual({ kind: 'stale', pid });
  });

  test('names a running daemon by its title, whichever implementation wrote it', async () => {
    const pid = await processCalled(daemonTitle);
    await writeFile(path, `${String(pid).padStart(10)}\n`);

    expect(await lookAtPidFile(path)).toEqual({ kind: 'running', pid });
  });

  test('of a daemon that has ended but was not reaped is stale', async () => {
    // sh starts the process and then becomes a program that never waits for it.
    const script =
      '"$1" -e "process.title = process.argv[1]; setTimeout(() => {}, 50)" "$2" & echo $!; exec sleep 60';
    const parent = spawn('/bin/sh', ['-c', script, 'sh', process.execPath, daemonTitle]);
    children.push(parent);
    const pid = await new Promise<number>((resolve) => {
      parent.stdout.on('data', (line) => {
        resolve(Number(String(line)));
      });
    });

    await expect
      .poll(() => readFile(`/proc/${String(pid)}/stat`, 'latin1'), { timeout: 5000 })
      .toMatch(/\) Z /);
    expect(await isDaemon(pid)).toBe(false);
  });
});

describe('a daemon that takes the pid file', () => {
  test('writes its pid in 10 columns and NL, as C does', async () => {
    const taken = await takePidFile(path, flock);

    expect(taken.ok).toBe(true);
    expect(await readFile(path, 'latin1')).toBe(`${String(process.pid).padStart(10)}\n`);
    if (taken.ok) await taken.value.release();
  });

  test('lets everybody read it, whatever the umask of whoever starts it', async () => {
    const before = process.umask(0o077);
    const taken = await takePidFile(path, flock);
    process.umask(before);

    expect((await stat(path)).mode & 0o777).toBe(0o644);
    if (taken.ok) await taken.value.release();
  });

  test('takes over a stale file, a longer one and one with garbage', async () => {
    for (const content of [`${String(await endedPid())}\n`, 'garbage that is rather long\n', '']) {
      await writeFile(path, content);
      const taken = await takePidFile(path, flock);
      expect(await readFile(path, 'latin1')).toBe(`${String(process.pid).padStart(10)}\n`);
      if (taken.ok) await taken.value.release();
    }
  });

  test('removes it at the end, so that status says "not running"', async () => {
    const taken = await takePidFile(path, flock);
    if (taken.ok) await taken.value.release();

    expect(await readdir(directory)).toEqual([]);
  });

  test('leaves the file alone at the end when another has put its own there', async () => {
    const taken = await takePidFile(path, flock);
    await rm(path);
    await writeFile(path, '1\n');
    if (taken.ok) await taken.value.release();

    expect(await readFile(path, 'latin1')).toBe('1\n');
  });

  test('is refused while a C daemon runs, which holds no lock', async () => {
    const pid = await processCalled(daemonTitle);
    const content = `${String(pid).padStart(10)}\n`;
    await writeFile(path, content);

    expect(await takePidFile(path, flock)).toEqual({ ok: false, reason: { kind: 'running', pid } });
    expect(await readFile(path, 'latin1')).toBe(content);
  });

  test('is refused while another holds the lock, even before a pid was written', async () => {
    const other = await open(path, 'w');
    expect(flock(other.fd)).toBe('locked');

    expect(await takePidFile(path, flock)).toEqual({
      ok: false,
      reason: { kind: 'running', pid: 0 },
    });
    await other.close();
  });

  test('waits for who only announces it, whatever is in the file by then', async () => {
    for (const content of ['', `${String(await endedPid())}\n`, `${String(process.pid)}\n`]) {
      await writeFile(path, content);
      const starter = await open(path, 'r+');
      expect(flock(starter.fd)).toBe('locked');
      let tries = 0;
      const taken = await takePidFile(path, (fd) => {
        tries += 1;
        if (tries === 3) void starter.close();
        return flock(fd);
      });

      expect(taken.ok).toBe(true);
      expect(await readFile(path, 'latin1')).toBe(`${String(process.pid).padStart(10)}\n`);
      if (taken.ok) await taken.value.release();
    }
  });

  test('works without locks, where the system call cannot be made', async () => {
    const taken = await takePidFile(path, () => 'unavailable');

    expect(taken.ok).toBe(true);
    if (taken.ok) await taken.value.release();
  });

  test('says why the file cannot be written', async () => {
    const refused = await takePidFile(join(directory, 'missing', 'pid'), flock);

    expect(refused).toEqual({
      ok: false,
      reason: { kind: 'unwritable', code: 'ENOENT', why: 'No such file or directory' },
    });
  });
});

/** A process whose command line is that of a daemon which has not come to its title yet. */
async function startingDaemon(program: string): Promise<number> {
  const script = join(directory, program);
  await writeFile(script, 'console.log("up"); setInterval(() => {}, 1e6);');
  const child = spawn(process.execPath, [script, '--in-background']);
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

describe('a daemon that is just starting', () => {
  test('is found from the beginning, and takes over the file that names it', async () => {
    const pid = await startingDaemon('heartbeat.js');
    await announceDaemon(path, pid, flock);
    expect(await lookAtPidFile(path)).toEqual({ kind: 'running', pid });

    expect(await takePidFile(path, flock)).toMatchObject({ ok: false, reason: { pid } });
  });

  test('is told from a stranger with the same option', async () => {
    expect(await isDaemon(await startingDaemon('browser.js'))).toBe(false);
  });

  test('does not take the file from a daemon that has it', async () => {
    const taken = await takePidFile(path, flock);
    const before = await readFile(path, 'utf8');
    await announceDaemon(path, 1, flock);

    expect(await readFile(path, 'utf8')).toBe(before);
    if (taken.ok) await taken.value.release();
  });
});
