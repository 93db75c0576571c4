/** What a watchdog device is told that no file is. */
import { fail, type Result, succeed } from '../result.ts';
import { errorWords, libc } from './libc.ts';

/** `WDIOC_SETTIMEOUT`. */
const setTimeoutRequest = 0xc0045706;

/** After how many seconds without food it reboots the machine. Fails with words: a plain file is no watchdog. */
export function setWatchdogTimeout(descriptor: number, seconds: number): Result<undefined, string> {
  const library = libc();
  if (!library.ok) return library;
  const bytes = new Uint8Array(new Int32Array([seconds]).buffer);
  const answer = library.value.ioctl(descriptor, setTimeoutRequest, bytes);
  return answer < 0 ? fail(errorWords(answer)) : succeed(undefined);
}
