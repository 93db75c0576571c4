/** Finds and starts the programs of `respawn` and `failfast`: as their user, without a shell, with nothing of ours open. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askSystem } from '../clients/accounts.ts';
import { isHelper } from '../config/helpers.ts';
import type { Respawn } from '../config/settings.ts';
import { fail, type Result, succeed } from '../result.ts';
import type { ChildEnd } from './child-program.ts';
import { whyFailed } from './why.ts';

/** A user as `/etc/passwd` has it. */
export interface Account {
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
}

/** Where programs and users are looked for. */
export interface ProgramPlaces {
  /** Where distributions put heartbeat's helper programs, in the order of preference. */
  readonly helperDirectories: readonly string[];
  /** Our own ipfail, a script for this very Node.js. */
  readonly ownIpfail: string;
  readonly passwd: string;
}

/** Ready to be started. */
export interface Launchable extends Account {
  readonly file: string;
  readonly args: readonly string[];
}

/** This machine's places; our own ipfail stands beside the other commands. */
export const programPlaces: ProgramPlaces = {
  helperDirectories: ['/usr/libexec/heartbeat', '/usr/lib/heartbeat', '/usr/lib64/heartbeat'],
  ownIpfail: fileURLToPath(new URL('../cli/ipfail.js', import.meta.url)),
  passwd: '/etc/passwd',
};

/** Part of util-linux: it changes user, group and supplementary groups, and becomes the program. */
const setprivPlaces: readonly string[] = ['/usr/bin/setpriv', '/bin/setpriv'];

/** Its file and its user, or in words why it cannot be started. Looked up anew at each call. */
export async function findProgram(
  respawn: Respawn,
  places: ProgramPlaces,
): Promise<Result<Launchable, string>> {
  const account = await readAccount(respawn.user, places.passwd);
  if (account === undefined) return fail(`there is no user ${respawn.user}`);
  const found = await findFile(respawn.command, places);
  if (found === undefined) return fail(`${respawn.command} is not installed`);
  const [file, ...before] = found;
  return succeed({ ...account, file, args: [...before, ...respawn.args] });
}

/**
 * The user called `name`, of the file or of another source that the system has; undefined when there is none. Rejects never: an
 * unreadable file has no users.
 */
async function readAccount(name: string, passwd: string): Promise<Account | undefined> {
  const text = await readFile(passwd, 'utf8').catch(() => '');
  return accountIn(text, name) ?? accountIn(await askSystem('passwd', name), name);
}

function accountIn(text: string, name: string): Account | undefined {
  for (const line of text.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user !== name || uid === undefined || gid === undefined) continue;
    if (/^\d{1,10}$/.test(uid) && /^\d{1,10}$/.test(gid)) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

/**
 * The program itself; one of heartbeat's own also where another distribution has it; and our ipfail in the place of one
 * that is not installed (spec config 3, decisions: ipfail).
 */
export async function findFile(
  command: string,
  { helperDirectories: directories, ownIpfail }: ProgramPlaces,
): Promise<readonly [string, ...string[]] | undefined> {
  const name = basename(command);
  const others = isHelper(command) ? directories.map((directory) => join(directory, name)) : [];
  for (const path of [command, ...others]) {
    if (await isProgram(path, constants.X_OK)) return [path];
  }
  const isOurs = name === 'ipfail' && (await isProgram(ownIpfail, constants.R_OK));
  return isOurs ? [process.execPath, ownIpfail] : undefined;
}

function isProgram(path: string, mode: number): Promise<boolean> {
  return Promise.all([stat(path), access(path, mode)]).then(
    ([found]) => found.isFile(),
    () => false,
  );
}

/** Where setpriv is; undefined where it is not: children then have their user and group, and no further groups. */
export async function findSetpriv(): Promise<string | undefined> {
  for (const path of setprivPlaces) {
    if (await isProgram(path, constants.X_OK)) return path;
  }
  return undefined;
}

/** What surrounds a child. */
export interface LaunchOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly setpriv: string | undefined;
  /** Happens once for a child that was started. */
  readonly onEnd: (end: ChildEnd) => void;
}

/**
 * Starts it in a process group of its own, its standard streams on /dev/null, every other descriptor closed
 * (as far as `keepDescriptorsToOurselves` has seen to it). Answers the process id, or why the system refused.
 */
export function launch(
  program: Launchable,
  { environment, onEnd, setpriv }: LaunchOptions,
): Promise<Result<number, string>> {
  const { args, file, ...ids } = commandOf(program, setpriv, process.geteuid?.());
  return new Promise((resolve) => {
    try {
      const options = { env: environment, stdio: 'ignore', detached: true, ...ids } as const;
      const child = spawn(file, args, options);
      follow(child, onEnd, resolve);
    } catch (error) {
      resolve(fail(whyFailed(error)));
    }
  });
}

function follow(
  child: ChildProcess,
  onEnd: (end: ChildEnd) => void,
  started: (answer: Result<number, string>) => void,
): void {
  child.once('error', (error) => {
    started(fail(whyFailed(error)));
  });
  if (child.pid === undefined) return;
  child.once('exit', (code, by) => {
    onEnd(code === null ? { kind: 'killed', by: by ?? 'SIGKILL' } : { kind: 'exited', code });
  });
  started(succeed(child.pid));
}

/** The words to start a program with; `self` is our own user. Without root there is no other user to become. */
export function commandOf(
  { args, file, gid, uid }: Launchable,
  setpriv: string | undefined,
  self: number | undefined,
): Pick<Launchable, 'file' | 'args'> & Partial<Account> {
  if (self !== 0 && self === uid) return { file, args };
  if (self !== 0 || setpriv === undefined) return { file, args, uid, gid };
  const become = ['--reuid', String(uid), '--regid', String(gid), '--init-groups'];
  return { file: setpriv, args: [...become, '--', file, ...args] };
}
