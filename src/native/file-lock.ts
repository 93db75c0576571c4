/** Locks of whole files, flock(2): they end with the process, however it ends. */
import { type Result, fail, succeed } from '../result.ts';
import { errorWords, libc } from './libc.ts';

const exclusive = 2;
const dontWait = 4;
const errnoWouldBlock = 11;

/** True when this open file now holds the exclusive lock, false when another one does; never waits. Fails with the errno's words. */
export function lockFile(fd: number): Result<boolean, string> {
  const library = libc();
  if (!library.ok) return library;
  const locked = library.value.flock(fd, exclusive | dontWait);
  if (locked === -errnoWouldBlock) return succeed(false);
  return locked < 0 ? fail(errorWords(locked)) : succeed(true);
}
