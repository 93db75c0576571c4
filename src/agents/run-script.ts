/** Runs one program with a time limit, in a process group of its own, and never through a shell. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Action } from '../haresources/types.ts';
import type { Millis } from '../units.ts';

/** What a script can be told to do; a probe needs none. */
export type ScriptAction = Exclude<Action, 'probe'>;

export interface ScriptCall {
  readonly path: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is added to it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly limit: Millis;
  /** What it reads from stdin; nothing when left out. */
  readonly input?: string;
  /** `capture`: the first 64 KiB of stdout are handed back; `-all`: of stderr, too. `log`: stdout goes where stderr goes. */
  readonly stdout: 'capture' | 'capture-all' | 'log';
  /** The open file that takes what is not captured; undefined for `/dev/null`. */
  readonly log: number | undefined;
}

export type ScriptEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  /** A signal that we did not send ended it. */
  | { readonly kind: 'killed'; readonly by: string; readonly output: string }
  /** It and its whole process group were killed. */
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'not-started'; readonly why: string };

const maxOutputBytes = 65_536;
const quietTurns = 2;
const mostTurns = 64;
const termToKillMillis = 2_000;
const killToGiveUpMillis = 1_000;
const groupPollMillis = 20;
const scriptUmask = 0o022;

/**
 * What became of the call, as soon as the program itself has exited: a daemon that it left behind keeps its output open and
 * does not hold the answer back. At the limit, or when `signal` aborts, its process group gets SIGTERM, two seconds
 * later SIGKILL, and the answer comes when the group is gone (at most three seconds later, for nothing ends a process in
 * an uninterruptible wait).
 */
export async function runScript(call: ScriptCall, signal?: AbortSignal): Promise<ScriptEnd> {
  if (signal?.aborted === true) return { kind: 'not-started', why: 'cancelled' };
  const launched = launch(call);
  if ('why' in launched) return { kind: 'not-started', why: launched.why };
  const { child } = launched;
  // Whoever does not read it to its end breaks the pipe, and has its reasons.
  child.stdin?.on('error', () => undefined).end(call.input);
  const output = new Output(child);
  const exited = exitOf(child);
  const group = child.pid;
  if (group === undefined) return exited;
  const done = new AbortController();
  const first = await Promise.race([exited, interruption(call.limit, done.signal, signal)]);
  done.abort();
  switch (first.kind) {
    case 'exited':
    case 'killed':
      return { ...first, output: await output.text() };
    case 'timed-out':
    case 'cancelled':
      await killGroup(group, exited);
      output.close();
      return first;
    case 'not-started':
      return first;
  }
}

/** `preferred` when it is a directory, else the root directory: where scripts are run. */
export async function workingDirectory(preferred: string): Promise<string> {
  const found = await stat(preferred).catch(() => undefined);
  return found?.isDirectory() === true ? preferred : '/';
}

/** Some refusals of the system (too long an argument list) come as exceptions, others as events: here both are values. */
function launch(call: ScriptCall): { readonly child: ChildProcess } | { readonly why: string } {
  const log = call.log ?? 'ignore';
  const isAll = call.stdout === 'capture-all';
  const stdio: StdioOptions = [
    call.input === undefined ? 'ignore' : 'pipe',
    isAll || call.stdout === 'capture' ? 'pipe' : log,
    isAll ? 'pipe' : log,
  ];
  const { environment: env, directory: cwd } = call;
  const umaskBefore = process.umask(scriptUmask);
  try {
    return { child: spawn(call.path, call.args, { cwd, env, stdio, detached: true }) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  } finally {
    process.umask(umaskBefore);
  }
}

function exitOf(
  child: ChildProcess,
): Promise<Exclude<ScriptEnd, { kind: 'timed-out' | 'cancelled' }>> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve({ kind: 'not-started', why: error.message });
    });
    child.once('exit', (code, by) => {
      resolve(
        code === null
          ? { kind: 'killed', by: by ?? 'a signal', output: '' }
          : { kind: 'exited', code, output: '' },
      );
    });
  });
}

/** Comes at the limit or when `cancel` aborts; never once `done` has aborted. */
function interruption(
  limit: Millis,
  done: AbortSignal,
  cancel: AbortSignal | undefined,
): Promise<{ readonly kind: 'timed-out' | 'cancelled' }> {
  return new Promise((resolve) => {
    // After a pause of this process the timer comes before the news that the script has long exited: look at those first.
    const timer = setTimeout(() => setImmediate(resolve, { kind: 'timed-out' }), limit);
    const cancelled = (): void => {
      resolve({ kind: 'cancelled' });
    };
    cancel?.addEventListener('abort', cancelled, { once: true, signal: done });
    done.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
}

async function killGroup(group: number, exited: Promise<unknown>): Promise<void> {
  await endGroup(group);
  await Promise.race([exited, wait(killToGiveUpMillis, undefined, { ref: false })]);
}

/** Sends a process group SIGTERM, and SIGKILL after two seconds if it is still there. */
export async function endGroup(group: number): Promise<void> {
  let alive = signalGroup(group, 'SIGTERM');
  for (let waited = 0; alive && waited < termToKillMillis; waited += groupPollMillis) {
    await wait(groupPollMillis);
    alive = signalGroup(group, 0);
  }
  if (alive) signalGroup(group, 'SIGKILL');
}

/** False when the group has no process any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ESRCH') return false;
    // Not ours to signal, but there: a script may change its user.
    if (code === 'EPERM') return true;
    throw error;
  }
}

/** The first 64 KiB that a child writes to what is captured; what comes after them is read and dropped, so that it never blocks. */
class Output {
  readonly #streams: readonly Readable[];
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #received = 0;

  constructor({ stderr, stdout }: ChildProcess) {
    this.#streams = [stdout, stderr].filter((stream) => stream !== null);
    for (const stream of this.#streams) {
      stream.on('data', (chunk: Buffer) => {
        this.#take(chunk);
      });
      // A pipe that breaks ends the output; the exit code tells the rest.
      stream.on('error', () => {
        this.close();
      });
    }
  }

  /**
   * What had been written when the program exited. Its end may be seen together with that of another child, before its pipe is: so it
   * takes two turns of the loop without news, between which the pipe is looked at.
   */
  async text(): Promise<string> {
    let quiet = this.#streams.length > 0 ? 0 : quietTurns;
    for (let turns = 0; quiet < quietTurns && turns < mostTurns; turns += 1) {
      const before = this.#received;
      await turn();
      quiet = this.#received === before ? quiet + 1 : 0;
    }
    this.close();
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    const wanted = chunk.subarray(0, maxOutputBytes - this.#kept);
    this.#kept += wanted.length;
    if (wanted.length > 0) this.#chunks.push(wanted);
  }
}
