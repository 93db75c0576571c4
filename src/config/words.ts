/** Lines and words of a file, and where they stand. */
import type { Position } from './settings.ts';

export interface Word {
  readonly text: string;
  readonly at: Position;
}

/** The lines of a text without their LF; a last line without one counts, an empty rest does not. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The beginning of a file: where a fault stands that is about something missing. */
export const startOf = (file: string): Position => ({ file, line: 1, column: 1 });

/** The position `offset` characters further on the same line. */
export const further = (at: Position, offset: number): Position => ({
  ...at,
  column: at.column + offset,
});

/** The words of `text`, which stands at `at`; `separators` is a global expression for what lies between. */
export function wordsOf(text: string, at: Position, separators: RegExp): readonly Word[] {
  const words: Word[] = [];
  let start = 0;
  const add = (end: number): void => {
    if (end > start) words.push({ text: text.slice(start, end), at: further(at, start) });
  };
  for (const gap of text.matchAll(separators)) {
    add(gap.index);
    start = gap.index + gap[0].length;
  }
  add(text.length);
  return words;
}

/** Blank, tab, CR, form feed: what separates words in all three files (spec config 2). */
export const blanks: RegExp = /[ \t\r\f]+/g;

/** Whether a word that stands among values was probably meant to begin a comment; a path may begin with two slashes. */
export const looksLikeComment = (text: string): boolean =>
  /^(?:\/\/[^/]*$|\/\*|;)/.test(text) || /\P{ASCII}/u.test(text);

/** Compares places in one file. */
export const byPlace = (one: Position, other: Position): number =>
  one.line - other.line || one.column - other.column;
