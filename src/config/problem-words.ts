/** What the tables of words share. */
import type { Faults, Problem } from './problem.ts';
import type { Position } from './settings.ts';

export interface Sentence {
  /** What is wrong, as far as the C words do not say it. */
  readonly what?: string;
  /** How to mend it. */
  readonly mend: string;
}

export interface Words extends Sentence {
  /** What the C daemon says of the same fault: monitoring looks for it. */
  readonly c?: readonly string[];
  /** Where it says so at another level than the severity has here. */
  readonly cLevel?: 'ERROR';
}

/** The words for some kinds of problems. */
export type WordTable<Some extends Partial<Faults>> = {
  readonly [Kind in keyof Some & keyof Faults]: (problem: Problem<Kind>) => Words;
};

/** The same in another language: the words of C stay as they are, for programs look for them. */
export type Translation<Some extends Partial<Faults>> = {
  readonly [Kind in keyof Some & keyof Faults]: (problem: Problem<Kind>) => Required<Sentence>;
};

/** `; did you mean "x"?`, or nothing. */
export const didYouMean = (suggestion: string | undefined): string =>
  suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;

/** `a, b and c`; more than `most` are cut short. */
export function listOf(words: readonly string[], most = 12): string {
  const shown = words.slice(0, most);
  if (words.length > shown.length) return `${shown.join(', ')} and others`;
  const last = shown.pop() ?? 'none';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}

/** A file as C heartbeat writes it: its build ends the directory with a slash of its own. */
export const cFile = ({ file }: Position): string => file.replace(/\/(?=[^/]+$)/, '//');

/** A place in the same file, for "see line 4". */
export const lineOf = (at: Position): string => `line ${String(at.line)}`;

/** Milliseconds as an operator writes them. */
export const timeText = (ms: number): string =>
  ms % 1000 === 0 ? `${String(ms / 1000)} s` : `${String(ms)} ms`;
