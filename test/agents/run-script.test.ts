import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ScriptCall, runScript, workingDirectory } from '../../src/agents/run-script.ts';
import { millis, seconds } from '../../src/units.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

/** A call of a script with this body, capturing its output. */
async function callOf(body: string, change: Partial<ScriptCall> = {}): Promise<ScriptCall> {
  const directory = await temporaryDirectory();
  return {
    path: await writeScript(directory, 'script', body),
    args: [],
    environment: { PATH: '/usr/bin:/bin' },
    directory,
    limit: seconds(10),
    stdout: 'capture',
    log: undefined,
    ...change,
  };
}

/** Whether a process is there and is no zombie. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

async function readPid(directory: string, name = 'pid'): Promise<number> {
  return Number(await readFile(join(directory, name), 'latin1'));
}

describe('a script', () => {
  test('hands back its exit code and what it printed to stdout, not to stderr', async () => {
    const call = await callOf('echo running; echo no >&2; exit 7');

    expect(await runScript(call)).toEqual({ kind: 'exited', code: 7, output: 'running\n' });
  });

  test('loses nothing that it printed when others end at the same moment', async () => {
    const call = await callOf('echo running');
    const outputs: unknown[] = [];
    const oneAfterTheOther = async (): Promise<void> => {
      for (let calls = 0; calls < 40; calls += 1) outputs.push(await runScript(call));
    };
    await Promise.all(Array.from({ length: 8 }, oneAfterTheOther));

    expect(new Set(outputs.map((end) => JSON.stringify(end)))).toEqual(
      new Set([JSON.stringify({ kind: 'exited', code: 0, output: 'running\n' })]),
    );
  });

  test('reads what it is given, and hands back all that it prints', async () => {
    const call = await callOf('cat; echo no >&2', { input: 'yes\n', stdout: 'capture-all' });
    const { output } = { output: '', ...(await runScript(call)) };

    expect(output.split('\n').sort()).toEqual(['', 'no', 'yes']);
  });

  test('gets its arguments as they are, never through a shell', async () => {
    const call = await callOf('printf "<%s>" "$@"', { args: ['a b', '$(id)', '', ';', '*'] });

    expect(await runScript(call)).toMatchObject({ output: '<a b><$(id)><><;><*>' });
  });

  test('sees the given environment and nothing else', async () => {
    const call = await callOf('', { path: '/usr/bin/env', environment: { HA_CURHOST: 'alpha' } });

    expect(await runScript(call)).toMatchObject({ output: 'HA_CURHOST=alpha\n' });
  });

  test('runs in its directory, with umask 022, its own process group and no input', async () => {
    const call = await callOf(
      'pwd; umask; ps -o pgid= -p $$ | tr -d " "; echo $$; readlink /proc/self/fd/0',
    );
    const before = process.umask(0o077);

    const end = await runScript(call);

    expect(process.umask(before)).toBe(0o077);
    const lines = end.kind === 'exited' ? end.output.split('\n') : [];
    expect(lines[0]).toBe(call.directory);
    expect(lines[1]).toBe('0022');
    expect(lines[2]).toBe(lines[3]);
    expect(lines[4]).toBe('/dev/null');
  });

  test('inherits no open file of ours', async () => {
    const call = await callOf('ls -l /proc/self/fd');
    const ours = await open(join(call.directory, 'secret'), 'w');

    const end = await runScript(call);
    await ours.close();

    expect(end).toMatchObject({ kind: 'exited', code: 0 });
    expect(end.kind === 'exited' ? end.output : '').not.toContain('secret');
  });

  test('writes stdout and stderr to the log file when not captured', async () => {
    const call = await callOf('echo out; echo err >&2');
    const path = join(call.directory, 'ha-debug');
    const log = await open(path, 'a');

    const end = await runScript({ ...call, stdout: 'log', log: log.fd });
    await log.close();

    expect(end).toEqual({ kind: 'exited', code: 0, output: '' });
    expect(await readFile(path, 'latin1')).toBe('out\nerr\n');
  });

  test('is answered for when it exits, though a daemon that it started keeps its stdout open', async () => {
    const call = await callOf('sleep 20 & echo $! > pid; echo running', { limit: seconds(5) });

    const end = await runScript(call);

    const daemon = await readPid(call.directory);
    expect(await isAlive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
    expect(end).toEqual({ kind: 'exited', code: 0, output: 'running\n' });
  });

  test('is read to the end of what it had written, and no more than 64 KiB are kept', async () => {
    const full = await runScript(await callOf('head -c 60000 /dev/zero | tr "\\0" x; echo end'));
    const cut = await runScript(await callOf('head -c 300000 /dev/zero | tr "\\0" x; echo end'));

    expect(full).toMatchObject({ output: `${'x'.repeat(60_000)}end\n` });
    expect(cut).toMatchObject({ kind: 'exited', code: 0, output: 'x'.repeat(65_536) });
  });

  test('needs no #! line', async () => {
    const call = await callOf('');
    await writeFile(call.path, 'echo OK\n');

    expect(await runScript(call)).toMatchObject({ code: 0, output: 'OK\n' });
  });

  test('that a signal ends says which', async () => {
    const end = await runScript(await callOf('kill -SEGV $$'));

    expect(end).toMatchObject({ kind: 'killed', by: 'SIGSEGV' });
  });

  test.each([
    ['does not exist', { path: '/nonexistent/script' }],
    ['is no program', { path: '/etc/passwd' }],
    ['has no directory to run in', { directory: '/nonexistent' }],
    ['has an argument with a NUL', { args: ['a\0b'] }],
    ['has too long an argument', { args: ['x'.repeat(200_000)] }],
  ])('that %s is not started', async (_, change) => {
    const end = await runScript(await callOf('exit 0', change));

    expect(end.kind).toBe('not-started');
  });
});

describe('at its limit a script', () => {
  test('is killed with its whole process group', async () => {
    const call = await callOf('sleep 30 & echo $! > child; echo $$ > pid; wait', {
      limit: millis(300),
    });

    expect(await runScript(call)).toEqual({ kind: 'timed-out' });

    expect(await isAlive(await readPid(call.directory))).toBe(false);
    expect(await isAlive(await readPid(call.directory, 'child'))).toBe(false);
  });

  test('that ignores SIGTERM is killed two seconds later', async () => {
    const call = await callOf('trap "" TERM; echo $$ > pid; while :; do sleep 1; done', {
      limit: millis(300),
    });
    const before = performance.now();

    expect(await runScript(call)).toEqual({ kind: 'timed-out' });

    expect(await isAlive(await readPid(call.directory))).toBe(false);
    expect(performance.now() - before).toBeGreaterThan(2_000);
  });

  test('is not blamed for a pause of this process', async () => {
    const call = await callOf('exit 0', { limit: millis(200) });
    const ended = runScript(call);
    const resumeAt = performance.now() + 600;
    while (performance.now() < resumeAt);

    expect(await ended).toMatchObject({ kind: 'exited', code: 0 });
  });
});

describe('a cancelled script', () => {
  test('is killed', async () => {
    const call = await callOf('echo $$ > pid; echo ready; sleep 30');
    const stop = new AbortController();
    const ended = runScript(call, stop.signal);
    await expect.poll(() => readPid(call.directory).catch(() => 0)).toBeGreaterThan(0);

    stop.abort();

    expect(await ended).toEqual({ kind: 'cancelled' });
    expect(await isAlive(await readPid(call.directory))).toBe(false);
  });

  test('is not started when it was cancelled before', async () => {
    expect(await runScript(await callOf('exit 0'), AbortSignal.abort())).toEqual({
      kind: 'not-started',
      why: 'cancelled',
    });
  });
});

test('the working directory is the root where the usual one is missing', async () => {
  const directory = await temporaryDirectory();

  expect(await workingDirectory(directory)).toBe(directory);
  expect(await workingDirectory(join(directory, 'missing'))).toBe('/');
});
