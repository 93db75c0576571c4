/**
 * Who the pid file names, and how a daemon makes it its own (spec config 9 and 10). C believes any living pid; here a
 * process counts only when it is a heartbeat daemon, C's or ours, so that no stranger is ever signalled.
 */
import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Result, fail, succeed } from '../result.ts';
import { readStart } from './durable-file.ts';
import { errorCode, whyFailed } from './why.ts';

/** What `ps` shows for the daemon; also how one daemon knows another. */
export const daemonTitle = 'heartbeat: master control process';

/** The option of the daemon's own process in the background: by it that process is known before it has its title. */
export const backgroundOption = '--in-background';

export type PidFileView =
  /** No pid file, or none that holds a pid. */
  | { readonly kind: 'absent' }
  /** The process has ended, or is not a heartbeat daemon. */
  | { readonly kind: 'stale'; readonly pid: number }
  | { readonly kind: 'running'; readonly pid: number };

export type PidFileRefusal =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'unwritable'; readonly code: string | undefined; readonly why: string };

/** Locks an open file for this process, or says that another has it; `unavailable` where the system call is not. */
export type TryLock = (fd: number) => 'locked' | 'taken' | 'unavailable';

/** A pid file that is ours until it is released. */
export interface PidFile {
  readonly release: () => Promise<void>;
}

/** A short argument vector cuts the title that Node.js can set; this much of it is always there. */
const minTitleBytes = 20;
const maxPidFileBytes = 64;
/** How long another may have the lock without being a daemon. */
const patienceMillis = 3000;
const pauseMillis = 20;

/** Who the pid file names, without touching it. */
export async function lookAtPidFile(path: string): Promise<PidFileView> {
  const bytes = await readStart(path, maxPidFileBytes).catch(() => undefined);
  const pid = parsePid(bytes?.toString('latin1') ?? '');
  if (pid === undefined) return { kind: 'absent' };
  return (await isDaemon(pid)) ? { kind: 'running', pid } : { kind: 'stale', pid };
}

/**
 * Makes the pid file this process's: 10 columns and NL, locked as long as the process lives, so that of two daemons
 * starting at once one finds the other. Refused while the file names a running daemon.
 */
export async function takePidFile(
  path: string,
  tryLock: TryLock,
): Promise<Result<PidFile, PidFileRefusal>> {
  try {
    const locked = await openWithPatience(path, tryLock);
    if (!locked.ok) return locked;
    const handle = locked.value;
    const before = await lookAtPidFile(path);
    if (before.kind === 'running' && before.pid !== process.pid) {
      await handle.close();
      return fail(before);
    }
    await writePid(handle, process.pid);
    return succeed({ release: () => release(path, handle) });
  } catch (error) {
    return fail({ kind: 'unwritable', code: errorCode(error), why: whyFailed(error) });
  }
}

/**
 * Names a process that was just started as the daemon, so that it is found from the beginning; it makes the file its own
 * when it has come so far. A file that another daemon has, or that cannot be written, is left as it is.
 */
export async function announceDaemon(path: string, pid: number, tryLock: TryLock): Promise<void> {
  const handle = await openLocked(path, tryLock).catch(() => undefined);
  if (handle === undefined) return;
  try {
    if ((await lookAtPidFile(path)).kind === 'running') return;
    await writePid(handle, pid);
  } finally {
    await handle.close();
  }
}

async function writePid(handle: FileHandle, pid: number): Promise<void> {
  await handle.truncate(0);
  await handle.write(`${String(pid).padStart(10)}\n`, 0);
  // Under a strict umask `heartbeat -s` of another user could not read it, and would say that nothing runs.
  await handle.chmod(0o644);
}

/** Whether that process is a heartbeat daemon that has not ended, one that is just starting included; a zombie has ended. */
export async function isDaemon(pid: number): Promise<boolean> {
  const [state, title] = await Promise.all([
    readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => ''),
    readFile(`/proc/${String(pid)}/cmdline`, 'latin1').catch(() => ''),
  ]);
  if (state === '') return isHiddenFromUs(pid);
  if (/\) [ZX]/.test(state)) return false;
  if (isStarting(title)) return true;
  const shown = title.replace(/[\0 ]+$/, '');
  return shown.length >= minTitleBytes && daemonTitle.startsWith(shown);
}

/** The program, and right behind it the option that nobody else gives it. */
function isStarting(commandLine: string): boolean {
  const words = commandLine.split('\0');
  const at = words.indexOf(backgroundOption);
  return at > 0 && /(^|\/)heartbeat(\.js)?$/.test(words[at - 1] ?? '');
}

/**
 * The file, locked. Whoever has started this daemon has it for a moment to write our pid into it (`announceDaemon`), and on a
 * busy machine we may come to it first: only a lock that stays, or another daemon's pid, refuses us. The pid of the refusal is
 * 0 where none was written.
 */
async function openWithPatience(
  path: string,
  tryLock: TryLock,
): Promise<Result<FileHandle, PidFileRefusal>> {
  const until = performance.now() + patienceMillis;
  for (;;) {
    const handle = await openLocked(path, tryLock);
    if (handle !== undefined) return succeed(handle);
    const view = await lookAtPidFile(path);
    const pid = view.kind === 'absent' ? 0 : view.pid;
    const isAnother = view.kind === 'running' && pid !== process.pid;
    if (isAnother || performance.now() >= until) return fail({ kind: 'running', pid });
    await delay(pauseMillis);
  }
}

/** The file that stands at `path`, locked; undefined when another process has it. */
async function openLocked(path: string, tryLock: TryLock): Promise<FileHandle | undefined> {
  for (let triesLeft = 10; triesLeft > 0; triesLeft -= 1) {
    const handle = await open(path, 'a+', 0o644);
    const lock = tryLock(handle.fd);
    // A daemon that is just ending removes the file: then the lock is on a file that nobody will find.
    if (lock !== 'taken' && (await isAt(path, handle))) return handle;
    await handle.close();
    if (lock === 'taken') return undefined;
  }
  return undefined;
}

async function isAt(path: string, handle: FileHandle): Promise<boolean> {
  const named = await stat(path).catch(() => undefined);
  return named?.ino === (await handle.stat()).ino;
}

async function release(path: string, handle: FileHandle): Promise<void> {
  if (await isAt(path, handle)) await rm(path, { force: true });
  await handle.close();
}

function parsePid(text: string): number | undefined {
  const digits = /^\s*([0-9]{1,10})\s*$/.exec(text)?.[1];
  const pid = Number(digits);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** With `hidepid` another user's process cannot be looked at; that it may not be signalled tells that it lives. */
function isHiddenFromUs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return false;
}
