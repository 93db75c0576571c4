/** What the command asks of a running daemon: is it there, end it, have it read its files again (spec config 9). */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeName } from '../units.ts';
import type { Paths } from './paths.ts';
import { type PidFileView, isDaemon, lookAtPidFile } from './pid-file.ts';
import { errorCode, whyFailed } from './why.ts';

/** What a command prints and how it ends. */
export interface Answer {
  readonly status: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const permissionStatus = 4;
const failedStatus = 1;
const pollMillis = 100;
/** A stop waits for every stop script within its limit; beyond this somebody must look. */
const stopLimitMillis = 15 * 60 * 1000;
const sayMillis = 60 * 1000;

/** `heartbeat -s`: status 0 while a daemon runs, 1 when only its pid file is left, 3 when there is none. */
export async function statusOf(where: Paths, self: NodeName): Promise<Answer> {
  const view = await lookAtPidFile(where.pidFile);
  switch (view.kind) {
    case 'running':
      return {
        status: 0,
        stdout: `heartbeat OK [pid ${String(view.pid)} et al] is running on ${hostname().toLowerCase()} [${self}]...\n`,
      };
    case 'stale':
      return { status: 1, stdout: 'heartbeat is stopped. No process\n' };
    case 'absent':
      return { status: 3, stdout: 'heartbeat is stopped. No process\n' };
  }
}

/** `heartbeat -k`: asks the daemon to leave in order, and waits until it has gone; at most 15 minutes. */
export async function stopDaemon(where: Paths, say: (text: string) => void): Promise<Answer> {
  const view = await lookAtPidFile(where.pidFile);
  if (view.kind !== 'running') {
    return { status: 0, stderr: 'INFO: Heartbeat already stopped.\n' };
  }
  const refusal = signal(view.pid, 'SIGTERM');
  if (refusal !== undefined) return refusal;
  return waitForEnd(view.pid, say);
}

/** `heartbeat -r` with files that are good: the daemon compares them with what it has read. */
export function signalReload(view: Extract<PidFileView, { kind: 'running' }>): Answer {
  return signal(view.pid, 'SIGHUP') ?? { status: 0 };
}

/** Undefined when the signal was sent, or the process is gone already. */
function signal(pid: number, name: 'SIGTERM' | 'SIGHUP'): Answer | undefined {
  try {
    process.kill(pid, name);
    return undefined;
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return undefined;
    const verb = name === 'SIGTERM' ? 'kill' : 'signal';
    return {
      status: errorCode(error) === 'EPERM' ? permissionStatus : failedStatus,
      stderr: `ERROR: Could not ${verb} pid ${String(pid)} : ${whyFailed(error)}\n`,
    };
  }
}

async function waitForEnd(pid: number, say: (text: string) => void): Promise<Answer> {
  for (let waited = 0; waited < stopLimitMillis; waited += pollMillis) {
    if (!(await isDaemon(pid))) return { status: 0 };
    if (waited > 0 && waited % sayMillis === 0) {
      const minutes = String(waited / sayMillis);
      say(
        `INFO: heartbeat [pid ${String(pid)}] is still giving up its resources (${minutes} min)\n`,
      );
    }
    await delay(pollMillis);
  }
  return {
    status: failedStatus,
    stderr: `ERROR: heartbeat [pid ${String(pid)}] has not ended within 15 minutes; see its log for what it waits for\n`,
  };
}
