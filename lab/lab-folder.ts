/** The one temporary folder of a lab. A lab that was killed cannot remove its own: the next one does. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'ha-lab-';

/** Makes a folder for a lab in `parent` (default: the system's temporary folder), after sweeping out those of dead labs. */
export async function makeLabFolder(parent: string = tmpdir()): Promise<string> {
  await mkdir(parent, { recursive: true });
  await sweepDeadLabs(parent);
  const folder = await mkdtemp(join(parent, prefix));
  const owner = `${String(process.pid)} ${(await startOf(process.pid)) ?? ''}\n`;
  await writeFile(join(folder, 'owner'), owner);
  return folder;
}

/** Removes a lab's folder; a log file that appears meanwhile is removed, too. */
export async function removeLabFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Removes the folders in `parent` whose lab is not running any more; those of other users are theirs. */
export async function sweepDeadLabs(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(parent, name);
    if (await isAbandoned(folder)) await removeLabFolder(folder);
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory() !== true || facts.uid !== process.getuid?.()) return false;
  const owner = await readFile(join(folder, 'owner'), 'utf8').catch(() => undefined);
  if (owner === undefined) return Date.now() - facts.mtimeMs > 60_000; // else it is just being made
  const [pid = '', started = ''] = owner.trim().split(' ');
  return (await startOf(Number(pid))) !== started;
}

/** When a process started, as the kernel counts it: a number used again has another start. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
