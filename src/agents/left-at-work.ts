/**
 * Which scripts are still at work that a daemon before this one began: it was killed, and they run on. What such a script has yet to do would
 * undo what this daemon does, and two scripts of one group would run at a time.
 *
 * They are known by their environment, which names the call, as long as their command line is that call: what a script leaves behind inherits
 * the one and not the other.
 */
import { readFile, readdir, readlink, stat } from 'node:fs/promises';

const variable = 'HEARTBEAT_CALL';

/** A script, by the process group that it leads. */
export interface LeftScript {
  readonly group: number;
  /** Its path and arguments, the action last. */
  readonly words: string;
}

/** The environment for a call of an agent, by which `leftAtWork` knows it again. */
export function callEnvironment(
  environment: Readonly<Record<string, string>>,
  call: { readonly path: string; readonly args: readonly string[] },
): Readonly<Record<string, string>> {
  return { ...environment, [variable]: [call.path, ...call.args].join(' ') };
}

/** Those of this process's own pid namespace: a container's are its own. To be asked before this process has begun any. */
export async function leftAtWork(): Promise<readonly LeftScript[]> {
  const space = await spaceOf('self');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => scriptOf(pid, space)));
  return found.filter((one) => one !== undefined);
}

async function scriptOf(pid: string, space: string | undefined): Promise<LeftScript | undefined> {
  // First what takes no lock of the process: one that hangs in the kernel may hold the others for ever.
  if (!(await isOwnLeader(pid)) || (await spaceOf(pid)) !== space) return undefined;
  const environment = await listOf(pid, 'environ');
  const entry = environment.find((one) => one.startsWith(`${variable}=`));
  const words = entry?.slice(variable.length + 1);
  if (words === undefined) return undefined;
  const commandLine = (await listOf(pid, 'cmdline')).join(' ');
  // An interpreter stands before a script's path.
  if (commandLine !== words && !commandLine.endsWith(` ${words}`)) return undefined;
  return { group: Number(pid), words };
}

/**
 * Of our own user, for anybody may have such an environment; and a leader: a subshell has the command line of its script, and may be
 * what the script leaves behind.
 */
async function isOwnLeader(pid: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const [, , group] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  if (group !== pid) return false;
  const owner = await stat(`/proc/${pid}`).catch(() => undefined);
  return owner?.uid === process.getuid?.();
}

/** The strings of a list in /proc; none of a process that has ended. */
async function listOf(pid: string, name: 'environ' | 'cmdline'): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  return text.split('\0').slice(0, -1);
}

const spaceOf = (pid: string): Promise<string | undefined> =>
  readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
