import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRespawnOptions } from '../../src/cli/respawn-options.ts';
import { takePidFile } from '../../src/cli/respawn-pid-file.ts';
import { pauseUnless, respawn, startProgram, type End } from '../../src/cli/respawn.ts';
import { signalWords } from '../../src/cli/signal-words.ts';
import { instant, millis, type Millis } from '../../src/units.ts';

const exited = (code: number): End => ({ kind: 'exited', code });
const killed = (number: number, signal: string): End => ({ kind: 'killed', number, signal });

interface Told {
  readonly lines: readonly string[];
  readonly pauses: readonly number[];
  readonly starts: number;
}

/** Each start lives for `lives` milliseconds of a clock that only this and the pauses move, and ends as the list says. */
async function play(
  ends: readonly End[],
  lives: number = 5000,
  magicExitCode: number = 100,
): Promise<Told> {
  const lines: string[] = [];
  const pauses: number[] = [];
  let starts = 0;
  let now = 0;
  await respawn(
    { program: '/x/app', magicExitCode, stop: new AbortController().signal },
    {
      start: () => {
        const end = ends[starts] ?? exited(magicExitCode);
        starts += 1;
        now += lives;
        const pid = end.kind === 'not-started' ? undefined : 1000 + starts;
        return { pid, ended: Promise.resolve(end), terminate: () => undefined };
      },
      log: ({ level, text }) => lines.push(`${level}: ${text}`),
      now: () => instant(now),
      pause: (wait: Millis) => {
        pauses.push(wait);
        now += wait;
        return Promise.resolve();
      },
    },
  );
  return { lines, pauses, starts };
}

describe('a program that is kept running', () => {
  // The lines are those of cluster-glue 1.0.12-21's cl_respawn with a stand-in program.
  test('is started again, in C’s words, until its exit code says not to', async () => {
    expect(await play([exited(0), exited(7)])).toEqual({
      starts: 3,
      pauses: [],
      lines: [
        'info: Child process [/x/app] started [ pid: 1001 ].',
        'notice: started the monitored program /x/app, whose PID is 1001',
        'info: Managed /x/app process 1001 exited with return code 0.',
        'info: process /x/app[1001] exited, and its exit code is 0',
        'info: Child process [/x/app] started [ pid: 1002 ].',
        'notice: restarted the monitored program, whose PID  is 1002',
        'WARN: Managed /x/app process 1002 exited with return code 7.',
        'info: process /x/app[1002] exited, and its exit code is 7',
        'info: Child process [/x/app] started [ pid: 1003 ].',
        'notice: restarted the monitored program, whose PID  is 1003',
        'WARN: Managed /x/app process 1003 exited with return code 100.',
        "info: Don't restart the monitored program /x/app [1003], since we got the magic exit code.",
      ],
    });
  });

  test('is started again after a signal, whatever the magic code is', async () => {
    const { lines, starts } = await play([killed(9, 'SIGKILL')], 5000, 0);
    expect(starts).toBe(2);
    expect(lines).toContain(
      'WARN: Managed /x/app process 1001 killed by signal 9 [SIGKILL - Kill, unblockable].',
    );
    expect(lines).toContain('info: process /x/app[1001] exited, and its exit code is 0');
  });

  test('has another exit code that ends it, if told so, and 100 is as any other then', async () => {
    expect((await play([exited(100), exited(7)], 5000, 7)).starts).toBe(2);
  });

  test('is started once a second at most, however short it lives', async () => {
    const { pauses, starts } = await play([exited(1), exited(1), exited(1)], 300);
    expect(starts).toBe(4);
    expect(pauses).toEqual([700, 700, 700]);
  });

  test('is tried again when it could not be executed', async () => {
    const { lines, starts } = await play([{ kind: 'not-started', why: 'spawn ENOENT' }], 0);
    expect(starts).toBe(2);
    expect(lines[0]).toBe('ERROR: execving monitored program /x/app failed: spawn ENOENT');
  });
});

test('signals without a known description keep their name', () => {
  expect([signalWords(15, 'SIGTERM'), signalWords(64, 'SIGRT64')]).toEqual([
    'SIGTERM - Termination (ANSI)',
    'SIGRT64',
  ]);
});

