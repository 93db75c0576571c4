/** Waiting for an event, always with a limit, and with the reason when it does not come. */
import { setTimeout as later } from 'node:timers/promises';

const interval = 50;

/** Resolves when `holds` answers true; rejects after `limit` milliseconds with `what` and what `explain` knows. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limit: number,
  explain: () => Promise<string> = () => Promise.resolve(''),
): Promise<void> {
  const end = performance.now() + limit;
  for (;;) {
    if (await holds()) return;
    if (performance.now() >= end) break;
    await later(interval);
  }
  throw new Error(`not within ${String(limit)} ms: ${what}\n${await explain()}`);
}
