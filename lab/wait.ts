/** Waiting, always with a limit. */
import { setTimeout as later } from 'node:timers/promises';

/** Resolves after so many milliseconds, or rejects when `signal` aborts. */
export async function pause(length: number, signal?: AbortSignal): Promise<void> {
  await later(length, undefined, signal === undefined ? {} : { signal });
}

/** How long it took, in milliseconds, until `holds` was true (asked every `interval` milliseconds), or undefined when `limit` passed first. */
export async function waitUntil(
  holds: () => boolean | Promise<boolean>,
  limit: number,
  signal?: AbortSignal,
  interval = 20,
): Promise<number | undefined> {
  const start = performance.now();
  for (;;) {
    if (await holds()) return performance.now() - start;
    if (performance.now() - start >= limit) return undefined;
    await pause(interval, signal);
  }
}
