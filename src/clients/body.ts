/** What a frame carries: a message that nobody signed (spec client-api 4). */
import { fitsClassic, formatClassic } from '../message/classic.ts';
import { decodeUnsigned } from '../message/decode.ts';
import type { Field } from '../message/messages.ts';
import { formatNetstring } from '../message/netstring.ts';
import { maxBodyBytes } from './frames.ts';

/** Classic text as C writes it; netstrings for structs, and for what the classic text could not say. A NUL ends both. */
export function encodeBody(fields: readonly Field[]): Buffer {
  const nested = fields.some((field) => field.type === 2 || field.type === 4);
  const body = nested || !fitsClassic(fields) ? formatNetstring(fields) : formatClassic(fields);
  return Buffer.from(`${body}\0`, 'latin1');
}

/** The fields of a body in either encoding, with or without NUL; undefined for what is no message. */
export function decodeBody(body: Uint8Array): readonly Field[] | undefined {
  const decoded = decodeUnsigned(body, maxBodyBytes);
  return decoded.ok ? decoded.value : undefined;
}
