/** ha.cf as a list of statements: a directive and its words, each with its place (spec config 2). */
import { Buffer } from 'node:buffer';
import { aliases, directives, unshipped, type Directive } from './directives.ts';
import type { DirectiveHint, Report } from './problem.ts';
import type { Position } from './settings.ts';
import { suggest } from './suggest.ts';
import { blanks, further, linesOf, looksLikeComment, wordsOf, type Word } from './words.ts';

export interface Statement {
  /** After its alias. */
  readonly name: string;
  /** As written. */
  readonly written: string;
  readonly directive: Directive;
  readonly at: Position;
  readonly words: readonly Word[];
  /** The rest of the line without comment and outer white space. */
  readonly rest: string;
}

/** C heartbeat reads a longer line in pieces and takes the rest for a line of its own. */
const maxLineBytes = 5119;
const valueGaps = /[ \t\r\f,]+/g;
/** Their values may hold any character. */
const freeText: ReadonlySet<string> = new Set(['env', 'cluster', 'logfile', 'debugfile']);

function hintFor(word: string, previous: string): DirectiveHint {
  if (word.startsWith('\uFEFF')) return 'byte-order-mark';
  if (unshipped.has(word)) return 'not-in-this-build';
  if (word.startsWith('//') || word.startsWith(';')) return 'slashes';
  if (/\\\s*$/.test(previous)) return 'continuation';
  return /^[a-z0-9_]+[,=:]/.test(word) ? 'separator' : 'none';
}

/** The directive a wrong word begins with or resembles. */
function suggestDirective(word: string): string | undefined {
  const bare = /^\uFEFF?([A-Za-z0-9_]*)/.exec(word)?.[1] ?? '';
  const names = [...directives.keys(), ...aliases.keys()];
  return bare === '' ? undefined : suggest(bare, names);
}

function cutNul(line: string, at: Position, report: Report): string {
  const nul = line.indexOf('\0');
  if (nul === -1) return line;
  report({ kind: 'nul-byte', severity: 'warning', at: further(at, nul) });
  return line.slice(0, nul);
}

function checkLength(line: string, at: Position, report: Report): void {
  if (line.length * 3 <= maxLineBytes) return;
  const bytes = Buffer.byteLength(line);
  if (bytes <= maxLineBytes) return;
  report({ kind: 'line-too-long', severity: 'warning', at, bytes, limit: maxLineBytes });
}

function readStatement(
  line: string,
  at: Position,
  previous: string,
  report: Report,
): Statement | undefined {
  const [first] = wordsOf(line, at, blanks);
  if (first === undefined) return undefined;
  const name = aliases.get(first.text) ?? first.text;
  const directive = directives.get(name);
  if (directive === undefined) {
    const suggestion = suggestDirective(first.text);
    const hint = hintFor(first.text, previous);
    const word = first.text;
    report({ kind: 'unknown-directive', severity: 'error', at: first.at, word, suggestion, hint });
    return undefined;
  }
  if (first.text === 'udp') {
    report({
      kind: 'replaced',
      severity: 'warning',
      at: first.at,
      directive: 'udp',
      by: 'bcast',
    });
  }
  const behind = line.slice(first.at.column - at.column + first.text.length);
  const separator = /^[ \t\r\f,]*/.exec(behind)?.[0].length ?? 0;
  const rest = behind.slice(separator);
  const restAt = further(first.at, first.text.length + separator);
  const words = wordsOf(rest, restAt, directive.form === 'option' ? valueGaps : blanks);
  const comment = freeText.has(name) ? undefined : words.find(({ text }) => looksLikeComment(text));
  if (comment !== undefined) {
    report({ kind: 'no-comment', severity: 'warning', at: comment.at, word: comment.text });
  }
  return { name, written: first.text, directive, at: first.at, words, rest: rest.trim() };
}

/** Every statement of an ha.cf in its order; words that are no directive are reported and left out. */
export function readStatements(text: string, file: string, report: Report): readonly Statement[] {
  const statements: Statement[] = [];
  let previous = '';
  for (const [index, raw] of linesOf(text).entries()) {
    const at: Position = { file, line: index + 1, column: 1 };
    checkLength(raw, at, report);
    const content = cutNul(raw, at, report).replace(/#.*$/s, '');
    const statement = readStatement(content, at, previous, report);
    if (statement !== undefined) statements.push(statement);
    previous = content;
  }
  return statements;
}
