/** A network namespace for one test file: its process (vitest gives each file its own) leaves the machine's network for an empty one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import koffi from 'koffi';

const run = promisify(execFile);
const cloneNewNet = 0x40000000;

/**
 * False where that is not permitted (no root). Only this thread moves, and with it every process that it starts; system calls made on
 * other threads keep the old network, and so does `/sys`.
 */
export function enterOwnNetwork(): boolean {
  const unshare: (flags: number) => unknown = koffi.load(null).func('int unshare(int)');
  return unshare(cloneNewNet) === 0;
}

/** Runs `ip` with these words, split at blanks, and gives what it printed. */
export async function ip(words: string): Promise<string> {
  const { stdout } = await run('ip', words.split(' '));
  return stdout;
}
