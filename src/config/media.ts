/** The media of ha.cf: bcast, mcast, ucast, and what only looks like one here (spec config 5). */
import { nodeName } from '../units.ts';
import type { Report } from './problem.ts';
import type { Medium, PingNode, Position } from './settings.ts';
import type { Statement } from './statements.ts';
import { parseInteger } from './values.ts';
import { looksLikeComment, type Word } from './words.ts';

export interface Media {
  readonly media: readonly Medium[];
  readonly pingNodes: readonly PingNode[];
  /** IPv6 lines: media of C heartbeat that this daemon has not. */
  readonly others: readonly string[];
  /** A medium was wanted and had to be refused. */
  readonly failed: boolean;
}

/** Service `ha-cluster`. */
export const defaultPort = 694;
const maxMedia = 64;

/** Media as they are collected, and the port each kind is fixed to at its first use. */
interface Draft {
  readonly media: Medium[];
  readonly pingNodes: PingNode[];
  readonly others: string[];
  readonly ports: Map<'bcast' | 'ucast', number>;
  udpport: number;
  readonly report: Report;
}

/** The port of a kind: `udpport` as it stands when the kind is first used, as in C heartbeat. */
function portOf(draft: Draft, kind: 'bcast' | 'ucast'): number {
  const port = draft.ports.get(kind) ?? draft.udpport;
  draft.ports.set(kind, port);
  return port;
}

/** What tells one medium from another. */
function identity(medium: Medium): string {
  if (medium.kind === 'bcast') return `bcast ${medium.iface} ${String(medium.port)}`;
  if (medium.kind === 'ucast') {
    return `ucast ${medium.iface} ${medium.host} ${String(medium.port)}`;
  }
  return `mcast ${medium.iface} ${medium.group} ${String(medium.port)}`;
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

const isGroup = (address: string): boolean =>
  /^(?:22[4-9]|23\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(address);

/** A numeric operand of mcast, or undefined after a report. */
function numberOf(
  draft: Draft,
  iface: Word,
  word: Word,
  range: { readonly operand: 'port' | 'ttl' | 'loop'; readonly from: number; readonly to: number },
): number | undefined {
  const number = parseInteger(word.text);
  const facts = { at: word.at, value: word.text };
  if (number === undefined || number.value < range.from || number.value > range.to) {
    const operand = range.operand;
    const medium = { medium: 'mcast', iface: iface.text, operand };
    draft.report({ kind: 'medium-operand', severity: 'error', ...facts, ...medium });
    return undefined;
  }
  if (number.junk !== '') {
    const read = { directive: 'mcast', read: String(number.value) };
    draft.report({ kind: 'junk-after-number', severity: 'warning', ...facts, ...read });
  }
  return number.value;
}

function checkGroup(draft: Draft, iface: Word, group: Word): string | undefined {
  if (isGroup(group.text)) return group.text;
  const facts = {
    medium: 'mcast',
    iface: iface.text,
    operand: 'addr',
    value: group.text,
  } as const;
  draft.report({ kind: 'medium-operand', severity: 'error', at: group.at, ...facts });
  return undefined;
}

const mcastOperands = ['device', 'mcast address', 'port', 'ttl', 'loop'];

function readMcast(draft: Draft, statement: Statement): void {
  const operands = operandsOf(draft, statement, mcastOperands) ?? [];
  const [iface, groupWord, portWord, ttlWord, loopWord] = operands;
  if (!iface || !groupWord || !portWord || !ttlWord || !loopWord) return;
  const group = checkGroup(draft, iface, groupWord);
  const port = numberOf(draft, iface, portWord, { operand: 'port', from: 1, to: 65_535 });
  const ttl = numberOf(draft, iface, ttlWord, { operand: 'ttl', from: 0, to: 4 });
  const loop = numberOf(draft, iface, loopWord, { operand: 'loop', from: 0, to: 1 });
  warnOfRest(draft, statement, mcastOperands.length);
  if (ttl === 0) {
    draft.report({ kind: 'mcast-ttl-0', severity: 'warning', at: ttlWord.at, iface: iface.text });
  }
  if (group === undefined || port === undefined || ttl === undefined || loop === undefined) return;
  const numbers = { port, ttl, loop: loop === 1 };
  addMedium(draft, { kind: 'mcast', iface: iface.text, group, ...numbers, at: iface.at });
}

function readUcast(draft: Draft, statement: Statement): void {
  const names = ['device', 'target IP address/hostname'];
  const [iface, host] = operandsOf(draft, statement, names) ?? [];
  if (!iface || !host) return;
  warnOfRest(draft, statement, names.length);
  const port = portOf(draft, 'ucast');
  addMedium(draft, { kind: 'ucast', iface: iface.text, host: host.text, port, at: iface.at });
}

/** An IPv6 medium: checked for its operands, otherwise not carried out. */
function readIpv6(draft: Draft, statement: Statement): void {
  const isMcast = statement.name === 'mcast6';
  const names = isMcast
    ? ['device', 'mcast address', 'port', 'hops', 'loop']
    : ['device', 'target IPv6 address'];
  const [iface, address] = operandsOf(draft, statement, names) ?? [];
  if (!iface || !address) return;
  const good = isMcast ? /^ff[0-9a-f]{2}:[0-9a-f:]+$/i : /^(?!ff)[0-9a-f]*:[0-9a-f:.]+(?:%\S+)?$/i;
  if (!good.test(address.text)) {
    const facts = { at: address.at, medium: statement.name, iface: iface.text };
    const operand = { operand: 'addr', value: address.text } as const;
    draft.report({ kind: 'medium-operand', severity: 'error', ...facts, ...operand });
    return;
  }
  draft.others.push(statement.name);
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
    if (medium.kind === 'mcast' || medium.port === wanted) continue;
    const { iface, port } = medium;
    const facts = { at, medium: medium.kind, iface, port, wanted, mediumAt: medium.at };
    draft.report({ kind: 'port-after-medium', severity: 'warning', ...facts });
  }
}

const readers: ReadonlyMap<string, (draft: Draft, statement: Statement) => void> = new Map([
  ['udpport', setPort],
  ['bcast', readBcast],
  ['mcast', readMcast],
  ['ucast', readUcast],
  ['mcast6', readIpv6],
  ['ucast6', readIpv6],
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

const mediumNames: ReadonlySet<string> = new Set(['bcast', 'mcast', 'ucast', 'serial']);

/** The media and ping nodes in the order of the file, each once. */
export function readMedia(statements: readonly Statement[], report: Report): Media {
  const draft: Draft = {
    media: [],
    pingNodes: [],
    others: [],
    ports: new Map(),
    udpport: defaultPort,
    report,
  };
  for (const statement of statements) readers.get(statement.name)?.(draft, statement);
  checkPorts(draft, statements);
  const { media, pingNodes, others } = draft;
  const wanted = statements.some(
    ({ name, directive, words }) =>
      mediumNames.has(name) && (directive.form === 'line' || words.length > 0),
  );
  return { media, pingNodes, others, failed: wanted && media.length === 0 };
}
