/** The three digests of the wire and the token that carries them (spec wire 3.2; HMAC as in RFC 2104). */
import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A line of authkeys, as far as signing goes. */
export interface SigningKey {
  /** 0 to 15. */
  readonly id: number;
  readonly method: 'crc' | 'md5' | 'sha1';
  /** The key word as a byte string (latin1); empty for crc. */
  readonly secret: string;
}

/** What stands in a trailer or an `auth` field: `1 7b634650`. */
export interface Token {
  readonly id: number;
  readonly digest: string;
}

/** No digest has more than 40 digits; C crashes on a token of more than 5119 bytes (spec wire 7). */
export const maxTokenBytes = 128;

/** The digest of `signed` as the wire writes it: lower-case hex, crc without leading zeros. */
export function digestOf(key: SigningKey, signed: Uint8Array): string {
  if (key.method === 'crc') return crcOf(signed);
  return createHmac(key.method, Buffer.from(key.secret, 'latin1')).update(signed).digest('hex');
}

/**
 * Whether `given` is the digest of `signed` under `key`, case and length included, told in a time that does not
 * depend on where the two differ.
 */
export function digestHolds(given: string, key: SigningKey, signed: Uint8Array): boolean {
  const expected = Buffer.from(digestOf(key, signed), 'latin1');
  const offered = Buffer.from(given, 'latin1');
  // Lengths are public, and timingSafeEqual throws when they differ.
  return offered.length === expected.length && timingSafeEqual(offered, expected);
}

/** The token for `signed`: key id, one blank, digest. */
export function tokenOf(key: SigningKey, signed: Uint8Array): string {
  return `${String(key.id)} ${digestOf(key, signed)}`;
}

/**
 * The id and the digest of a token, or nothing unless it is one or two digits, one blank and 1 to 64 printable
 * characters. C also takes further blanks, signs and words, which nobody sends (spec wire 3.4).
 */
export function parseToken(token: string): Token | undefined {
  const parts = /^([0-9]{1,2}) ([!-~]{1,64})$/.exec(token);
  if (parts?.[1] === undefined || parts[2] === undefined) return undefined;
  return { id: Number(parts[1]), digest: parts[2] };
}

/** CRC-32 with 0x04C11DB7, most significant bit first, from 0, complemented at the end (spec wire 3.2). */
function crcOf(signed: Uint8Array): string {
  let crc = 0;
  for (const byte of signed) crc = (crc << 8) ^ (crcTable[(crc >>> 24) ^ byte] ?? 0);
  return (~crc >>> 0).toString(16);
}

const crcTable: Int32Array = makeCrcTable();

function makeCrcTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
    table[byte] = crc;
  }
  return table;
}
