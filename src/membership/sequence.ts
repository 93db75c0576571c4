/**
 * The numbers of what a peer sends: what is new, what is doubled, what is missing (spec wire 6.2, 6.4).
 *
 *   fresh ──first──▶ following ──next, gap, leap, found──▶ following
 *     ▲                  │ the peer died, or restarted
 *     └──────────────────┘ (a dead peer's last number stays behind as the floor: old packets stay old)
 */
import { type Instant, type Millis, after, earlier, millis, never } from '../units.ts';

/** A sender keeps its last 500 messages; older ones cannot be had again. */
export const historyLength = 500;
/** A greater jump is not asked for (spec wire 6.2). */
const widestGap = 250;
/** One request asks for at most so many packets: an answerer sends no more for one. */
const widestRequest = 50;
/** So many requests to one peer at one instant; the rest follow a little later. */
const mostRequestsAtOnce = 10;
const shortestWait = millis(50);
/** So many requests at the first pace: at 30 % loss both ways, one packet in 200 needs more. */
const patience = 8;

interface MissingPacket {
  readonly seq: number;
  readonly askAt: Instant;
  /** How often it was asked for. */
  readonly asked: number;
}

/** What we know of a peer's numbering. */
export type Track =
  /** Nothing heard since start, death or restart; numbers up to `floor` are old. */
  | { readonly kind: 'fresh'; readonly floor: number }
  /** `missing` is in ascending order, all within the last 500 numbers: at most 500. */
  | {
      readonly kind: 'following';
      readonly last: number;
      readonly missing: readonly MissingPacket[];
    };

export type Following = Extract<Track, { readonly kind: 'following' }>;

export type Placement = 'first' | 'next' | 'gap' | 'leap' | 'found' | 'duplicate' | 'old';

/** Where a number belongs in a peer's numbering; `duplicate` and `old` are not to be kept. */
export function place(track: Track, seq: number): Placement {
  if (track.kind === 'fresh') return seq > track.floor ? 'first' : 'old';
  if (seq > track.last) return placeAhead(seq - track.last);
  if (seq === track.last) return 'duplicate';
  return track.missing.some((packet) => packet.seq === seq) ? 'found' : 'old';
}

function placeAhead(distance: number): Placement {
  if (distance === 1) return 'next';
  return distance <= widestGap + 1 ? 'gap' : 'leap';
}

/** The highest number ever kept; nothing up to it is new, unless it is missing. */
export function highestOf(track: Track): number {
  return track.kind === 'fresh' ? track.floor : track.last;
}

/** Up to this number nothing is missing; 0 while nothing was heard. */
export function contiguous(track: Track): number {
  if (track.kind === 'fresh') return 0;
  const [lowest] = track.missing;
  return lowest === undefined ? track.last : lowest.seq - 1;
}

export interface Advance {
  readonly track: Following;
  /** Missing packets that no history can hold any more. */
  readonly lost: readonly number[];
}

/**
 * The track after keeping number `seq`; numbers between are to be asked for at `askAt`.
 *
 * `from`: on a fresh track, the lowest number whose message we know to have been sent in this life of the peer;
 * from there on what we lack is missing.
 */
export function keep(track: Track, seq: number, askAt: Instant, from: number): Advance {
  if (track.kind === 'fresh') {
    const start = from < seq && seq - from <= widestGap ? from : seq;
    return { track: { kind: 'following', last: seq, missing: gap(start, seq, askAt) }, lost: [] };
  }
  if (seq < track.last) return { track: without(track, seq), lost: [] };
  if (place(track, seq) === 'leap') {
    return { track: { kind: 'following', last: seq, missing: [] }, lost: [] };
  }
  const missing = [...track.missing, ...gap(track.last + 1, seq, askAt)];
  return giveUp({ kind: 'following', last: seq, missing });
}

/** The track without the missing number `seq`: it came, or never will. */
export function without(track: Following, seq: number): Following {
  return { ...track, missing: track.missing.filter((packet) => packet.seq !== seq) };
}

function gap(from: number, end: number, askAt: Instant): readonly MissingPacket[] {
  return Array.from({ length: end - from }, (_, index) => ({ seq: from + index, askAt, asked: 0 }));
}

function giveUp(track: Following): Advance {
  const oldest = track.last - historyLength;
  const lost = track.missing.filter((packet) => packet.seq <= oldest).map((packet) => packet.seq);
  if (lost.length === 0) return { track, lost };
  return { track: { ...track, missing: track.missing.slice(lost.length) }, lost };
}

/** When to ask for missing packets next; `never` when nothing is missing. */
export function nextAsk(track: Track): Instant {
  if (track.kind === 'fresh') return never;
  return track.missing.reduce((at, packet) => earlier(at, packet.askAt), never);
}

/** Consecutive numbers, both included; at most 50. */
export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The requests that are due at `now`, and the track that waits for their answers.
 *
 * Numbers in a row go into one request. It is repeated after `repeat`, and from the ninth time on after twice, four
 * and eight times that (C asks for each number alone, every 250 ms, for ever: spec wire 6.4).
 */
export function askForMissing(
  track: Following,
  now: Instant,
  repeat: Millis,
): { readonly track: Following; readonly requests: readonly SeqRange[] } {
  const due = track.missing.filter((packet) => packet.askAt <= now).map((packet) => packet.seq);
  const requests = ranges(due).slice(0, mostRequestsAtOnce);
  const askedUpTo = requests.at(-1)?.last ?? 0;
  const missing = track.missing.map((packet) => {
    if (packet.askAt > now) return packet;
    if (packet.seq > askedUpTo) return { ...packet, askAt: after(now, shortestWait) };
    return askedFor(packet, now, repeat);
  });
  return { track: { ...track, missing }, requests };
}

function askedFor(packet: MissingPacket, now: Instant, repeat: Millis): MissingPacket {
  const asked = packet.asked + 1;
  const slower = 2 ** Math.min(Math.max(asked - patience, 0), 3);
  const wait = millis(Math.max(repeat, shortestWait) * slower);
  return { seq: packet.seq, askAt: after(now, wait), asked };
}

function ranges(ascending: readonly number[]): readonly SeqRange[] {
  const found: SeqRange[] = [];
  for (const seq of ascending) {
    const open = found.at(-1);
    if (open?.last === seq - 1 && seq - open.first < widestRequest) {
      found[found.length - 1] = { first: open.first, last: seq };
    } else {
      found.push({ first: seq, last: seq });
    }
  }
  return found;
}

/**
 * How long to wait before the first request: 50 ms to `longest`, for senders may legitimately send
 * out of order (spec wire 6.3). `dice` is in [0, 1).
 */
export function firstWait(longest: Millis, dice: number): Millis {
  const shortest = longest < 100 ? 0 : shortestWait;
  return millis(shortest + Math.floor(dice * (longest - shortest)));
}
