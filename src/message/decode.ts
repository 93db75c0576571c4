/** Datagram -> authentic fields: the digest is verified first, and only then is anything read (spec wire 7). */
import { Buffer } from 'node:buffer';
import type { Result } from '../result.ts';
import { fail, succeed } from '../result.ts';
import { classicEnd, classicStart, parseLines } from './classic.ts';
import type { SigningKey } from './digest.ts';
import { digestHolds, maxTokenBytes, parseToken } from './digest.ts';
import { wire } from './fields.ts';
import type { Field } from './messages.ts';
import type { Span } from './netstring.ts';
import { beginsNetstring, peel, readFields, scanNetstring } from './netstring.ts';
import { printable } from './printable.ts';
import type { Encoding, FieldFault, Refusal, Unproven, Unreadable } from './refusal.ts';

/** What is believed; the part of the settings that this room needs. */
export interface VerifyingKeys {
  readonly outbound: SigningKey;
  readonly byId: ReadonlyMap<number, SigningKey>;
  /** Believe crc although the outbound method is keyed: anybody can forge such messages. */
  readonly acceptCrc: boolean;
}

export interface Decoded {
  readonly fields: readonly Field[];
  readonly encoding: Encoding;
  /** Of the key that signed it. */
  readonly keyId: number;
}

/** The largest payload of a UDP datagram over IPv4. */
export const maxDatagramBytes = 65_507;

/**
 * The fields of a datagram that was signed with one of `keys`, or why it is refused; never throws.
 *
 * The key is the one whose id the datagram names. (C takes its own outbound key for every netstring message, so it
 * loses its peers during a change of keys: spec wire 3.4.) What follows the message is ignored. The fields are text of
 * their own: nothing keeps a view of `datagram`.
 */
export function decodeDatagram(
  datagram: Uint8Array,
  keys: VerifyingKeys,
): Result<Decoded, Refusal> {
  if (datagram.length > maxDatagramBytes) {
    return fail({ kind: 'too-long', length: datagram.length });
  }
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (beginsNetstring(bytes, 0)) return decodeNetstring(bytes, keys);
  if (beginsClassic(bytes)) return decodeClassic(bytes, keys);
  return fail({ kind: 'not-a-message', length: bytes.length });
}

/**
 * The fields of a message on a local channel, where nothing is signed (spec client-api 4): either encoding, with or
 * without a NUL behind it. At most `maxBytes` bytes.
 */
export function decodeUnsigned(
  message: Uint8Array,
  maxBytes: number,
): Result<readonly Field[], Unreadable> {
  if (message.length > maxBytes) return fail({ kind: 'too-long', length: message.length });
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (beginsNetstring(bytes, 0)) {
    const scan = scanNetstring(bytes, 0);
    return scan.ok
      ? readable('netstring', readFields(bytes, scan.value.spans, 0))
      : unreadable(scan.reason);
  }
  if (!beginsClassic(bytes)) return fail({ kind: 'not-a-message', length: bytes.length });
  const lines = classicLines(bytes);
  if (lines === undefined) return fail({ kind: 'truncated', encoding: 'classic' });
  return readable('classic', parseLines(lines, 0));
}

function decodeNetstring(bytes: Buffer, keys: VerifyingKeys): Result<Decoded, Refusal> {
  const scan = scanNetstring(bytes, 0);
  if (!scan.ok) return unreadable(scan.reason);
  const { spans, end } = scan.value;
  const trailer = peel(bytes, end);
  const proof: Proof = {
    encoding: 'netstring',
    token: trailer.ok ? tokenText(bytes, trailer.value) : undefined,
    signed: bytes.subarray(0, end),
    claims: () => netstringClaims(bytes, spans),
  };
  const keyId = verify(proof, keys);
  if (!keyId.ok) return keyId;
  const fields = readable('netstring', readFields(bytes, spans, 0));
  if (!fields.ok) return fields;
  return succeed({ fields: fields.value, encoding: 'netstring', keyId: keyId.value });
}

function decodeClassic(bytes: Buffer, keys: VerifyingKeys): Result<Decoded, Refusal> {
  const lines = classicLines(bytes);
  if (lines === undefined) return fail({ kind: 'truncated', encoding: 'classic' });
  const parts = splitAuth(lines);
  if (!parts.ok) return fail({ kind: 'malformed', encoding: 'classic', fault: parts.reason });
  const proof: Proof = {
    encoding: 'classic',
    ...parts.value,
    claims: () => classicClaims(lines),
  };
  const keyId = verify(proof, keys);
  if (!keyId.ok) return keyId;
  const fields = readable('classic', parseLines(lines, 0));
  if (!fields.ok) return fields;
  return succeed({ fields: fields.value, encoding: 'classic', keyId: keyId.value });
}

