/** The FIFO by which an operator confirms that a node is down, as `meatclient` of cluster-glue writes it (spec fencing 8.2). */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { NodeName } from '../units.ts';

export type Answer =
  | 'confirmed'
  /** The words are not the ones. */
  | 'other-words'
  /** The operator said no, or ended the program. */
  | 'no-words'
  /** Somebody opened it, and wrote nothing for ten minutes. */
  | 'silence'
  | 'cancelled'
  /** The FIFO cannot be made or read. */
  | 'no-fifo';

const pollMillis = 100;
const patienceMillis = 600_000;
/** What `meatclient` writes, with NULs at its end. */
const messageBytes = 256;

/**
 * What the next writer of `meatware.NODE` in `directory` says; waits for one without limit, until `signal` aborts. The FIFO is there as
 * long, for root alone. Nothing blocks: it is looked at ten times a second.
 */
export async function awaitConfirmation(
  node: NodeName,
  directory: string,
  signal: AbortSignal,
): Promise<Answer> {
  // A node's name is a file name here.
  if (node.includes('/')) return 'no-fifo';
  const path = join(directory, `meatware.${node}`);
  const handle = await openNew(path).catch(() => undefined);
  if (handle === undefined) return 'no-fifo';
  try {
    return await listen(handle, node, signal);
  } catch {
    // Reading failed: what it was makes no difference to the caller, who tries again.
    return 'no-fifo';
  } finally {
    await handle.close();
    await rm(path, { force: true });
  }
}

async function openNew(path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  // Node.js has no mkfifo(3).
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** Without a writer there is nothing to read; with one that has not written yet, reading would block. */
async function listen(handle: FileHandle, node: NodeName, signal: AbortSignal): Promise<Answer> {
  let waited: number | undefined;
  let text = '';
  while (!signal.aborted) {
    const chunk = await readSome(handle);
    if (chunk === 'blocks') waited = (waited ?? 0) + pollMillis;
    else if (chunk !== '') text += chunk;
    else if (waited !== undefined || text !== '') return judge(text, node);
    if (text.length >= messageBytes) return judge(text, node);
    if ((waited ?? 0) > patienceMillis) return 'silence';
    await wait(pollMillis);
  }
  return 'cancelled';
}

async function readSome(handle: FileHandle): Promise<string> {
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(messageBytes),
      0,
      messageBytes,
      null,
    );
    return buffer.toString('latin1', 0, bytesRead);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 'blocks';
    throw error;
  }
}

/** C takes a prefix of the node's name, too; we want all of it. */
function judge(text: string, node: NodeName): Answer {
  const words = text.replace(/\0.*$/s, '').trim().split(/\s+/);
  if (words.join('') === '') return 'no-words';
  const [first, second, name, ...rest] = words;
  const isReply = first === 'meatware' && second === 'reply' && rest.length === 0;
  return isReply && name?.toLowerCase() === node ? 'confirmed' : 'other-words';
}
