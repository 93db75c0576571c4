/** What Node.js cannot do with open files. */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { type Result, fail, succeed } from '../result.ts';
import { errorWords, libc } from './libc.ts';

const setFlags = 2;
const closeOnExec = 1;

/**
 * What this process has open, but for the three standard streams, does not reach the programs that it starts. Node.js opens everything
 * so, but of what it inherited it marks only the numbers up to the first gap above 16. Without koffi that is how it stays.
 */
export async function keepDescriptorsToOurselves(): Promise<void> {
  const library = libc();
  if (!library.ok) return;
  const names = await readdir('/proc/self/fd').catch(() => []);
  const numbers = names.map(Number).filter((fd) => fd > 2);
  for (const fd of numbers) library.value.fcntl(fd, setFlags, closeOnExec);
}

/** Puts `/dev/null` in the place of an open descriptor, such as stderr; fails with words and leaves it as it was. */
export async function silence(descriptor: number): Promise<Result<undefined, string>> {
  const library = libc();
  if (!library.ok) return library;
  const nowhere: FileHandle = await open('/dev/null', 'r+');
  try {
    const answer = library.value.dup2(nowhere.fd, descriptor);
    return answer < 0 ? fail(errorWords(answer)) : succeed(undefined);
  } finally {
    await nowhere.close();
  }
}
