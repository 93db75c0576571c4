/** Programs run from the lab: arguments as a list, a time limit, their own process group, bounded output. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

/** What became of a program. `output` is stdout, `errors` is stderr, each cut at 1 MiB. */
export type Outcome =
  | { readonly kind: 'exited'; readonly code: number; output: string; errors: string }
  | { readonly kind: 'killed'; readonly signal: string; output: string; errors: string }
  | { readonly kind: 'timed-out'; readonly limit: number; output: string; errors: string }
  | { readonly kind: 'not-started'; readonly why: string };

export interface CommandOptions {
  /** Milliseconds until the whole process group is killed; default 30 000. */
  readonly timeout?: number;
  /** Text for its stdin, which is else empty. */
  readonly input?: string;
  /** Added to the short environment every program gets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A reason the lab cannot go on, in a sentence for the user. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

const maxOutputLength = 1_048_576;
/** A background daemon may keep its parent's stdout open: what comes later than this after the exit is not waited for. */
const outputGrace = 150;

/** The environment of everything the lab starts: `node` first, and the places of the system's tools. */
export function shortEnvironment(): Record<string, string> {
  const nodeFolder = process.execPath.slice(0, process.execPath.lastIndexOf('/'));
  return {
    PATH: `${nodeFolder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    // Not root's own: bash reads a start-up file from there where its stdin is a socket, and takes what time that takes.
    HOME: '/',
    LANG: 'C.UTF-8',
  };
}

/** A running program with pipes on stdin, stdout and stderr, leader of its own process group. */
export function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(command, args, {
    cwd: '/',
    detached: true,
    env: { ...shortEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Kills the process group that `child` leads; nothing happens when it has ended. */
export function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // It ended between the check and the kill; everything else is a bug of ours.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Runs a program to its end; never rejects, and takes at most the timeout and a moment. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const limit = options.timeout ?? 30_000;
  const child = startCommand(command, args, options.env);
  const texts = { output: '', errors: '' };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, limit);
  collect(child, texts);
  child.stdin.on('error', () => undefined); // EPIPE: the program did not want its input
  child.stdin.end(options.input ?? '');

  return new Promise((resolve) => {
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ kind: 'not-started', why: error.message });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const settle = (): void => {
        child.stdout.destroy();
        child.stderr.destroy();
        if (timedOut) resolve({ kind: 'timed-out', limit, ...texts });
        else if (code === null) resolve({ kind: 'killed', signal: String(signal), ...texts });
        else resolve({ kind: 'exited', code, ...texts });
      };
      const grace = setTimeout(settle, outputGrace);
      child.once('close', () => {
        clearTimeout(grace);
        settle();
      });
    });
  });
}

/** Runs a program that has to exit with 0 and answers its stdout; rejects with a LabError that tells what it said. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const outcome = await runCommand(command, args, options);
  if (outcome.kind === 'exited' && outcome.code === 0) return outcome.output;
  throw new LabError(`${[command, ...args].join(' ')}: ${describeOutcome(outcome)}`);
}

/** What became of a program, in words. */
export function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === 'not-started') return `could not be started: ${outcome.why}`;
  const said = `${outcome.errors}${outcome.output}`.trim().split('\n').slice(0, 8).join(' | ');
  const says = said === '' ? '' : `: ${said}`;
  switch (outcome.kind) {
    case 'exited':
      return `exit status ${String(outcome.code)}${says}`;
    case 'killed':
      return `killed by ${outcome.signal}${says}`;
    case 'timed-out':
      return `no end within ${String(outcome.limit)} ms${says}`;
  }
}

function collect(
  child: ChildProcessWithoutNullStreams,
  texts: { output: string; errors: string },
): void {
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.output = (texts.output + text).slice(0, maxOutputLength);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.errors = (texts.errors + text).slice(0, maxOutputLength);
  });
}
