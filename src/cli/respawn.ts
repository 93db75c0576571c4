/** What `cl_respawn` does: a program that is started again whenever it ends, until it says not to, or we are told to stop. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogLine } from '../log-line.ts';
import { type Instant, type Millis, elapsed, millis } from '../units.ts';
import { signalWords } from './signal-words.ts';

/** How the program ended. */
export type End =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string; readonly number: number }
  /** It could not be executed. */
  | { readonly kind: 'not-started'; readonly why: string };

/** A program that was started. */
export interface Running {
  /** Undefined when it could not be started at all. */
  readonly pid: number | undefined;
  readonly ended: Promise<End>;
  terminate(): void;
}

/** The surroundings of the loop. */
export interface RespawnWorld {
  start(): Running;
  log(line: LogLine): void;
  now(): Instant;
  /** Comes back after `wait`, or at once when `stop` is signalled. */
  pause(wait: Millis, stop: AbortSignal): Promise<void>;
}

export interface RespawnTask {
  /** For the log. */
  readonly program: string;
  readonly magicExitCode: number;
  /** When it is signalled the program gets TERM, and nothing is started any more. */
  readonly stop: AbortSignal;
}

/**
 * Starts lie at least so far apart. C starts at once whatever happens, so that a program that cannot run takes the
 * whole processor; nor does it ever give up, and neither do we.
 */
const leastBetweenStarts = millis(1000);

/** Keeps the program running; settles when it has ended for good. */
export async function respawn(task: RespawnTask, world: RespawnWorld): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    const startedAt = world.now();
    const { pid, end } = await runOnce(task, world, isFirst);
    report(task, world, pid, end);
    if (task.stop.aborted) return;
    if (end.kind === 'exited' && end.code === task.magicExitCode) {
      say(
        world,
        'info',
        `Don't restart the monitored program ${task.program} [${pid}], since we got the magic exit code.`,
      );
      return;
    }
    const code = String(end.kind === 'exited' ? end.code : 0);
    say(world, 'info', `process ${task.program}[${pid}] exited, and its exit code is ${code}`);
    const lived = elapsed(startedAt, world.now());
    if (lived < leastBetweenStarts) {
      await world.pause(millis(leastBetweenStarts - lived), task.stop);
    }
    if (hasStopped(task)) return;
  }
}

/** A function of its own: the compiler does not see that a signal changes while we wait. */
const hasStopped = (task: RespawnTask): boolean => task.stop.aborted;

async function runOnce(
  task: RespawnTask,
  world: RespawnWorld,
  isFirst: boolean,
): Promise<{ readonly pid: string; readonly end: End }> {
  const running = world.start();
  const pid = String(running.pid ?? 0);
  if (running.pid !== undefined) announce(task, world, pid, isFirst);
  const terminate = (): void => {
    say(world, 'info', `Killing pid [${pid}] with SIGTERM`);
    running.terminate();
  };
  task.stop.addEventListener('abort', terminate, { once: true });
  if (task.stop.aborted) terminate();
  try {
    return { pid, end: await running.ended };
  } finally {
    task.stop.removeEventListener('abort', terminate);
  }
}

function announce(task: RespawnTask, world: RespawnWorld, pid: string, isFirst: boolean): void {
  say(world, 'info', `Child process [${task.program}] started [ pid: ${pid} ].`);
  const what = isFirst
    ? `started the monitored program ${task.program}, whose PID is ${pid}`
    : `restarted the monitored program, whose PID  is ${pid}`;
  say(world, 'notice', what);
}

function report(task: RespawnTask, world: RespawnWorld, pid: string, end: End): void {
  const managed = `Managed ${task.program} process ${pid}`;
  switch (end.kind) {
    case 'exited':
      say(
        world,
        end.code === 0 ? 'info' : 'WARN',
        `${managed} exited with return code ${String(end.code)}.`,
      );
      break;
    case 'killed':
      say(
        world,
        'WARN',
        `${managed} killed by signal ${String(end.number)} [${signalWords(end.number, end.signal)}].`,
      );
      break;
    case 'not-started':
      say(world, 'ERROR', `execving monitored program ${task.program} failed: ${end.why}`);
      break;
  }
}

function say(world: RespawnWorld, level: LogLine['level'], text: string): void {
  world.log({ level, text });
}

/** A pause that a signal ends. */
export async function pauseUnless(wait: Millis, stop: AbortSignal): Promise<void> {
  try {
    await delay(wait, undefined, { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/** Executes `path` in a session of its own, so that no terminal's signals reach it, in `/` and with nothing to read. */
export function startProgram(path: string, args: readonly string[]): Running {
  const child = spawn(path, args, { cwd: '/', detached: true, stdio: 'ignore' });
  const ended = new Promise<End>((resolve) => {
    child.once('error', (error) => {
      resolve({ kind: 'not-started', why: error.message });
    });
    child.once('exit', (code, signal) => {
      resolve(
        signal === null
          ? { kind: 'exited', code: code ?? 0 }
          : { kind: 'killed', signal, number: constants.signals[signal] },
      );
    });
  });
  return { pid: child.pid, ended, terminate: () => void child.kill('SIGTERM') };
}
