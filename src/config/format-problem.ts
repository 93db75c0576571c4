/** Problems in words. */
import type { Faults, Problem } from './problem.ts';
import type { WordTable, Words } from './problem-words.ts';
import {
  wordsOfAuthKeys,
  wordsOfExtensions,
  wordsOfFiles,
  wordsOfHaresources,
} from './words-of-files.ts';
import { wordsOfHaCf } from './words-of-ha-cf.ts';
import { wordsOfMedia } from './words-of-media.ts';
import { wordsOfSurroundings } from './words-of-surroundings.ts';

const table: WordTable<Faults> = {
  ...wordsOfFiles,
  ...wordsOfHaCf,
  ...wordsOfMedia,
  ...wordsOfAuthKeys,
  ...wordsOfHaresources,
  ...wordsOfExtensions,
  ...wordsOfSurroundings,
};

function wordsOf<Kind extends keyof Faults>(problem: Problem<Kind>): Words {
  const describe: (problem: Problem<Kind>) => Words = table[problem.kind];
  return describe(problem);
}

/** What comes from a file is shown without control characters. */
const printable = (text: string): string =>
  text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );

/** The lines the C daemon logs for the same fault, without level; empty where it says nothing. */
export const cLinesOf = (problem: Problem): readonly string[] =>
  (wordsOf(problem).c ?? []).map(printable);

/**
 * One line: `ha.cf:3:11: error: `, then the words of the C daemon where it has some, then what is
 * wrong and how to mend it.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column } = problem.at;
  const { c = [], text } = wordsOf(problem);
  const sentence = c
    .map((each) => each.replace(/\.$/, ''))
    .concat(text)
    .join(': ');
  const place = `${file}:${String(line)}:${String(column)}`;
  return printable(`${place}: ${problem.severity}: ${sentence}`);
}
