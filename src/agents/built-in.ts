/** What an agent inside this process is, and what it may use. */
import type { Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import type { Result } from '../result.ts';
import type { Millis } from '../units.ts';
import type { ScriptAction, ScriptEnd } from './run-script.ts';

/** One call of an agent. Every wait in it is to end when `signal` aborts, at the call's limit at the latest. */
export interface BuiltInCall {
  readonly signal: AbortSignal;
  /** What is left of the limit, 1 ms at least. */
  readonly left: () => Millis;
  /** Runs a program, which is killed at the call's limit, or after `most`; what it prints on both outputs is captured. */
  readonly run: (path: string, args: readonly string[], most?: Millis) => Promise<ScriptEnd>;
  /** Lines get the agent's name as prefix. */
  readonly log: (level: LogLine['level'], text: string) => void;
}

/** The three things that can be done with one resource. None of them rejects. */
type Acts = Readonly<Record<ScriptAction, (call: BuiltInCall) => Promise<Outcome>>>;

/** The acts for a resource's arguments, or why these make none, in words for the operator. */
export type BuiltIn = (args: readonly string[]) => Result<Acts, string>;

/** A failure with the exit code that the C agent has for it (spec resources 12). */
export function failed(why: string, code = 1): Outcome {
  return { kind: 'failed', code, why };
}

/** The first line that the program printed, or how it ended: what an operator gets to see of its failure. */
export function wordsOf(end: ScriptEnd): string {
  switch (end.kind) {
    case 'exited':
      return firstLine(end.output) ?? `exit code ${String(end.code)}`;
    case 'killed':
      return `killed by ${end.by}`;
    case 'not-started':
      return end.why;
    case 'timed-out':
      return 'it took too long';
    case 'cancelled':
      return 'the time was up';
  }
}

function firstLine(output: string): string | undefined {
  return output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '');
}

/** Whether the program ran to its end and exited with 0. */
export function hasSucceeded(end: ScriptEnd): boolean {
  return end.kind === 'exited' && end.code === 0;
}
