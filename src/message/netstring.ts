/** Netstring messages: `###` LF, fields as `len:data,`, `%%%` LF (spec wire 2.2). */
import type { Buffer } from 'node:buffer';
import type { Result } from '../result.ts';
import { fail, succeed } from '../result.ts';
import type { Field } from './messages.ts';
import type { FieldFault } from './refusal.ts';

/** Messages within messages; C walks down any depth (spec wire 7, n086). */
export const maxNesting = 16;

/** One netstring: its data from `start` up to `end`, and where the next one begins. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** A message whose fields were found but not read. */
export interface Scan {
  /** Where the data of each field begins and ends: two numbers a field. */
  readonly spans: readonly number[];
  /** Just past the LF of the end mark. */
  readonly end: number;
}

/** `truncated`: more bytes could still make it right. */
export type ScanFault = 'truncated' | 'bad-netstring';

const lineFeed = 0x0a;
const hash = 0x23;
const percent = 0x25;
const comma = 0x2c;
const zero = 0x30;
const colon = 0x3a;
const markBytes = 4;
/** `(0)a=`. */
const leastPairBytes = 5;
/** Leading zeros are allowed (n056), 32-bit wraps are not (n059). */
const maxLengthDigits = 10;
const maxLength = 262_144;

/** Whether a netstring message begins at `at`. */
export const beginsNetstring = (bytes: Uint8Array, at: number): boolean => hasMark(bytes, at, hash);

/** Where the fields and the end of the message at `start` are, which must begin there; looks at no data. */
export function scanNetstring(bytes: Uint8Array, start: number): Result<Scan, ScanFault> {
  const spans: number[] = [];
  let at = start + markBytes;
  while (bytes[at] !== percent) {
    const field = peel(bytes, at);
    if (!field.ok) return field;
    const { start: from, end, next } = field.value;
    // Also bounds how many fields a datagram can make us look at.
    if (end - from < leastPairBytes) return fail('bad-netstring');
    spans.push(from, end);
    at = next;
  }
  if (hasMark(bytes, at, percent)) return succeed({ spans, end: at + markBytes });
  return fail(bytes.length - at < markBytes ? 'truncated' : 'bad-netstring');
}

/** The netstring at `at`: decimal digits, colon, so many bytes, comma. */
export function peel(bytes: Uint8Array, at: number): Result<Span, ScanFault> {
  let start = at;
  let length = 0;
  for (; isDigit(bytes[start]); start += 1) {
    length = length * 10 + (bytes[start] ?? zero) - zero;
    if (length > maxLength || start - at >= maxLengthDigits) return fail('bad-netstring');
  }
  if (start >= bytes.length) return fail('truncated');
  if (start === at || bytes[start] !== colon) return fail('bad-netstring');
  const end = start + 1 + length;
  if (end >= bytes.length) return fail('truncated');
  if (bytes[end] !== comma) return fail('bad-netstring');
  return succeed({ start: start + 1, end, next: end + 1 });
}

/** The fields of a scanned message; `depth` is 0 for a message that is in no other. */
export function readFields(
  bytes: Buffer,
  spans: readonly number[],
  depth: number,
): Result<readonly Field[], FieldFault> {
  // Once for all of them: a call for each name and value would cost more than all the rest.
  const text = bytes.toString('latin1');
  const fields: Field[] = [];
  for (let index = 0; index + 1 < spans.length; index += 2) {
    const [start = 0, end = 0] = [spans[index], spans[index + 1]];
    const field = readField(text.slice(start, end), bytes.subarray(start, end), depth);
    if (!field.ok) return field;
    fields.push(field.value);
  }
  return succeed(fields);
}

/** The items of a packed list (type 3), of which there is at least one, none of them empty. */
export function readList(packed: Buffer): Result<readonly string[], FieldFault> {
  const items: string[] = [];
  for (let at = 0; at < packed.length;) {
    const item = peel(packed, at);
    if (!item.ok) return fail('bad-list');
    items.push(packed.toString('latin1', item.value.start, item.value.end));
    at = item.value.next;
  }
  return isList(items) ? succeed(items) : fail('bad-list');
}

/** What C can hold as a list: one item or more, none empty, no NUL (spec wire 2.2). */
export const isList = (items: readonly string[]): boolean =>
  items.length > 0 && items.every((item) => item !== '' && !item.includes('\0'));

/** Whether a field may be called so: at least one byte, no `=`, LF or NUL. */
export const isName = (name: string): boolean =>
  name !== '' && !name.includes('=') && !name.includes('\n') && !name.includes('\0');

/** The message as a byte string, without trailer. */
export function formatNetstring(fields: readonly Field[]): string {
  let message = '###\n';
  for (const field of fields) {
    message += formatSpan(`(${String(field.type)})${field.name}=${formatValue(field)}`);
  }
  return `${message}%%%\n`;
}

/** One netstring around `data`, a byte string. */
export const formatSpan = (data: string): string => `${String(data.length)}:${data},`;

/** The items of a list as they stand in both encodings. */
export const formatList = (items: readonly string[]): string => items.map(formatSpan).join('');

function formatValue(field: Field): string {
  switch (field.type) {
    case 2:
      return formatNetstring(field.fields);
    case 3:
      return formatList(field.items);
    case 0:
    case 1:
    case 4:
      return field.value;
  }
}

/** One `(type)name=value`, as text and as bytes. */
function readField(pair: string, bytes: Buffer, depth: number): Result<Field, FieldFault> {
  if (!pair.startsWith('(') || pair[2] !== ')') return fail('bad-type');
  const split = pair.indexOf('=', 3);
  if (split === -1 || split === 3) return fail('no-equals-sign');
  const name = pair.slice(3, split);
  if (!isName(name)) return fail('bad-name');
  const value = pair.slice(split + 1);
  switch (pair.charAt(1)) {
    case '0':
      return value.includes('\0') ? fail('nul-in-string') : succeed({ type: 0, name, value });
    case '1':
      return succeed({ type: 1, name, value });
    case '4':
      return succeed({ type: 4, name, value });
    case '3': {
      const items = readList(bytes.subarray(split + 1));
      return items.ok ? succeed({ type: 3, name, items: items.value }) : items;
    }
    // 5 is a struct that its sender would have compressed (n077).
    case '2':
    case '5': {
      const fields = readStruct(bytes.subarray(split + 1), depth + 1);
      return fields.ok ? succeed({ type: 2, name, fields: fields.value }) : fields;
    }
    default:
      return fail('bad-type');
  }
}

function readStruct(message: Buffer, depth: number): Result<readonly Field[], FieldFault> {
  if (depth > maxNesting) return fail('nested-too-deep');
  if (!beginsNetstring(message, 0)) return fail('bad-struct');
  const scan = scanNetstring(message, 0);
  if (!scan.ok || scan.value.end !== message.length) return fail('bad-struct');
  return readFields(message, scan.value.spans, depth);
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= zero && byte <= zero + 9;

/** Three times `byte` and an LF. */
const hasMark = (bytes: Uint8Array, at: number, byte: number): boolean =>
  bytes[at] === byte &&
  bytes[at + 1] === byte &&
  bytes[at + 2] === byte &&
  bytes[at + 3] === lineFeed;
