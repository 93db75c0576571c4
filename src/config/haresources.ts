/** haresources: which resources belong together, in which order, and on which node they would rather be (spec resources 2). */
import { nodeName, type NodeName } from '../units.ts';
import { inTextOrder, type OwnerHint, type Parsed, type Problem, type Report } from './problem.ts';
import type { Position, Resource, ResourceGroup } from './settings.ts';
import { suggest } from './suggest.ts';
import { blanks, further, linesOf, looksLikeComment, wordsOf, type Word } from './words.ts';

/** The nodes of ha.cf that may be named. */
export interface KnownNodes {
  readonly nodes: readonly NodeName[];
  /** Ping nodes pass too, as in C heartbeat, but will never own anything. */
  readonly pingNodes: readonly NodeName[];
}

/** A piece of a physical line within a logical one. */
interface Piece {
  readonly text: string;
  readonly at: Position;
}

/** A logical line: its pieces are joined without anything between them. */
interface Logical {
  readonly pieces: readonly Piece[];
  /** The first word as C heartbeat's start check sees it, comment and backslash included. */
  readonly owner: Word;
}

/** An address instead of an agent, as the shell pattern of C heartbeat has it. */
const addressWord = /^\d.*\.\d.*\.\d.*\.\d/s;

/** The resource a word names: `Agent::arg1::arg2`, or an address for IPaddr. Empty arguments vanish. */
export function parseResource(text: string, at: Position): Resource {
  const parts = text.split('::').filter((part) => part !== '');
  if (addressWord.test(text)) return { text, agent: 'IPaddr', args: parts, at };
  const [agent = '', ...args] = parts;
  return { text, agent, args, at };
}

/** The line without its comment, and whether the next one belongs to it. */
interface Cut {
  readonly text: string;
  readonly continues: boolean;
}

function cutLine(raw: string, at: Position, isFirst: boolean, report: Report): Cut {
  const hash = raw.indexOf('#');
  const text = hash === -1 ? raw : raw.slice(0, hash);
  if (hash !== -1 && !isFirst) {
    report({ kind: 'comment-in-continuation', severity: 'warning', at: further(at, hash) });
  }
  return text.endsWith('\\')
    ? { text: text.slice(0, -1), continues: true }
    : { text, continues: false };
}

/** Joins physical lines to logical ones; empty lines and comment lines are left out. */
function readLogical(text: string, file: string, report: Report): readonly Logical[] {
  const logical: Logical[] = [];
  const lines = linesOf(text).map((raw) => raw.replace(/\0.*$/s, ''));
  let index = 0;
  const take = (isFirst: boolean): Cut & Piece => {
    const at: Position = { file, line: index + 1, column: 1 };
    const cut = cutLine(lines[index] ?? '', at, isFirst, report);
    if (cut.continues && index === lines.length - 1) {
      const place = further(at, cut.text.length);
      report({ kind: 'backslash-at-end', severity: 'warning', at: place });
    }
    index += 1;
    return { ...cut, at };
  };
  while (index < lines.length) {
    const [owner] = wordsOf(lines[index] ?? '', { file, line: index + 1, column: 1 }, blanks);
    if (owner === undefined || owner.text.startsWith('#')) {
      index += 1;
      continue;
    }
    const first = take(true);
    const pieces: Piece[] = [first];
    let continues = first.continues;
    while (continues && index < lines.length) {
      const next = take(false);
      pieces.push(next);
      continues = next.continues;
    }
    logical.push({ pieces, owner });
  }
  return logical;
}

/** Where an offset of the joined text stands in the file. */
function placeOf(pieces: readonly Piece[], offset: number): Position | undefined {
  let rest = offset;
  for (const { text, at } of pieces) {
    if (rest < text.length) return further(at, rest);
    rest -= text.length;
  }
  return undefined;
}

/** The words of a logical line; a word may stand across two physical lines. */
function wordsOfLogical({ pieces, owner }: Logical): readonly Word[] {
  const joined = pieces.map((piece) => piece.text).join('');
  const origin: Position = { file: owner.at.file, line: 1, column: 1 };
  return wordsOf(joined, origin, blanks).map(({ text, at }) => ({
    text,
    at: placeOf(pieces, at.column - 1) ?? owner.at,
  }));
}

