/** Waiting for something that may never come, such as an answer of a disk that hangs. */
import { setTimeout as delay } from 'node:timers/promises';

/** Settles when `work` does, or after `limit` milliseconds; what the work then says is not heard any more. */
export async function settledWithin(limit: number, work: Promise<unknown>): Promise<void> {
  const end = new AbortController();
  const late = delay(limit, undefined, { signal: end.signal }).catch(() => undefined);
  try {
    await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}