/** What there is to verify. */
interface Proof {
  readonly encoding: Encoding;
  readonly token: string | undefined;
  readonly signed: Uint8Array;
  /** The sender's name as the message has it; looked up only for a refusal. */
  readonly claims: () => string;
}

/** The id of the key that signed, if there is such a key, it may be used, and the digest holds. */
function verify(proof: Proof, keys: VerifyingKeys): Result<number, Unproven> {
  const refuse = (kind: 'no-token' | 'bad-token'): Result<number, Unproven> =>
    fail({ kind, encoding: proof.encoding, claims: proof.claims() });
  if (proof.token === undefined) return refuse('no-token');
  const token = parseToken(proof.token);
  if (token === undefined) return refuse('bad-token');
  const about = { encoding: proof.encoding, id: token.id };
  const key = keys.byId.get(token.id);
  if (key === undefined) return fail({ kind: 'unknown-key', ...about, claims: proof.claims() });
  if (key.method === 'crc' && keys.outbound.method !== 'crc' && !keys.acceptCrc) {
    return fail({ kind: 'crc-refused', ...about, claims: proof.claims() });
  }
  if (digestHolds(token.digest, key, proof.signed)) return succeed(token.id);
  return fail({ kind: 'bad-digest', ...about, given: token.digest, claims: proof.claims() });
}

/** A token that is too long becomes the empty text, which is no token either. */
const tokenText = (bytes: Buffer, { start, end }: Span): string =>
  end - start > maxTokenBytes ? '' : bytes.toString('latin1', start, end);

function unreadable(fault: 'truncated' | 'bad-netstring'): Result<never, Unreadable> {
  return fault === 'truncated'
    ? fail({ kind: 'truncated', encoding: 'netstring' })
    : fail({ kind: 'malformed', encoding: 'netstring', fault });
}

function readable(
  encoding: Encoding,
  fields: Result<readonly Field[], FieldFault>,
): Result<readonly Field[], Unreadable> {
  return fields.ok ? fields : fail({ kind: 'malformed', encoding, fault: fields.reason });
}

const beginsClassic = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 4) === classicStart;

/** The lines between the marks, each preceded by an LF, without empty ones; undefined when the end mark is missing. */
function classicLines(bytes: Buffer): string | undefined {
  const beforeLines = classicStart.length - 1;
  const end = bytes.indexOf(`\n${classicEnd}`, beforeLines, 'latin1');
  if (end === -1) return undefined;
  const lines = bytes.toString('latin1', beforeLines, end + 1);
  return lines.replaceAll(/\n{2,}/g, '\n').slice(0, -1);
}

/** The value of `auth`, and all other lines, which are what it covers (spec wire 3.3). */
function splitAuth(lines: string): Result<Pick<Proof, 'token' | 'signed'>, FieldFault> {
  const at = lines.indexOf(authLabel);
  if (at === -1) return succeed({ token: undefined, signed: signedBytes(lines) });
  const next = lines.indexOf('\n', at + 1);
  const end = next === -1 ? lines.length : next;
  if (lines.includes(authLabel, end)) return fail('auth-twice');
  const token = lines.slice(at + authLabel.length, end);
  return succeed({
    token: token.length > maxTokenBytes ? '' : token,
    signed: signedBytes(lines.slice(0, at) + lines.slice(end)),
  });
}

/** What is signed has its LF behind each line. */
const signedBytes = (lines: string): Buffer =>
  Buffer.from(lines === '' ? '' : `${lines.slice(1)}\n`, 'latin1');

const authLabel = `\n${wire.auth}=`;
const sourceLabel: Buffer = Buffer.from(`(0)${wire.source}=`, 'latin1');

const startsWith = (bytes: Buffer, at: number, label: Buffer): boolean =>
  at + label.length <= bytes.length &&
  bytes.compare(label, 0, label.length, at, at + label.length) === 0;

function netstringClaims(bytes: Buffer, spans: readonly number[]): string {
  for (let index = 0; index + 1 < spans.length; index += 2) {
    const start = spans[index] ?? 0;
    if (!startsWith(bytes, start, sourceLabel)) continue;
    return printable(bytes.toString('latin1', start + sourceLabel.length, spans[index + 1]));
  }
  return nobody;
}

function classicClaims(lines: string): string {
  const label = `\n${wire.source}=`;
  const at = lines.indexOf(label);
  if (at === -1) return nobody;
  const next = lines.indexOf('\n', at + 1);
  return printable(lines.slice(at + label.length, next === -1 ? lines.length : next));
}

/** C's word for a sender that gives no name (n017). */
const nobody = '<?>';