/** What the line before may have to do with a bad owner. */
function hintFor(word: Word, previous: string, isAlone: boolean): OwnerHint {
  if (looksLikeComment(word.text)) return 'slashes';
  if (word.text.includes('#')) return 'comment';
  if (previous.endsWith('\\\r')) return 'carriage-return';
  if (/\\[ \t\f]+$/.test(previous)) return 'continuation';
  if (word.text.endsWith('\\')) return 'backslash';
  if (word.at.column > 1 || (isAlone && previous.trim() !== '')) return 'continuation';
  return addressWord.test(word.text) || word.text.includes('::') ? 'owner-forgotten' : 'none';
}

function checkOwner(
  { owner: word, pieces }: Logical,
  known: KnownNodes,
  lines: readonly string[],
  report: Report,
): NodeName | undefined {
  const name = nodeName(word.text);
  if (known.nodes.includes(name)) return name;
  if (known.pingNodes.includes(name)) {
    report({ kind: 'owner-is-ping-node', severity: 'warning', at: word.at, node: name });
    return name;
  }
  const previous = lines[word.at.line - 2] ?? '';
  const isAlone = pieces.every(({ text }) => ['', word.text].includes(text.trim()));
  const hint = hintFor(word, previous.replace(/#.*$/, ''), isAlone);
  const facts = { word: word.text, nodes: known.nodes, hint };
  const suggestion = suggest(word.text, known.nodes);
  report({ kind: 'bad-owner', severity: 'error', at: word.at, ...facts, suggestion });
  return undefined;
}

/** The resources of a group without the backslashes that stand alone. */
function readResources(words: readonly Word[], report: Report): readonly Resource[] {
  const resources: Resource[] = [];
  for (const { text, at } of words) {
    const resource = parseResource(text, at);
    if (looksLikeComment(text)) report({ kind: 'no-comment', severity: 'warning', at, word: text });
    if (text === '\\' || resource.agent === '') {
      report({ kind: 'stray-backslash', severity: 'warning', at });
    } else resources.push(resource);
  }
  return resources;
}

function checkCarriageReturns(lines: readonly string[], file: string, report: Report): void {
  const line = lines.findIndex((raw) => raw.endsWith('\r'));
  if (line === -1) return;
  const at = { file, line: line + 1, column: (lines[line] ?? '').length };
  report({ kind: 'carriage-return', severity: 'warning', at });
}

/** A key names its group everywhere: C heartbeat looks for it in every line, whatever its place there. */
function checkKeys(groups: readonly ResourceGroup[], report: Report): void {
  const byKey = new Map<string, ResourceGroup>();
  for (const group of groups) {
    const at = group.resources[0]?.at ?? group.at;
    const before = byKey.get(group.key);
    if (before === undefined) byKey.set(group.key, group);
    else report({ kind: 'key-twice', severity: 'error', at, key: group.key, before: before.at });
  }
  for (const group of groups) {
    for (const { text, at } of group.resources.slice(1)) {
      const named = byKey.get(text);
      if (named === undefined) continue;
      const facts = { at, key: text, other: named.at };
      report({ kind: 'key-elsewhere', severity: 'warning', ...facts });
    }
  }
}

/** The groups of a haresources file in its order; those without a resource are left out. */
export function parseHaresources(
  text: string,
  file: string,
  known: KnownNodes,
): Parsed<readonly ResourceGroup[]> {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const lines = linesOf(text);
  const groups: ResourceGroup[] = [];
  checkCarriageReturns(lines, file, report);
  for (const logical of readLogical(text, file, report)) {
    const owner = checkOwner(logical, known, lines, report);
    const [, ...words] = wordsOfLogical(logical);
    const resources = readResources(words, report);
    const [first] = resources;
    const at = logical.owner.at;
    if (owner === undefined) continue;
    if (first !== undefined) groups.push({ owner, key: first.text, resources, at });
    else report({ kind: 'group-empty', severity: 'warning', at, node: owner });
  }
  checkKeys(groups, report);
  return { value: groups, problems: inTextOrder(problems) };
}
