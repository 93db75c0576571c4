/** Starts the daemon as a process of its own, and waits until it is up or has said why not. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** The descriptor on which the daemon says that it is up. */
export const readyDescriptor = 3;
export const readyWord = 'up\n';

/** What is to be started, as a script for this Node.js with its words. */
export interface BackgroundStart {
  readonly program: string;
  readonly words: readonly string[];
  /** Hears its process id at once, long before it is up. */
  readonly onStarted: (pid: number) => void;
}

const failedStatus = 1;
const lastLinesMillis = 1000;

/**
 * The exit status that the start deserves: 0 when the daemon is up, and its own when it ended before that. What it has to
 * say until then comes out on our stderr. It lives in a session of its own, so that it survives this terminal.
 */
export async function startInBackground({
  onStarted,
  program,
  words,
}: BackgroundStart): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, program, ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A disk that hangs takes some of these threads for good; the others go on.
    env: { UV_THREADPOOL_SIZE: '16', ...process.env },
  });
  if (child.pid !== undefined) onStarted(child.pid);
  const told = tellStderr(child);
  const status = await Promise.race([isUp(child), hasEnded(child)]);
  // The daemon lets go of its stderr when it is up; where it cannot, the last lines have come by then.
  await Promise.race([told, delay(lastLinesMillis, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
  return status;
}

/** Settles when the daemon has closed its stderr. */
function tellStderr(child: ChildProcess): Promise<void> {
  process.stderr.on('error', () => {
    // Whoever read our stderr has gone (`heartbeat 2>&1 | head`); the daemon is up all the same.
  });
  child.stderr?.pipe(process.stderr, { end: false });
  return new Promise((resolve) => {
    child.stderr?.on('close', resolve);
  });
}

/** Never settles when the daemon ends instead. */
function isUp(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.stdio[readyDescriptor]?.on('data', () => {
      resolve(0);
    });
  });
}

/** A daemon that a signal ended, or that could not be started at all, has failed. */
function hasEnded(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    const failed = (why: string): void => {
      process.stderr.write(`ERROR: heartbeat not started: ${why}\n`);
      resolve(failedStatus);
    };
    child.on('error', (error) => {
      failed(error.message);
    });
    child.on('exit', (status, signal) => {
      if (status === null) failed(`its process was ended by ${signal ?? 'a signal'}`);
      else resolve(status);
    });
  });
}
