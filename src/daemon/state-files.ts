/** What the daemon remembers between its starts: generation and uuid, in C's formats (spec membership 1.4, wire 6). */
import { randomBytes } from 'node:crypto';
import type { LogLine } from '../log-line.ts';
import { readStart, replaceFile } from './durable-file.ts';

/** A value read or made, and what there is to log about it. */
export interface Remembered<Value> {
  readonly value: Value;
  readonly lines: readonly LogLine[];
}

export interface GenerationSource {
  readonly path: string;
  /** `hbgenmethod`: with `time` the file is left alone. */
  readonly from: 'file' | 'time';
  /** Seconds since 1970. */
  readonly wall: number;
}

const uuidBytes = 16;
/** Decimal, right-justified in 15 columns, and NL. */
const generationBytes = 16;
/** C reads the number from the wire into 32 bits with a sign; beyond that the peers would refuse it. */
const maxGeneration = 0x7fffffff;

/**
 * This start's generation: one more than the last, and safe on the disk before this settles, for a peer refuses a
 * generation it has seen (spec membership 1.4). Rejects when the file cannot be written.
 */
export async function nextGeneration(source: GenerationSource): Promise<Remembered<number>> {
  if (source.from === 'time') return { value: source.wall, lines: [generationLine(source.wall)] };
  const before = await readStart(source.path, generationBytes);
  const { lines, value } = raised(before, source.wall);
  await saveGeneration(source.path, value);
  return { value, lines: [...lines, generationLine(value)] };
}

/** Makes a generation the last one used, whatever was in the file; rejects when it cannot be written. */
export async function saveGeneration(path: string, generation: number): Promise<void> {
  await replaceFile(path, Buffer.from(`${String(generation).padStart(15)}\n`), 0o644);
}

/** This node's uuid, 16 bytes as a byte string; made at the first start. Rejects when it cannot be read or kept. */
export async function ownUuid(path: string): Promise<Remembered<string>> {
  const before = await readStart(path, uuidBytes);
  if (before?.length === uuidBytes) return { value: before.toString('latin1'), lines: [] };
  const uuid = randomUuid();
  await replaceFile(path, uuid, 0o644);
  const text = 'No uuid found for current node - generating a new uuid.';
  return { value: uuid.toString('latin1'), lines: [{ level: 'info', text }] };
}

function raised(before: Buffer | undefined, wall: number): Remembered<number> {
  const fresh = wall + 1;
  if (before === undefined || before.length === 0) {
    const text = `No Previous generation - starting at ${String(fresh)}`;
    return { value: fresh, lines: [{ level: 'WARN', text }] };
  }
  const last = parseGeneration(before.toString('latin1'));
  if (last !== undefined) return { value: last + 1, lines: [] };
  // C goes back to 1 here, and its peers then refuse it: the time of day is larger than any generation counted by starts.
  const text = `BROKEN previous generation - starting at ${String(fresh)}`;
  return { value: fresh, lines: [{ level: 'WARN', text }] };
}

function parseGeneration(text: string): number | undefined {
  if (!/^ *[0-9]{1,10}\n?$/.test(text)) return undefined;
  const generation = Number(text);
  return generation > 0 && generation < maxGeneration ? generation : undefined;
}

function generationLine(generation: number): LogLine {
  return { level: 'info', text: `Heartbeat generation: ${String(generation)}` };
}

/** A random uuid of RFC 9562 section 5.4: version 4, variant 10. */
function randomUuid(): Buffer {
  const uuid = randomBytes(uuidBytes);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}
