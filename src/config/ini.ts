/** INI files with positions: `[section]`, `key = value`, comments from `;` or `#`. */
import type { Problem, Report } from './problem.ts';
import { byPlace, further, linesOf, type Word } from './words.ts';
import type { Position } from './settings.ts';

/** One key of a section. */
export interface IniEntry {
  readonly section: string;
  readonly sectionAt: Position;
  readonly key: string;
  readonly at: Position;
  readonly value: Word;
}

export interface IniSection {
  readonly name: string;
  readonly at: Position;
}

export interface Ini {
  readonly sections: readonly IniSection[];
  readonly entries: readonly IniEntry[];
  readonly problems: readonly Problem[];
}

/** A trimmed piece of a line and its place. */
function trimmed(text: string, at: Position): Word {
  const leading = text.length - text.trimStart().length;
  return { text: text.trim(), at: further(at, leading) };
}

/** The line without a comment: one that begins it, or one behind white space. */
const withoutComment = (line: string): string => line.replace(/(?:^|\s)[;#].*$/s, '');

function readEntry(
  line: Word,
  section: IniSection | undefined,
  report: Report,
): IniEntry | undefined {
  const split = line.text.indexOf('=');
  const key = line.text.slice(0, split).trim();
  if (split === -1 || key === '') {
    report({ kind: 'ini-line', severity: 'error', at: line.at, line: line.text });
    return undefined;
  }
  if (section === undefined) {
    report({ kind: 'ini-no-section', severity: 'error', at: line.at, key });
    return undefined;
  }
  const value = trimmed(line.text.slice(split + 1), further(line.at, split + 1));
  return { section: section.name, sectionAt: section.at, key, at: line.at, value };
}

/** Reports keys that come twice, and keeps the first of each. */
function onceEach(entries: readonly IniEntry[], report: Report): readonly IniEntry[] {
  const seen = new Map<string, Position>();
  return entries.filter(({ section, key, at }) => {
    const name = `${section}\n${key}`;
    const before = seen.get(name);
    if (before === undefined) seen.set(name, at);
    else report({ kind: 'ini-key-twice', severity: 'error', at, key, before });
    return before === undefined;
  });
}

/** The sections and keys of a text; section and key names are compared as written. */
export function readIni(text: string, file: string): Ini {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const sections: IniSection[] = [];
  const entries: IniEntry[] = [];
  for (const [index, raw] of linesOf(text).entries()) {
    const line = trimmed(withoutComment(raw), { file, line: index + 1, column: 1 });
    if (line.text === '') continue;
    const name = /^\[([^\]]*)\]$/.exec(line.text)?.[1]?.trim();
    if (name !== undefined) {
      sections.push({ name, at: line.at });
      continue;
    }
    const entry = readEntry(line, sections.at(-1), report);
    if (entry !== undefined) entries.push(entry);
  }
  const kept = onceEach(entries, report);
  problems.sort((one, other) => byPlace(one.at, other.at));
  return { sections, entries: kept, problems };
}
