/** Scripts that a daemon before this one left at work come to their end before this one begins anything. */
import { setTimeout as wait } from 'node:timers/promises';
import { type LeftScript, leftAtWork } from '../agents/left-at-work.ts';
import { endGroup } from '../agents/run-script.ts';
import type { Level } from '../log-line.ts';
import type { Millis } from '../units.ts';

const pollMillis = 100;

/**
 * Settles when no such script is at work any more. One that has not ended after `limit` is killed, as one that takes too long is: whether its
 * resource runs is asked for afterwards in any case.
 */
export async function outlastScripts(
  limit: Millis,
  say: (level: Level, text: string) => void,
  look: () => Promise<readonly LeftScript[]> = leftAtWork,
): Promise<void> {
  const end = performance.now() + limit;
  let left = await look();
  for (const one of left) {
    say('WARN', `${named(one)} was begun by a heartbeat that was killed: waiting for its end`);
  }
  while (left.length > 0 && performance.now() < end) {
    await wait(pollMillis);
    left = await look();
  }
  for (const one of left) {
    say('ERROR', `${named(one)} killed: it did not end within ${String(limit / 1000)} s`);
  }
  await Promise.all(left.map((one) => endGroup(one.group)));
}

const named = ({ group, words }: LeftScript): string => `${words} [pid ${String(group)}]`;
