/** The files that `ha_propagate` copies, as they are on this machine. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Source, Sources } from '../config/parse-settings.ts';
import { errorCode } from '../daemon/why.ts';

/** In the order in which they take the place of the old ones: ha.cf, which the others serve, is the last. */
export const fileNames = ['authkeys', 'haresources', 'extensions.ini', 'ha.cf'] as const;
export type FileName = (typeof fileNames)[number];

export interface LocalFile {
  readonly name: FileName;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Permission bits that the copy gets; the keys are for root alone, whatever they are here. */
  readonly mode: number;
  /** SHA-256 in hexadecimal digits. */
  readonly sum: string;
}

/** What there is to copy, and the same as the parser of the configuration wants it. */
export interface LocalFiles {
  readonly files: readonly LocalFile[];
  readonly sources: Sources;
}

/** More than the parser takes, so that it can say that a file is too long. */
const maxBytes = 1_048_576 + 1;
const keysMode = 0o600;

interface Found {
  readonly source: Source;
  readonly file: LocalFile | undefined;
  readonly mode: number;
  readonly uid: number;
}

/** Reads the files in `directory`; never rejects. */
export async function readLocalFiles(directory: string): Promise<LocalFiles> {
  const [authkeys, haresources, extensions, haCf] = await Promise.all([
    readLocal(directory, 'authkeys'),
    readLocal(directory, 'haresources'),
    readLocal(directory, 'extensions.ini'),
    readLocal(directory, 'ha.cf'),
  ]);
  const found = [authkeys, haresources, extensions, haCf];
  return {
    files: found.flatMap(({ file }) => file ?? []),
    sources: {
      haCf: haCf.source,
      authKeys: authkeys.source,
      keyFile: { mode: authkeys.mode, uid: authkeys.uid },
      haresources: haresources.source,
      extensions: extensions.source,
    },
  };
}

async function readLocal(directory: string, name: FileName): Promise<Found> {
  const path = `${directory}/${name}`;
  try {
    const handle = await open(path, 'r');
    try {
      const { mode, uid } = await handle.stat();
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
      const bytes = buffer.subarray(0, bytesRead);
      const sum = createHash('sha256').update(bytes).digest('hex');
      const copyMode = name === 'authkeys' ? keysMode : mode & 0o777;
      return {
        source: { kind: 'read', file: path, bytes },
        file: { name, path, bytes, mode: copyMode, sum },
        mode: mode & 0o7777,
        uid,
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const source = { kind: 'unreadable', file: path, why: whyUnreadable(error) } as const;
    return { source, file: undefined, mode: keysMode, uid: 0 };
  }
}

function whyUnreadable(error: unknown): 'absent' | 'permission' | 'other' {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent';
  return code === 'EACCES' || code === 'EPERM' ? 'permission' : 'other';
}
