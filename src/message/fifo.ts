/** What scripts write into the FIFO, cut into messages (spec client-api 2). */
import { Buffer } from 'node:buffer';
import type { LogLine } from '../log-line.ts';
import type { Result } from '../result.ts';
import { parseLine } from './classic.ts';
import { maxDatagramBytes } from './decode.ts';
import { wire } from './fields.ts';
import type { Field } from './messages.ts';
import { valueOf } from './messages.ts';
import { readFields, scanNetstring } from './netstring.ts';
import type { FieldFault } from './refusal.ts';

/** Why a message that was written into the FIFO is dropped whole. */
export type FifoFault = FieldFault | 'line-too-long' | 'too-long' | 'no-type';

export type FifoItem =
  | { readonly kind: 'message'; readonly fields: readonly Field[] }
  | { readonly kind: 'dropped'; readonly fault: FifoFault };

/** The log line for a dropped message; for one without type it is that of C. */
export function fifoWords(fault: FifoFault): LogLine {
  if (fault === 'no-type') return { level: 'ERROR', text: 'Invalid message in send_cluster_msg' };
  return { level: 'WARN', text: `message from the FIFO dropped: ${fault.replaceAll('-', ' ')}` };
}

/** With its LF. */
const maxLineBytes = 511;
const lineFeed = 0x0a;

/** Where the reader is. */
type Place =
  | { readonly kind: 'between' }
  /** A line that is too long is being skipped; what ends it is no start of a message. */
  | { readonly kind: 'skipping' }
  | { readonly kind: 'classic'; readonly fields: Field[]; bytes: number }
  /** `#pending` begins with the start mark. */
  | { readonly kind: 'netstring' };

/**
 * Cuts a stream of bytes into messages, however the pieces fall.
 *
 * It waits for the end of a message as long as that takes (C gives up after a second and takes what it has), but a
 * new `>>>` begins a new message: a writer that died must not spoil what the next one says. It holds at most one
 * message of 65507 bytes.
 */
export class FifoReader {
  #pending: Buffer = Buffer.alloc(0);
  #place: Place = { kind: 'between' };

  /** The messages that these bytes complete, and what was dropped, in order. */
  feed(bytes: Uint8Array): readonly FifoItem[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const items: FifoItem[] = [];
    while (this.#advance(items));
    return items;
  }

  /** Takes one line or one netstring message from what is pending; false when there is none. */
  #advance(items: FifoItem[]): boolean {
    if (this.#place.kind === 'netstring') return this.#takeNetstring(items);
    const end = this.#pending.indexOf(lineFeed);
    if (end === -1 || end >= maxLineBytes) return this.#skipLongLine(end, items);
    const line = this.#pending.toString('latin1', 0, end);
    if (line === '###' && this.#place.kind === 'between') {
      this.#place = { kind: 'netstring' };
      return true;
    }
    this.#pending = this.#pending.subarray(end + 1);
    this.#takeLine(line, items);
    return true;
  }

  #takeLine(line: string, items: FifoItem[]): void {
    if (this.#place.kind === 'skipping') this.#place = { kind: 'between' };
    else if (line === '>>>') this.#place = { kind: 'classic', fields: [], bytes: 0 };
    else if (this.#place.kind === 'classic') this.#takeField(this.#place, line, items);
  }

  #takeField(place: Place & { kind: 'classic' }, line: string, items: FifoItem[]): void {
    if (line === '') return;
    if (line === '<<<') {
      this.#finish(place.fields, items);
      return;
    }
    const size = place.bytes + line.length + 1;
    const field: Result<Field, FifoFault> =
      size > maxDatagramBytes ? { ok: false, reason: 'too-long' } : parseLine(line, 0);
    if (!field.ok) {
      this.#drop(field.reason, items);
      return;
    }
    place.fields.push(field.value);
    place.bytes = size;
  }

  #takeNetstring(items: FifoItem[]): boolean {
    const scan = scanNetstring(this.#pending, 0);
    if (!scan.ok && scan.reason === 'truncated' && this.#pending.length <= maxDatagramBytes) {
      return false;
    }
    const message = this.#pending;
    // After a fault the search for a start goes on behind the start mark.
    this.#pending = message.subarray(scan.ok ? scan.value.end : '###\n'.length);
    if (!scan.ok) {
      this.#drop(scan.reason === 'truncated' ? 'too-long' : scan.reason, items);
      return true;
    }
    const fields = readFields(message, scan.value.spans, 0);
    if (fields.ok) this.#finish(fields.value, items);
    else this.#drop(fields.reason, items);
    return true;
  }

  /** `end` is where the line ends, -1 when its end has not come. */
  #skipLongLine(end: number, items: FifoItem[]): boolean {
    if (end === -1 && this.#pending.length < maxLineBytes) return false;
    if (this.#place.kind === 'classic') this.#drop('line-too-long', items);
    this.#place = { kind: end === -1 ? 'skipping' : 'between' };
    this.#pending = end === -1 ? Buffer.alloc(0) : this.#pending.subarray(end + 1);
    return end !== -1;
  }

  #finish(fields: readonly Field[], items: FifoItem[]): void {
    this.#place = { kind: 'between' };
    if (valueOf(fields, wire.type) === undefined) this.#drop('no-type', items);
    else items.push({ kind: 'message', fields });
  }

  #drop(fault: FifoFault, items: FifoItem[]): void {
    this.#place = { kind: 'between' };
    items.push({ kind: 'dropped', fault });
  }
}
