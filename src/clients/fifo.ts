/** The daemon's end of the FIFO by which scripts and operators' commands speak to it (spec client-api 2). */
import { execFile } from 'node:child_process';
import { constants, open } from 'node:fs';
import { chmod, lstat, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { FifoReader, type FifoFault } from '../message/fifo.ts';
import type { Field } from '../message/messages.ts';

/** What comes out of the FIFO. */
export interface FifoListener {
  onMessage(fields: readonly Field[]): void;
  /** A whole message was thrown away. */
  onDropped(fault: FifoFault): void;
}

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
  const descriptor = await promisify(open)(path, constants.O_RDWR | constants.O_NONBLOCK);
  return new Socket({ fd: descriptor, readable: true, writable: false });
}
