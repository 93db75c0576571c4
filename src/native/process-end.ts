/** The end of this process, which Node.js cannot promise. */
import { libc } from './libc.ts';

/**
 * Ends this process with `status` at once. `process.exit` waits for the threads of libuv's pool, and one that reads or
 * writes on a disk that hangs does not come back; without koffi it has to do.
 */
export function endProcess(status: number): never {
  const library = libc();
  if (library.ok) library.value.exitNow(status);
  process.exit(status);
}
