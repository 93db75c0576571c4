import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signalReload, statusOf, stopDaemon } from '../../src/daemon/control.ts';
import { type Paths, paths } from '../../src/daemon/paths.ts';
import { daemonTitle } from '../../src/daemon/pid-file.ts';
import { nodeName } from '../../src/units.ts';

let root: string;
let where: Paths;
let children: ChildProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hb-control-'));
  where = paths(root);
  await mkdir(dirname(where.pidFile), { recursive: true });
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await rm(root, { recursive: true });
});

interface Living {
  readonly pid: number;
  /** What it printed; it names the signals it got. */
  readonly heard: () => string;
  readonly hasEnded: () => boolean;
}

/** A process with that title which tells its signals and ends at TERM; the pid file names it. */
async function processCalled(title: string): Promise<Living> {
  const script = `process.title = process.argv[1];
    process.on('SIGHUP', () => console.log('HUP'));
    process.on('SIGTERM', () => { console.log('TERM'); setTimeout(() => process.exit(0), 150); });
    setInterval(() => {}, 1e6); console.log('up');`;
  const child = spawn(process.execPath, ['-e', script, title]);
  children.push(child);
  let output = '';
  child.stdout.on('data', (bytes) => (output += String(bytes)));
  await expect.poll(() => output, { timeout: 5000 }).toContain('up');
  const pid = child.pid ?? 0;
  await writeFile(where.pidFile, `${String(pid).padStart(10)}\n`);
  return { pid, heard: () => output, hasEnded: () => child.exitCode !== null };
}

describe('heartbeat -s', () => {
  test('names the daemon, the host and the node while it runs', async () => {
    const { pid } = await processCalled(daemonTitle);

    expect(await statusOf(where, nodeName('node1'))).toEqual({
      status: 0,
      stdout: `heartbeat OK [pid ${String(pid)} et al] is running on ${hostname()} [node1]...\n`,
    });
  });

  test('ends with 3 when there is no pid file', async () => {
    expect(await statusOf(where, nodeName('node1'))).toEqual({
      status: 3,
      stdout: 'heartbeat is stopped. No process\n',
    });
  });

  test('ends with 1 when only the pid file is left, or names a stranger', async () => {
    await processCalled('a program of somebody else');

    expect(await statusOf(where, nodeName('node1'))).toEqual({
      status: 1,
      stdout: 'heartbeat is stopped. No process\n',
    });
  });
});

describe('heartbeat -k', () => {
  test('sends TERM and waits until the daemon has gone', async () => {
    const daemon = await processCalled(daemonTitle);

    expect(await stopDaemon(where, () => undefined)).toEqual({ status: 0 });
    expect(daemon.heard()).toContain('TERM');
    expect(daemon.hasEnded()).toBe(true);
  });

  test('says that nothing runs, with status 0', async () => {
    expect(await stopDaemon(where, () => undefined)).toEqual({
      status: 0,
      stderr: 'INFO: Heartbeat already stopped.\n',
    });
  });

  test('leaves a stranger alone whose pid a stale file names', async () => {
    const stranger = await processCalled('a program of somebody else');

    const answer = await stopDaemon(where, () => undefined);

    expect(answer.stderr).toBe('INFO: Heartbeat already stopped.\n');
    expect(stranger.hasEnded()).toBe(false);
    expect(stranger.heard()).not.toContain('TERM');
  });
});

test('a reload is a HUP', async () => {
  const { pid, heard } = await processCalled(daemonTitle);

  expect(signalReload({ kind: 'running', pid })).toEqual({ status: 0 });
  await expect.poll(heard, { timeout: 5000 }).toContain('HUP');
});
