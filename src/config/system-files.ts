/** Files of the system that the check looks into: /etc/fstab, /etc/exports, and the lists of accounts. */
import type { Position } from './settings.ts';
import { blanks, linesOf, wordsOf, type Word } from './words.ts';

/** One line of fstab(5). */
export interface FstabEntry {
  readonly device: string;
  readonly directory: string;
  /** Mounted at boot: without `noauto`. */
  readonly isAutomatic: boolean;
  readonly at: Position;
}

/** What one client of exports(5) gets. */
export interface ExportEntry {
  readonly directory: string;
  /** As written, without its options; empty for everybody. */
  readonly client: string;
  readonly options: readonly string[];
  readonly at: Position;
}

/** None of these files is read further than this. */
const maxLines = 10_000;

function wordsOfLines(text: string, file: string): readonly (readonly Word[])[] {
  return linesOf(text)
    .slice(0, maxLines)
    .map((raw, index) => {
      const at = { file, line: index + 1, column: 1 };
      return wordsOf(raw.replace(/#.*$/s, ''), at, blanks);
    });
}

/** Blanks in a name are written as `\040` in both files. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** The lines with a device and a directory; others are left out. */
export function parseFstab(text: string, file: string): readonly FstabEntry[] {
  return wordsOfLines(text, file).flatMap(([device, directory, , options]) => {
    if (device === undefined || directory === undefined) return [];
    const words = options?.text.split(',') ?? [];
    return {
      device: unescaped(device.text),
      directory: unescaped(directory.text),
      isAutomatic: !words.includes('noauto'),
      at: device.at,
    };
  });
}

/** One entry for each client of each line; default options (a word with a dash) are not looked at. */
export function parseExports(text: string, file: string): readonly ExportEntry[] {
  return wordsOfLines(text, file).flatMap(([directory, ...clients]) => {
    if (directory === undefined) return [];
    return clients.flatMap(({ text: word, at }) => {
      const [, client = '', list = ''] = /^([^(]*)(?:\(([^)]*)\))?$/.exec(word) ?? [];
      return word.startsWith('-')
        ? []
        : { directory: unescaped(directory.text), client, options: list.split(','), at };
    });
  });
}
