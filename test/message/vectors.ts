/** The vectors of the specification, read into the terms of this room. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { SigningKey } from '../../src/message/digest.ts';
import type { VerifyingKeys } from '../../src/message/decode.ts';

export interface VectorField {
  readonly name: string;
  readonly type: number;
  readonly value?: string;
  readonly hex?: string;
  readonly raw?: string;
}

export interface PositiveVector {
  readonly id: string;
  readonly keyfile: string;
  readonly scenario: string;
  readonly encoding: 'netstring' | 'classic';
  readonly hex: string;
  readonly fields: readonly VectorField[];
  readonly trailer: { readonly id: number; readonly digest: string } | null;
  readonly inner_auth: string | null;
}

export interface NegativeVector {
  readonly id: string;
  readonly name: string;
  readonly keyfile: string;
  readonly hex: string;
  readonly ours: 'accept' | 'reject' | 'either';
  readonly reason: 'parse' | 'mac' | 'semantic' | '' | null;
}

export interface FifoVector {
  readonly description: string;
  readonly written: string;
  readonly delivered: readonly string[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'));

export const positive = read('positive.json') as readonly PositiveVector[];
export const negative = read('negative.json') as readonly NegativeVector[];
export const fifoCases: readonly FifoVector[] = (
  read('fifo.json') as { readonly cases: readonly FifoVector[] }
).cases;

const keyfiles = read('keyfiles.json') as Readonly<Record<string, string>>;

export const bytesOf = (vector: { readonly hex: string }): Uint8Array =>
  Buffer.from(vector.hex, 'hex');

export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
export const fromLatin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** The keys of an authkeys file of the vectors; `acceptCrc` as the vectors were made, unless told otherwise. */
export function keysOf(keyfile: string, acceptCrc = true): VerifyingKeys {
  const lines = (keyfiles[keyfile] ?? '').split('\n').map((line) => line.split(' '));
  const byId = new Map<number, SigningKey>();
  let outbound = -1;
  for (const [first, second, third] of lines) {
    if (first === 'auth') outbound = Number(second);
    else if (second === 'crc' || second === 'md5' || second === 'sha1') {
      byId.set(Number(first), { id: Number(first), method: second, secret: third ?? '' });
    }
  }
  const key = byId.get(outbound);
  if (key === undefined) throw new Error(`no outbound key in ${keyfile}`);
  return { outbound: key, byId, acceptCrc };
}

/** The value of a result that has to be there. */
export function valueOfResult<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; reason: unknown },
): Value {
  if (result.ok) return result.value;
  throw new Error(`refused: ${JSON.stringify(result.reason)}`);
}
