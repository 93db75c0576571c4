/** The media of ha.cf: bcast, mcast, ucast, the last two for IPv6, too, and what only looks like one here (spec config 5). */
import { nodeName } from '../units.ts';
import { isGroup, isPeer6 } from './medium-addresses.ts';
import type { Report } from './problem.ts';
import type { Medium, PingNode, Position } from './settings.ts';
import type { Statement } from './statements.ts';
import { parseInteger } from './values.ts';
import { looksLikeComment, type Word } from './words.ts';

export interface Media {
  readonly media: readonly Medium[];
  readonly pingNodes: readonly PingNode[];
  /** A medium was wanted and had to be refused. */
  readonly failed: boolean;
}

/** Service `ha-cluster`. */
export const defaultPort = 694;
const maxMedia = 64;

/** Kinds whose port is not theirs to say. */
type Fixed = 'bcast' | 'ucast' | 'ucast6';

/** Media as they are collected, and the port each kind is fixed to at its first use. */
interface Draft {
  readonly media: Medium[];
  readonly pingNodes: PingNode[];
  readonly ports: Map<Fixed, number>;
  udpport: number;
  readonly report: Report;
}

/** The port of a kind: `udpport` as it stands when the kind is first used, as in C heartbeat. */
function portOf(draft: Draft, kind: Fixed): number {
  const port = draft.ports.get(kind) ?? draft.udpport;
  draft.ports.set(kind, port);
  return port;
}

/** What tells one medium from another. */
function identity(medium: Medium): string {
  const to = 'host' in medium ? [medium.host] : 'group' in medium ? [medium.group] : [];
  return [medium.kind, medium.iface, ...to, medium.port].join(' ');
}

function addMedium(draft: Draft, medium: Medium): void {
  const same = draft.media.find((other) => identity(other) === identity(medium));
  if (same !== undefined) {
    const facts = { at: medium.at, medium: medium.kind, name: medium.iface, before: same.at };
    draft.report({ kind: 'medium-twice', severity: 'warning', ...facts });
    return;
  }
  if (draft.media.length === maxMedia) {
    draft.report({ kind: 'too-many-media', severity: 'error', at: medium.at, limit: maxMedia });
  }
  if (draft.media.length < maxMedia) draft.media.push(medium);
}

function readBcast(draft: Draft, statement: Statement): void {
  for (const word of statement.words) {
    if (word.text === 'lo') {
      draft.report({ kind: 'loopback-medium', severity: 'warning', at: word.at });
    }
    const port = portOf(draft, 'bcast');
    addMedium(draft, { kind: 'bcast', iface: word.text, port, at: word.at });
  }
}

/** The first `names.length` words of a line, or undefined after a report of the first that is missing. */
function operandsOf(
  draft: Draft,
  statement: Statement,
  names: readonly string[],
): readonly Word[] | undefined {
  const { words, at } = statement;
  const missing = names[words.length];
  if (missing === undefined) return words;
  const iface = words[0]?.text;
  const facts = { at: words.at(-1)?.at ?? at, medium: statement.written, iface, missing };
  draft.report({ kind: 'medium-incomplete', severity: 'error', ...facts });
  return undefined;
}

function warnOfRest(draft: Draft, statement: Statement, used: number): void {
  const words = statement.words.slice(used);
  const [first] = words;
  if (first === undefined || looksLikeComment(first.text)) return;
  const texts = words.map((word) => word.text);
  const facts = { at: first.at, directive: statement.written, words: texts };
  draft.report({ kind: 'words-ignored', severity: 'warning', ...facts });
}

/** The line of a group, and its first word. */
interface McastLine {
  readonly kind: 'mcast' | 'mcast6';
  readonly iface: Word;
}

/** A numeric operand of a group, or undefined after a report. */
function numberOf(
  draft: Draft,
  { kind, iface }: McastLine,
  word: Word,
  range: { readonly operand: 'port' | 'ttl' | 'loop'; readonly from: number; readonly to: number },
): number | undefined {
  const number = parseInteger(word.text);
  const facts = { at: word.at, value: word.text };
  if (number === undefined || number.value < range.from || number.value > range.to) {
    const operand = range.operand;
    const medium = { medium: kind, iface: iface.text, operand };
    draft.report({ kind: 'medium-operand', severity: 'error', ...facts, ...medium });
    return undefined;
  }
  if (number.junk !== '') {
    const read = { directive: kind, read: String(number.value) };
    draft.report({ kind: 'junk-after-number', severity: 'warning', ...facts, ...read });
  }
  return number.value;
}

function checkGroup(draft: Draft, { kind, iface }: McastLine, group: Word): string | undefined {
  if (isGroup(kind, group.text)) return group.text;
  const facts = {
    medium: kind,
    iface: iface.text,
    operand: 'addr',
    value: group.text,
  } as const;
  draft.report({ kind: 'medium-operand', severity: 'error', at: group.at, ...facts });
  return undefined;
}

const mcastOperands = {
  mcast: ['device', 'mcast address', 'port', 'ttl', 'loop'],
  mcast6: ['device', 'mcast address', 'port', 'hops', 'loop'],
} as const;

