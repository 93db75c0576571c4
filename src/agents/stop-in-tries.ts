/** The stop of what may be busy for a while: again and again, and believed only when the kernel says so. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from '../haresources/types.ts';
import type { Result } from '../result.ts';
import { type BuiltInCall, failed, hasSucceeded, wordsOf } from './built-in.ts';
import type { ScriptEnd } from './run-script.ts';

/** One try a second, as the C agents (spec resources 12). */
const mostTries = 10;
const pauseMillis = 1_000;

export interface Stopping {
  /** What is stopped, for the log. */
  readonly name: string;
  /** What of it is still up; empty when it has stopped. Fails with words. */
  readonly look: () => Promise<Result<readonly string[], string>>;
  readonly act: () => Promise<ScriptEnd>;
  /** The package that has the program of `act`. */
  readonly tools: string;
  /** The words for why a try has failed; `reasonOf` when left out. */
  readonly why?: (end: ScriptEnd) => string;
}

/** `done` when nothing is up any more, whatever `act` said of itself; else failed, after ten tries or at the call's limit. */
export async function stopInTries(
  { act, look, name, tools, why: wordsFor = reasonOf }: Stopping,
  call: BuiltInCall,
): Promise<Outcome> {
  let why = 'it is up again';
  for (let tries = 0; ; tries += 1) {
    const up = await look();
    if (!up.ok) return failed(up.reason);
    if (up.value.length === 0) return { kind: 'done' };
    if (tries === mostTries || call.signal.aborted) {
      return failed(`${name} cannot be stopped: ${why}; still up: ${up.value.join(', ')}`);
    }
    if (tries > 0) await pause(call);
    const end = await act();
    if (end.kind === 'not-started') return withoutTools(end.why, tools);
    if (hasSucceeded(end)) continue;
    why = wordsFor(end);
    if (tries === 0) call.log('WARN', `${name} has not stopped yet: ${why}`);
  }
}

/** A second, or less when the call is over. */
export function pause({ signal }: BuiltInCall): Promise<void> {
  return wait(pauseMillis, undefined, { signal }).catch(() => undefined);
}

/** What cannot be started for want of a program (spec resources 12: code 5). */
export function withoutTools(why: string, tools: string): Outcome {
  return failed(`${why}: the package ${tools} is needed`, 5);
}

/** The first line of a program's output that is no mere warning, or how it ended. */
export function reasonOf(end: ScriptEnd): string {
  if (end.kind !== 'exited') return wordsOf(end);
  const lines = end.output.split('\n').filter((line) => !/^\s*WARNING:/.test(line));
  return wordsOf({ ...end, output: lines.join('\n') });
}
