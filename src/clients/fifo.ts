/** The FIFO by which scripts and operators' commands speak to the daemon (spec client-api 2). */
import { execFile } from 'node:child_process';
import { constants, open as openDescriptor } from 'node:fs';
import { chmod, lstat, open, rm, type FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { FifoReader, type FifoFault } from '../message/fifo.ts';
import type { Field } from '../message/messages.ts';
import { fail, succeed, type Result } from '../result.ts';

/** What comes out of the FIFO. */
export interface FifoListener {
  onMessage(fields: readonly Field[]): void;
  /** A whole message was thrown away. */
  onDropped(fault: FifoFault): void;
}

/** Why a text did not get into the FIFO. */
export type FifoWriteError =
  /** There is no FIFO, or nobody reads it. */
  | { readonly kind: 'no-daemon' }
  | { readonly kind: 'not-permitted' }
  /** The daemon is there, but does not read: the FIFO is full. */
  | { readonly kind: 'full' }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Reads messages from the FIFO at `path` until `signal` ends it, one after the other as they come. The FIFO is made, or
 * its mode set, to 0600; something else of that name is removed. Rejects when that fails. The FIFO stays when the reader
 * ends: without a reader, writers learn that no daemon runs.
 */
export async function openFifo(
  path: string,
  listener: FifoListener,
  signal: AbortSignal,
): Promise<void> {
  await makeFifo(path);
  const reader = new FifoReader();
  const stream = await readWithoutEnd(path);
  stream.on('data', (bytes: Buffer) => {
    for (const item of reader.feed(bytes)) {
      if (item.kind === 'message') listener.onMessage(item.fields);
      else listener.onDropped(item.fault);
    }
  });
  const end = (): void => void stream.destroy();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}

async function makeFifo(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFIFO() === true) {
    await chmod(path, 0o600);
    return;
  }
  if (found !== undefined) await rm(path);
  // Node.js has no mkfifo(3).
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
}

/**
 * Open for writing too, it never comes to an end when the last writer closes; without blocking, it needs no thread that
 * waits in read(2). The stream owns the descriptor.
 */
async function readWithoutEnd(path: string): Promise<Socket> {
  const descriptor = await promisify(openDescriptor)(path, constants.O_RDWR | constants.O_NONBLOCK);
  return new Socket({ fd: descriptor, readable: true, writable: false });
}

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
