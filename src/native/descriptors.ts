/** What Node.js cannot do with open files. */
import { type FileHandle, open } from 'node:fs/promises';
import { type Result, fail, succeed } from '../result.ts';
import { errorWords, libc } from './libc.ts';

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
