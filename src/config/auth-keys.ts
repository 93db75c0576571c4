/** authkeys: who may speak, and how messages are signed (spec config 6). */
import { inTextOrder, type Parsed, type Problem, type Report } from './problem.ts';
import type { AuthKey, AuthKeys, Position } from './settings.ts';
import { suggest } from './suggest.ts';
import { further, linesOf, startOf, wordsOf } from './words.ts';

/** What else is known beside the text. */
export interface KeyFileFacts {
  /** Permission bits of the file. */
  readonly mode?: number;
  /** Its owner. */
  readonly uid?: number;
  /** `[auth] accept_crc` of extensions.ini. */
  readonly acceptCrc?: boolean;
}

const methods = ['crc', 'md5', 'sha1'] as const;
/** C `isspace`: here, unlike in ha.cf, vertical tab counts too. */
const gaps = /[ \t\r\f\v]+/g;
const maxIndex = 15;

interface Draft {
  readonly keys: Map<number, { readonly key: AuthKey; readonly at: Position }>;
  /** The last `auth` line. */
  auth: { readonly index: number; readonly at: Position } | undefined;
  /** The index that signs: its key line came while its number was the last `auth`. */
  outbound: number | undefined;
  readonly report: Report;
}

function checkFile({ mode, uid }: KeyFileFacts, at: Position, report: Report): void {
  if (mode !== undefined && (mode & 0o044) !== 0) {
    report({ kind: 'key-file-readable', severity: 'error', at, mode });
  } else if (mode !== undefined && (mode & 0o133) !== 0) {
    report({ kind: 'key-file-mode', severity: 'warning', at, mode });
  }
  if (uid !== undefined && uid !== 0) {
    report({ kind: 'key-file-owner', severity: 'warning', at, uid });
  }
}

/** As much of a line as may be shown: what follows could be a key. */
function beginningOf(line: string): string {
  const words = line.trim().split(gaps);
  const harmless = /^auth$/i.test(words[0] ?? '') || /^\d+$/.test(words[1] ?? '') ? 2 : 1;
  return [...words.slice(0, harmless), ...(words.length > harmless ? ['...'] : [])].join(' ');
}

function readAuthLine(draft: Draft, line: string, at: Position): void {
  const number = /^auth[ \t\r\f\v]*([+-]?\d+)/.exec(line)?.[1];
  if (number === undefined) {
    draft.report({ kind: 'auth-line', severity: 'error', at, line: beginningOf(line) });
    return;
  }
  draft.auth = { index: Number(number), at };
}

/** The parts of INDEX METHOD [KEY] ...; the index may be glued to the method. */
interface KeyLine {
  readonly index: number;
  readonly method: string;
  readonly methodAt: Position;
  readonly secret: string | undefined;
  readonly secretAt: Position;
  /** Words behind the key. */
  readonly ignored: number;
}

function splitKeyLine(line: string, at: Position): KeyLine | undefined {
  const digits = /^[+-]?\d+/.exec(line)?.[0];
  if (digits === undefined) return undefined;
  const behind = wordsOf(line.slice(digits.length), further(at, digits.length), gaps);
  const [method, secret] = behind;
  if (method === undefined) return undefined;
  return {
    index: Number(digits),
    method: method.text,
    methodAt: method.at,
    secret: secret?.text,
    secretAt: secret?.at ?? method.at,
    ignored: Math.max(0, behind.length - 2),
  };
}

/** The key of a line, or undefined after a report of why there is none. */
function keyOf(read: KeyLine, report: Report): AuthKey | undefined {
  const method = methods.find((name) => name === read.method);
  const facts = { severity: 'error', at: read.methodAt, method: read.method } as const;
  if (method === undefined) {
    report({ kind: 'key-method', ...facts, suggestion: suggest(read.method, methods) });
    return undefined;
  }
  if (method === 'crc' && read.secret !== undefined) {
    const comment = read.secret.startsWith('#');
    report({ kind: 'crc-with-key', severity: 'error', at: read.secretAt, comment });
    return undefined;
  }
  if (method !== 'crc' && read.secret === undefined) {
    report({ kind: 'key-missing', ...facts });
    return undefined;
  }
  return { id: read.index, method, secret: read.secret ?? '' };
}

