/** Looks at the mount points of haresources, and at what this machine mounts and exports on its own. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesystemsOf, type StorageLook } from '../config/storage.ts';
import { parseExports, parseFstab } from '../config/system-files.ts';
import type { ResourceGroup } from '../config/settings.ts';
import { errorCode } from './why.ts';

/** What was found, and which of the two files could not be read although they are there. */
export interface Storage {
  readonly look: StorageLook;
  readonly unseen: readonly { readonly what: 'fstab' | 'exports'; readonly file: string }[];
}

/** `systemDir` is /etc. Nothing on a mounted file system is touched: its server might not answer. */
export async function storageOf(
  groups: readonly ResourceGroup[],
  systemDir: string,
): Promise<Storage> {
  const mounts = filesystemsOf(groups);
  const [fstab, exports, occupied] = await Promise.all([
    readText(join(systemDir, 'fstab')),
    readText(join(systemDir, 'exports')),
    occupiedOf(mounts.map(({ directory }) => directory)),
  ]);
  return {
    look: {
      occupied,
      fstab: parseFstab(fstab.text ?? '', fstab.file),
      exports: parseExports(exports.text ?? '', exports.file),
    },
    unseen: [
      ...(fstab.text === undefined ? [{ what: 'fstab', file: fstab.file } as const] : []),
      ...(exports.text === undefined ? [{ what: 'exports', file: exports.file } as const] : []),
    ],
  };
}

/** Empty for a file that is not there, undefined for one that cannot be read. */
async function readText(file: string): Promise<{ file: string; text: string | undefined }> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    return { file, text: errorCode(error) === 'ENOENT' ? '' : undefined };
  }
}

async function occupiedOf(directories: readonly string[]): Promise<ReadonlySet<string>> {
  const mounted = await mountPoints();
  if (mounted === undefined) return new Set();
  const local = directories.filter((directory) => !isMounted(directory, mounted));
  const entries = await Promise.all(local.map((each) => readdir(each).catch(() => [])));
  return new Set(local.filter((_, index) => isOccupied(entries[index] ?? [])));
}

/** A new ext file system has lost+found. */
const isOccupied = (names: readonly string[]): boolean =>
  names.some((name) => name !== 'lost+found');

interface MountPoint {
  readonly directory: string;
  readonly isRemote: boolean;
}

/** Something is mounted there, or it lies on another machine's disk. */
const isMounted = (directory: string, mounted: readonly MountPoint[]): boolean =>
  mounted.some(
    (each) =>
      each.directory === directory || (each.isRemote && directory.startsWith(`${each.directory}/`)),
  );

/** As proc(5) has them; undefined where that cannot be read. */
async function mountPoints(): Promise<readonly MountPoint[] | undefined> {
  const text = await readFile('/proc/self/mounts', 'utf8').catch(() => undefined);
  return text?.split('\n').map((line) => {
    const [, directory = '', type = ''] = line.split(' ');
    return { directory, isRemote: /^(?:nfs|cifs|smb|fuse|ceph|gluster|ocfs2|gfs)/.test(type) };
  });
}
