/** Which processes keep a filesystem busy. Only /proc is read, never the filesystem: its server may be dead. */
import { readFile, readdir, readlink } from 'node:fs/promises';
import { seconds } from '../units.ts';
import type { BuiltInCall } from './built-in.ts';
import { type Mount, mountedOn, mountsOf } from './mount-table.ts';

const processesAtOnce = 16;
/** To read the map of a process may have to wait for its memory's lock, for ever if it hangs on a dead server. */
const mapsLimit = seconds(2);
/** More than the processes of any machine that fits into one command line. */
const maxMaps = 32_768;

/**
 * The processes with a file, a working directory, a program or a mapping on the mount: those of this process's own mount namespace, and
 * those of others that have the same mount at the same place (a service of systemd with a private /tmp keeps it busy as well). Never this
 * process itself, nor the first one.
 */
export async function usersOf(mount: Mount, call: BuiltInCall): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const all = entries.map(Number).filter((pid) => pid > 1 && pid !== process.pid);
  const seeing = await seeingProcesses(mount, all);
  const open = await filtered(seeing, (pid) => hasOpen(pid, mount.point));
  const mapped = await mappedBy(seeing, mount.point, call);
  return [...new Set([...open, ...mapped])];
}

/** The name of a process, for the log. */
export async function nameOf(pid: number): Promise<string> {
  const name = await readFile(`/proc/${String(pid)}/comm`, 'utf8').catch(() => '');
  return name.trim();
}

async function filtered(
  pids: readonly number[],
  isWanted: (pid: number) => Promise<boolean>,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let at = 0; at < pids.length; at += processesAtOnce) {
    const some = pids.slice(at, at + processesAtOnce);
    const verdicts = await Promise.all(some.map(isWanted));
    found.push(...some.filter((_, index) => verdicts[index] === true));
  }
  return found;
}

/** A path in /proc of a process in a container may look the same and mean another file. */
async function seeingProcesses(mount: Mount, pids: readonly number[]): Promise<readonly number[]> {
  const own = await linkOf('/proc/self/ns/mnt');
  const verdicts = new Map<string, Promise<boolean>>([[own, Promise.resolve(true)]]);
  return filtered(pids, async (pid) => {
    const space = await linkOf(`/proc/${String(pid)}/ns/mnt`);
    const verdict = verdicts.get(space) ?? hasSameMount(mount, pid);
    verdicts.set(space, verdict);
    return verdict;
  });
}

async function hasSameMount(mount: Mount, pid: number): Promise<boolean> {
  const mounts = await mountsOf(pid);
  const theirs = mounts.ok ? mountedOn(mounts.value, mount.point) : undefined;
  return theirs?.device === mount.device && theirs.root === mount.root;
}

async function hasOpen(pid: number, point: string): Promise<boolean> {
  const at = `/proc/${String(pid)}`;
  const files = await readdir(`${at}/fd`).catch(() => []);
  const links = ['cwd', 'root', 'exe', ...files.map((file) => `fd/${file}`)];
  for (const link of links) {
    if (isWithin(await linkOf(`${at}/${link}`), point)) return true;
  }
  return false;
}

function isWithin(path: string, point: string): boolean {
  return path === point || path.startsWith(`${point}/`);
}

/** Empty where there is none: kernel threads, and processes that have ended meanwhile. */
function linkOf(path: string): Promise<string> {
  return readlink(path).catch(() => '');
}

/** In a process of its own, which may hang. */
async function mappedBy(
  pids: readonly number[],
  point: string,
  { run }: BuiltInCall,
): Promise<readonly number[]> {
  const maps = pids.slice(0, maxMaps).map((pid) => `/proc/${String(pid)}/maps`);
  const options = ['--no-messages', '--files-with-matches', '--fixed-strings'];
  const end = await run('grep', [...options, '--', ` ${point}/`, '/dev/null', ...maps], mapsLimit);
  if (end.kind !== 'exited') return [];
  return [...end.output.matchAll(/^\/proc\/(\d+)\/maps$/gm)].map(([, pid]) => Number(pid));
}