function warnOfSecret(read: KeyLine, report: Report): void {
  const at = read.secretAt;
  if (read.ignored > 0) {
    const quoted = /^["']/.test(read.secret ?? '');
    report({ kind: 'key-words-ignored', severity: 'warning', at, words: read.ignored, quoted });
  } else if (/^(["']).*\1$/s.test(read.secret ?? '')) {
    report({ kind: 'key-quoted', severity: 'warning', at });
  }
}

function readKeyLine(draft: Draft, line: string, at: Position): void {
  const { report } = draft;
  const read = splitKeyLine(line, at);
  if (read === undefined) {
    report({ kind: 'key-line', severity: 'error', at, line: beginningOf(line) });
    return;
  }
  const { index } = read;
  if (index < 0 || index > maxIndex) {
    report({ kind: 'key-index', severity: 'error', at, index });
    return;
  }
  const key = keyOf(read, report);
  if (key === undefined) return;
  warnOfSecret(read, report);
  const before = draft.keys.get(index)?.at;
  if (before !== undefined) {
    report({ kind: 'key-index-twice', severity: 'warning', at, index, before });
  }
  draft.keys.set(index, { key, at });
  if (draft.auth?.index === index) draft.outbound = index;
}

/** Why no key was chosen. */
function reportNoKey(draft: Draft, file: string): void {
  const { auth, report } = draft;
  if (auth === undefined) {
    report({ kind: 'no-auth-line', severity: 'error', at: startOf(file) });
    return;
  }
  const keyAt = draft.keys.get(auth.index)?.at;
  const facts = { at: auth.at, index: auth.index, keyAt };
  report({ kind: 'auth-key-not-found', severity: 'error', ...facts });
}

function checkChoice(draft: Draft, outbound: AuthKey, accepted: boolean): void {
  const { auth, report, keys } = draft;
  if (auth !== undefined && auth.index !== outbound.id) {
    const facts = { at: auth.at, index: auth.index, inForce: outbound.id };
    report({ kind: 'auth-without-effect', severity: 'warning', ...facts });
  }
  for (const { key, at } of keys.values()) {
    if (key.method !== 'crc') continue;
    if (outbound.method !== 'crc') {
      report({ kind: 'crc-beside-keyed', severity: 'warning', at, accepted });
    } else if (key.id === outbound.id) report({ kind: 'crc-outbound', severity: 'warning', at });
  }
}

/**
 * The keys of an authkeys file, its text decoded as latin1 so that a key is its bytes; undefined
 * when no key signs. A problem about the file itself stands at its beginning.
 */
export function parseAuthKeys(
  text: string,
  file: string,
  facts: KeyFileFacts = {},
): Parsed<AuthKeys | undefined> {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const draft: Draft = { keys: new Map(), auth: undefined, outbound: undefined, report };
  checkFile(facts, startOf(file), report);
  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.replace(/\0.*$/s, '').replace(/^[ \t\r\f\v]+/, '');
    const at = { file, line: index + 1, column: 1 + raw.indexOf(line) };
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('a')) readAuthLine(draft, line, at);
    else readKeyLine(draft, line, at);
  }
  const outbound = draft.outbound === undefined ? undefined : draft.keys.get(draft.outbound)?.key;
  if (outbound === undefined) reportNoKey(draft, file);
  else checkChoice(draft, outbound, facts.acceptCrc === true);
  const byId = new Map([...draft.keys].map(([index, { key }]) => [index, key]));
  const value = outbound === undefined ? undefined : { outbound, byId };
  return { value, problems: inTextOrder(problems) };
}