function readMcast(draft: Draft, statement: Statement, kind: 'mcast' | 'mcast6'): void {
  const operands = operandsOf(draft, statement, mcastOperands[kind]) ?? [];
  const [iface, groupWord, portWord, ttlWord, loopWord] = operands;
  if (!iface || !groupWord || !portWord || !ttlWord || !loopWord) return;
  const line = { kind, iface };
  const group = checkGroup(draft, line, groupWord);
  const port = numberOf(draft, line, portWord, { operand: 'port', from: 1, to: 65_535 });
  const ttl = numberOf(draft, line, ttlWord, { operand: 'ttl', from: 0, to: 4 });
  const loop = numberOf(draft, line, loopWord, { operand: 'loop', from: 0, to: 1 });
  warnOfRest(draft, statement, mcastOperands[kind].length);
  if (ttl === 0) {
    draft.report({ kind: 'mcast-ttl-0', severity: 'warning', at: ttlWord.at, iface: iface.text });
  }
  if (group === undefined || port === undefined || ttl === undefined || loop === undefined) return;
  const numbers = { port, ttl, loop: loop === 1 };
  addMedium(draft, { kind, iface: iface.text, group, ...numbers, at: iface.at });
}

function readUcast(draft: Draft, statement: Statement): void {
  const names = ['device', 'target IP address/hostname'];
  const [iface, host] = operandsOf(draft, statement, names) ?? [];
  if (!iface || !host) return;
  warnOfRest(draft, statement, names.length);
  const port = portOf(draft, 'ucast');
  addMedium(draft, { kind: 'ucast', iface: iface.text, host: host.text, port, at: iface.at });
}

function readUcast6(draft: Draft, statement: Statement): void {
  const names = ['device', 'target IPv6 address'];
  const [iface, host] = operandsOf(draft, statement, names) ?? [];
  if (!iface || !host) return;
  warnOfRest(draft, statement, names.length);
  const facts = { medium: 'ucast6', iface: iface.text, operand: 'addr', value: host.text } as const;
  if (!isPeer6(host.text)) {
    draft.report({ kind: 'medium-operand', severity: 'error', at: host.at, ...facts });
    return;
  }
  const port = portOf(draft, 'ucast6');
  addMedium(draft, { kind: 'ucast6', iface: iface.text, host: host.text, port, at: iface.at });
}

function addPingNode(draft: Draft, node: PingNode): void {
  const same = draft.pingNodes.find((other) => other.name === node.name);
  if (same === undefined) {
    draft.pingNodes.push(node);
    return;
  }
  const facts = { at: node.at, medium: node.kind, name: node.name, before: same.at };
  draft.report({ kind: 'medium-twice', severity: 'warning', ...facts });
}

function readPings(draft: Draft, statement: Statement, kind: 'ping' | 'ping6'): void {
  for (const { text, at } of statement.words) {
    addPingNode(draft, { kind, name: nodeName(text), hosts: [text], at });
  }
}

function readPingGroup(draft: Draft, statement: Statement): void {
  const [name, ...hosts] = statement.words;
  if (name === undefined || hosts.length === 0) {
    const at = name?.at ?? statement.at;
    draft.report({ kind: 'ping-group-incomplete', severity: 'error', at, name: name?.text });
    return;
  }
  const texts = hosts.map((host) => host.text);
  addPingNode(draft, {
    kind: 'ping_group',
    name: nodeName(name.text),
    hosts: texts,
    at: name.at,
  });
}

function readSerial(draft: Draft, statement: Statement): void {
  for (const { text, at } of statement.words) {
    draft.report({ kind: 'serial-refused', severity: 'error', at, device: text });
  }
}

/** The port in force from here on. */
function setPort(draft: Draft, statement: Statement): void {
  for (const word of statement.words) {
    const wanted = parseInteger(word.text)?.value ?? 0;
    if (wanted < 1 || wanted > 65_535) continue;
    draft.udpport = wanted;
  }
}

/** The place of the last `udpport` value. */
function lastPortAt(statements: readonly Statement[]): Position | undefined {
  return statements
    .findLast(({ name, words }) => name === 'udpport' && words.length > 0)
    ?.words.at(-1)?.at;
}

/** Says which media keep their port although a later `udpport` wants another. */
function checkPorts(draft: Draft, statements: readonly Statement[]): void {
  const at = lastPortAt(statements);
  const wanted = draft.udpport;
  if (at === undefined) return;
  for (const medium of draft.media) {
    if ('group' in medium || medium.port === wanted) continue;
    const { iface, port } = medium;
    const facts = { at, medium: medium.kind, iface, port, wanted, mediumAt: medium.at };
    draft.report({ kind: 'port-after-medium', severity: 'warning', ...facts });
  }
}

const readers: ReadonlyMap<string, (draft: Draft, statement: Statement) => void> = new Map([
  ['udpport', setPort],
  ['bcast', readBcast],
  [
    'mcast',
    (draft, statement) => {
      readMcast(draft, statement, 'mcast');
    },
  ],
  [
    'mcast6',
    (draft, statement) => {
      readMcast(draft, statement, 'mcast6');
    },
  ],
  ['ucast', readUcast],
  ['ucast6', readUcast6],
  ['serial', readSerial],
  [
    'ping',
    (draft, statement) => {
      readPings(draft, statement, 'ping');
    },
  ],
  [
    'ping6',
    (draft, statement) => {
      readPings(draft, statement, 'ping6');
    },
  ],
  ['ping_group', readPingGroup],
]);

const mediumNames: ReadonlySet<string> = new Set([
  ...['bcast', 'mcast', 'ucast', 'serial'],
  ...['mcast6', 'ucast6'],
]);

/** The media and ping nodes in the order of the file, each once. */
export function readMedia(statements: readonly Statement[], report: Report): Media {
  const draft: Draft = {
    media: [],
    pingNodes: [],
    ports: new Map(),
    udpport: defaultPort,
    report,
  };
  for (const statement of statements) readers.get(statement.name)?.(draft, statement);
  checkPorts(draft, statements);
  const { media, pingNodes } = draft;
  const wanted = statements.some(
    ({ name, directive, words }) =>
      mediumNames.has(name) && (directive.form === 'line' || words.length > 0),
  );
  return { media, pingNodes, failed: wanted && media.length === 0 };
}
