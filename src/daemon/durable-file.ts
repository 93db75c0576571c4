/** Small files that must be whole after a power cut. */
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './why.ts';

/** The file's bytes from its start, at most `limit` of them; undefined when there is no such file. Other errors reject. */
export async function readStart(path: string, limit: number): Promise<Buffer | undefined> {
  // Not blocking: a FIFO in the file's place would hold a thread for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(absent);
  if (handle === undefined) return undefined;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(limit), 0, limit, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Replaces the file in one move: after a crash it has the old bytes or the new ones, and the new ones once this settles.
 * On a full disk bytes of the same number are written over the old ones, which needs no room: a full disk must not
 * keep a node out of its cluster.
 */
export async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const draft = `${path}.${String(process.pid)}`;
  try {
    await writeThrough(await open(draft, 'w', mode), bytes);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    if (!(isFull(error) && (await hasLength(path, bytes.length)))) throw error;
    await writeThrough(await open(path, 'r+'), bytes);
    return;
  }
  await syncDirectory(dirname(path));
}

/** Writes at the file's start, has the disk keep it, and closes the file. */
async function writeThrough(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

async function hasLength(path: string, length: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === length;
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function absent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
}
