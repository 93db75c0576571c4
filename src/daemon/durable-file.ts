/** Small files that must be whole after a power cut. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The file's bytes from its start, at most `limit` of them; undefined when there is no such file. Other errors reject. */
export async function readStart(path: string, limit: number): Promise<Buffer | undefined> {
  const handle = await open(path, 'r').catch(absent);
  if (handle === undefined) return undefined;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(limit), 0, limit, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Replaces the file in one move: after a crash it has the old bytes or the new ones, and the new ones once this settles. */
export async function replaceFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const draft = `${path}.${String(process.pid)}`;
  const handle = await open(draft, 'w', mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, path).catch(async (error: unknown) => {
    await rm(draft, { force: true });
    throw error;
  });
  await syncDirectory(dirname(path));
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
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