describe('with real programs', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'respawn-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function script(text: string): Promise<string> {
    const path = join(directory, 'app');
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  }

  test('arguments reach the program as they are, in / and without a terminal', async () => {
    const path = await script(
      `{ for a; do echo "[$a]"; done; pwd; readlink /proc/$$/fd/0; } > "${directory}/out"; exit 3`,
    );
    const running = startProgram(path, ['-m', 'two words', '$(reboot)', '']);
    expect(await running.ended).toEqual({ kind: 'exited', code: 3 });
    expect(await readFile(join(directory, 'out'), 'utf8')).toBe(
      '[-m]\n[two words]\n[$(reboot)]\n[]\n/\n/dev/null\n',
    );
  });

  test('a program that cannot be executed is an end, not an exception', async () => {
    const running = startProgram(join(directory, 'absent'), []);
    expect(running.pid).toBeUndefined();
    expect((await running.ended).kind).toBe('not-started');
  });

  test('TERM goes on to the program, and nothing is started after it', async () => {
    const path = await script('exec sleep 60');
    const stop = new AbortController();
    const lines: string[] = [];
    let starts = 0;
    await respawn(
      { program: path, magicExitCode: 100, stop: stop.signal },
      {
        start: () => {
          starts += 1;
          return startProgram(path, []);
        },
        log: ({ text }) => {
          lines.push(text);
          if (text.startsWith('started')) stop.abort();
        },
        now: () => instant(performance.now()),
        pause: pauseUnless,
      },
    );
    expect(starts).toBe(1);
    expect(lines.at(-2)).toMatch(/^Killing pid \[[0-9]+\] with SIGTERM$/);
    expect(lines.at(-1)).toMatch(/killed by signal 15 \[SIGTERM - Termination \(ANSI\)\]\.$/);
  });

  test('TERM in a pause ends it at once', async () => {
    const stop = new AbortController();
    const pause = pauseUnless(millis(60_000), stop.signal);
    stop.abort();
    await expect(pause).resolves.toBeUndefined();
  });

  describe('the pid file', () => {
    test('has C’s format, and is gone afterwards', async () => {
      const path = join(directory, 'pid');
      const taken = await takePidFile(path);
      expect(await readFile(path, 'utf8')).toBe(`${String(process.pid).padStart(10)}\n`);
      expect(await readdir(directory)).toEqual(['pid']);
      if (taken.ok) await taken.value();
      expect(await readdir(directory)).toEqual([]);
    });

    test('of a cl_respawn that runs is left alone', async () => {
      const path = join(directory, 'pid');
      const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', 'cl_respawn']);
      await once(other, 'spawn');
      await writeFile(path, `${String(other.pid)}\n`);
      const taken = await takePidFile(path);
      other.kill('SIGKILL');
      expect(taken).toEqual({ ok: false, reason: { kind: 'running', pid: other.pid } });
      expect(await readFile(path, 'utf8')).toBe(`${String(other.pid)}\n`);
    });

    test('of a process that is something else is replaced', async () => {
      const path = join(directory, 'pid');
      const stranger = spawn('sleep', ['60']);
      await once(stranger, 'spawn');
      await writeFile(path, `${String(stranger.pid)}\n`);
      const taken = await takePidFile(path);
      stranger.kill('SIGKILL');
      expect(taken.ok).toBe(true);
      expect(await readFile(path, 'utf8')).toBe(`${String(process.pid).padStart(10)}\n`);
    });

    test('that cannot be written is told', async () => {
      const taken = await takePidFile(join(directory, 'no', 'pid'));
      expect(taken).toMatchObject({ ok: false, reason: { kind: 'unwritable' } });
    });
  });
});

describe('the command line', () => {
  const plan = {
    program: '/x/app',
    args: [],
    magicExitCode: 100,
    pidFile: undefined,
    idle: [],
  };

  test.each([
    ['the program alone', ['/x/app'], {}],
    ['-m', ['-m', '7', '/x/app'], { magicExitCode: 7 }],
    ['-m without a blank', ['-m0', '/x/app'], { magicExitCode: 0 }],
    ['-p', ['-p', '/run/app.pid', '/x/app'], { pidFile: '/run/app.pid' }],
    ['options of the program', ['/x/app', '-m', '7', '-h'], { args: ['-m', '7', '-h'] }],
    ['--', ['--', '/x/app', '-r'], { args: ['-r'] }],
    [
      'options for apphbd',
      ['-i', '300', '-w', '600', '-l', '/x/app'],
      { idle: ['-i', '-w', '-l'] },
    ],
  ])('%s', (_what, words, differs) => {
    expect(parseRespawnOptions(words)).toEqual({ ok: true, value: { ...plan, ...differs } });
  });

  test.each([['-h'], ['--help']])('%s is help', (word) => {
    expect(parseRespawnOptions([word])).toMatchObject({ reason: { status: 0, complaint: '' } });
  });

  test.each([
    ['no program', [], /which program/],
    ['an unknown option', ['-x', '/x/app'], /unknown option '-x'/],
    ['-m without a number', ['-m', 'abc', '/x/app'], /no exit code/],
    ['-m beyond an exit code', ['-m', '300', '/x/app'], /no exit code/],
    ['-m without anything', ['-m'], /argument missing/],
    ['-r', ['-r', '/x/app'], /recovery manager/],
  ])('%s is wrong', (_what, words, why) => {
    const parsed = parseRespawnOptions(words);
    expect(parsed.ok ? undefined : parsed.reason.status).toBe(2);
    expect(parsed.ok ? '' : parsed.reason.complaint).toMatch(why);
  });
});
