/** Problems in words. */
import { chineseOfHaCf } from './chinese-ha-cf.ts';
import {
  chineseOfAuthKeys,
  chineseOfExtensions,
  chineseOfFiles,
  chineseOfHaresources,
} from './chinese-files.ts';
import { chineseOfMedia } from './chinese-media.ts';
import { chineseOfPeers } from './chinese-peers.ts';
import { chineseOfCloserLook, chineseOfSurroundings } from './chinese-surroundings.ts';
import type { Level, LogLine } from '../log-line.ts';
import type { Language } from './language.ts';
import type { Faults, Problem, Severity } from './problem.ts';
import type { Sentence, Translation, WordTable, Words } from './problem-words.ts';
import {
  wordsOfAuthKeys,
  wordsOfExtensions,
  wordsOfFiles,
  wordsOfHaresources,
} from './words-of-files.ts';
import { wordsOfHaCf } from './words-of-ha-cf.ts';
import { wordsOfMedia } from './words-of-media.ts';
import { wordsOfPeers } from './words-of-peers.ts';
import { wordsOfCloserLook, wordsOfSurroundings } from './words-of-surroundings.ts';

const english: WordTable<Faults> = {
  ...wordsOfFiles,
  ...wordsOfHaCf,
  ...wordsOfMedia,
  ...wordsOfAuthKeys,
  ...wordsOfHaresources,
  ...wordsOfExtensions,
  ...wordsOfSurroundings,
  ...wordsOfCloserLook,
  ...wordsOfPeers,
};

const chinese: Translation<Faults> = {
  ...chineseOfFiles,
  ...chineseOfHaCf,
  ...chineseOfMedia,
  ...chineseOfAuthKeys,
  ...chineseOfHaresources,
  ...chineseOfExtensions,
  ...chineseOfSurroundings,
  ...chineseOfCloserLook,
  ...chineseOfPeers,
};

interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

/** What differs between the languages beside the words themselves. */
interface Manner {
  readonly severity: Readonly<Record<Severity, string>>;
  readonly semicolon: string;
  readonly count: (counts: Counts) => string;
}

const plural = (count: number, word: string): string =>
  `${String(count)} ${word}${count === 1 ? '' : 's'}`;

const manners: Readonly<Record<Language, Manner>> = {
  en: {
    severity: { error: 'error', warning: 'warning' },
    semicolon: '; ',
    count: ({ errors, warnings }) =>
      errors + warnings === 0
        ? 'no fault found'
        : `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`,
  },
  zh: {
    severity: { error: '错误', warning: '警告' },
    semicolon: '；',
    count: ({ errors, warnings }) =>
      errors + warnings === 0
        ? '未发现问题'
        : `${String(errors)} 个错误，${String(warnings)} 个警告`,
  },
};

function wordsOf<Kind extends keyof Faults>(problem: Problem<Kind>): Words {
  const describe: (problem: Problem<Kind>) => Words = english[problem.kind];
  return describe(problem);
}

function translated<Kind extends keyof Faults>(problem: Problem<Kind>): Sentence {
  const describe: (problem: Problem<Kind>) => Sentence = chinese[problem.kind];
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

/** What is wrong, the words of the C daemon first where it has some, and how to mend it; one line each. */
export interface Told {
  readonly message: string;
  readonly mend: string;
}

interface Parts {
  readonly c: readonly string[];
  readonly sentence: Sentence;
}

/** The words of C stay English in every language: monitoring looks for them. */
function partsOf(problem: Problem, language: Language): Parts {
  const { c = [], ...sentence } = wordsOf(problem);
  return {
    c: c.map((each) => each.replace(/\.$/, '')),
    sentence: language === 'zh' ? translated(problem) : sentence,
  };
}

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== '';

/** The problem for a reader who has its place already. */
export function tell(problem: Problem, language: Language): Told {
  const { c, sentence } = partsOf(problem, language);
  return {
    message: printable([...c, sentence.what].filter(isGiven).join(': ')),
    mend: printable(sentence.mend),
  };
}

/**
 * One line: `ha.cf:3:11: error: `, then the words of the C daemon where it has some, then what is
 * wrong and how to mend it.
 */
export function formatProblem(problem: Problem, language: Language): string {
  return lineOf(problem, partsOf(problem, language), language);
}

function lineOf(problem: Problem, { c, sentence }: Parts, language: Language): string {
  const { file, line, column } = problem.at;
  const { severity, semicolon } = manners[language];
  const own = [sentence.what, sentence.mend].filter(isGiven).join(semicolon);
  const place = `${file}:${String(line)}:${String(column)}`;
  return printable(`${place}: ${severity[problem.severity]}: ${[...c, own].join(': ')}`);
}

/** The problem for the log: the lines of the C daemon as it writes them, then what `formatProblem` says beyond them. */
export function logLinesOf(problem: Problem, language: Language): readonly LogLine[] {
  const level: Level = problem.severity === 'error' ? 'ERROR' : 'WARN';
  const { sentence } = partsOf(problem, language);
  const own = lineOf(problem, { c: [], sentence }, language);
  const cLevel: Level = wordsOf(problem).cLevel ?? level;
  return [...cLinesOf(problem).map((text) => ({ level: cLevel, text })), { level, text: own }];
}

/** What the C daemon says of a whole file with errors, without level; empty without any. */
export function cVerdictsOn(problems: readonly Problem[]): readonly string[] {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const isInHaCf = errors.some(({ at, kind }) => isHaCf(at.file) && !madeLater.has(kind));
  const isInKeys = errors.some(({ at }) => at.file.endsWith('/authkeys'));
  return [
    ...(isInHaCf ? ['Heartbeat not started: configuration error.'] : []),
    ...(isInKeys ? ['Authentication configuration error.'] : []),
  ];
}

const isHaCf = (file: string): boolean => file.endsWith('/ha.cf');

/** Checks that the C daemon makes when it has read ha.cf to its end (spec config 3). */
const madeLater: ReadonlySet<Problem['kind']> = new Set([
  ...(['no-media', 'no-nodes', 'own-name-missing', 'dead-time-too-small'] as const),
  ...(['initdead-below-deadtime', 'no-log-target', 'autojoin-refused'] as const),
]);

/** How many problems there are, in a few words. */
export function formatCount(problems: readonly Problem[], language: Language): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return manners[language].count({ errors, warnings: problems.length - errors });
}
