/**
 * The private folders of a host. `/etc`, `/var/lib` and `/srv` of a host are folders of links to the machine's entries
 * (which the host sees read-only below /run/lab), except for what is the host's own: so no file of the machine changes, and
 * folders such as /etc/ha.d need not exist on it.
 */
import { chmod, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mustRun } from './command.ts';
import { projectRoot } from './project.ts';

export interface HostFiles {
  /** The host's folder on the machine. */
  readonly dir: string;
  readonly name: string;
  /** The text of the host's /etc/hosts. */
  readonly hostsTable: string;
  /** Files and folders of the machine that the host gets as its own copies, in the same place: below /etc or /var/lib. */
  readonly copies: readonly string[];
  /** Names of empty folders of its own in /var/lib. */
  readonly ownFolders: readonly string[];
}

/** Makes the folders that a host mounts over the machine's at each of its starts (keeper.ts). */
export async function makeHostFiles(files: HostFiles): Promise<void> {
  const { dir } = files;
  for (const folder of [
    'run',
    'log',
    'etc/ha.d/resource.d',
    'etc/init.d',
    'var-lib/heartbeat',
    'srv',
    ...files.ownFolders.map((name) => join('var-lib', name)),
  ]) {
    await mkdir(join(dir, folder), { recursive: true });
  }
  await writeFile(join(dir, 'etc/hosts'), files.hostsTable);
  await writeFile(join(dir, 'etc/hostname'), `${files.name}\n`);
  await copyOwn(files);
  await linkMachine('/etc', join(dir, 'etc'), '/run/lab/etc');
  await linkMachine('/etc/init.d', join(dir, 'etc/init.d'), '/run/lab/etc/init.d');
  await linkMachine('/var/lib', join(dir, 'var-lib'), '/run/lab/var-lib');
  await linkProgramsIn('/srv', join(dir, 'srv'));
  // The C daemon's helpers run as other users and must get through to their files.
  await chmod(dir, 0o755);
}

/** A link in `own` for every entry of the machine's `folder` that `own` has not already. */
async function linkMachine(folder: string, own: string, seenAt: string): Promise<void> {
  const there = new Set(await readdir(own));
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (there.has(entry.name)) continue;
    // A link keeps its own target: one that is relative, as /etc/os-release, stays right only in its place.
    const target = entry.isSymbolicLink()
      ? await readlink(join(folder, entry.name))
      : join(seenAt, entry.name);
    await symlink(target, join(own, entry.name));
  }
}

/** A clone, or a Node.js, that lives in /srv must stay in reach; all else of /srv is hidden. */
async function linkProgramsIn(folder: string, own: string): Promise<void> {
  for (const program of [projectRoot, process.execPath]) {
    if (!program.startsWith(`${folder}/`)) continue;
    const entry = program.slice(folder.length + 1).split('/', 1)[0] ?? '';
    const there = await readdir(own);
    if (!there.includes(entry)) await symlink(join('/run/lab/srv', entry), join(own, entry));
  }
}

async function copyOwn(files: HostFiles): Promise<void> {
  for (const source of files.copies) {
    const place = source.replace(/^\/var\/lib\//, '/var-lib/');
    const target = join(files.dir, dirname(place));
    await mkdir(target, { recursive: true });
    await mustRun('cp', ['--archive', '--', source, target]);
  }
}
