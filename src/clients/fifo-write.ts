/** The other end of the daemon's FIFO: how a command speaks to it. It imports little, for commands start often. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { fail, succeed, type Result } from '../result.ts';

/** Why a text did not get into the FIFO. */
export type FifoWriteError =
  /** There is no FIFO, or nobody reads it. */
  | { readonly kind: 'no-daemon' }
  | { readonly kind: 'not-permitted' }
  /** The daemon is there, but does not read: the FIFO is full. */
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly why: string };

/** Puts `text` into the FIFO in one piece, at most 4096 bytes of it; returns when it is in, not when it was read. */
export async function writeFifo(
  path: string,
  text: string,
): Promise<Result<undefined, FifoWriteError>> {
  try {
    // Without blocking: a FIFO that nobody reads refuses, and does not keep us waiting.
    const handle = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      return await writeWhole(handle, text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return fail(writeError(error));
  }
}

/** C's shell tools leave a plain file behind when they are called without a daemon; nobody reads that either. */
async function writeWhole(
  handle: FileHandle,
  text: string,
): Promise<Result<undefined, FifoWriteError>> {
  if (!(await handle.stat()).isFIFO()) return fail({ kind: 'no-daemon' });
  await handle.write(Buffer.from(text, 'latin1'));
  return succeed(undefined);
}

function writeError(error: unknown): FifoWriteError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENXIO':
      return { kind: 'no-daemon' };
    case 'EACCES':
    case 'EPERM':
      return { kind: 'not-permitted' };
    case 'EAGAIN':
      return { kind: 'full' };
    default:
      return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}
