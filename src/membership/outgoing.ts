/** What we send: one counter for all, a memory of the last 500, answers to those who missed some (spec wire 6.1, 6.4). */
import type { Field } from '../message/messages.ts';
import { type Instant, type Millis, type NodeName, elapsed } from '../units.ts';
import { historyLength } from './sequence.ts';

/** What one request may bring about. */
const mostAnswers = 50;

interface Sent {
  readonly seq: number;
  readonly fields: readonly Field[];
  readonly resentAt: Instant | undefined;
}

/** What a living peer has of ours: all up to `upTo`; `since` is our last number when it came. */
export interface Acked {
  readonly since: number;
  readonly upTo: number;
}

export interface Outgoing {
  /** The number of our last message; 0 before the first. */
  readonly lastSeq: number;
  /** The highest number of our earlier generations: what is said about numbers up to it may mean those. */
  readonly spent: number;
  /** The last 500 numbered messages, in a row, oldest first. */
  readonly history: readonly Sent[];
  /** Living peers only. */
  readonly acked: ReadonlyMap<NodeName, Acked>;
}

export const nothingSent: Outgoing = {
  lastSeq: 0,
  spent: 0,
  history: [],
  acked: new Map(),
};

/** Remembers the message numbered `lastSeq + 1`. */
export function remember(outgoing: Outgoing, fields: readonly Field[]): Outgoing {
  const seq = outgoing.lastSeq + 1;
  const kept = outgoing.history.slice(1 - historyLength);
  return { ...outgoing, lastSeq: seq, history: [...kept, { seq, fields, resentAt: undefined }] };
}

export type Answer =
  | { readonly kind: 'again'; readonly fields: readonly Field[] }
  /** Too old: no longer in the history. */
  | { readonly kind: 'gone'; readonly seq: number };

export interface Request {
  readonly from: NodeName;
  readonly firstseq: number;
  readonly lastseq: number;
}

/**
 * The answers to a request, at most 50, and the memory after them.
 *
 * What the asker has acknowledged, what was sent again within `quiet`, and numbers not yet used are passed over.
 */
export function answer(
  outgoing: Outgoing,
  request: Request,
  quiet: Millis,
  now: Instant,
): { readonly outgoing: Outgoing; readonly answers: readonly Answer[] } {
  const start = Math.max(request.firstseq, (outgoing.acked.get(request.from)?.upTo ?? 0) + 1);
  const end = Math.min(request.lastseq, outgoing.lastSeq);
  const oldest = outgoing.lastSeq - outgoing.history.length + 1;
  const answers: Answer[] = [];
  const resent = new Set<number>();
  for (let seq = start; seq <= end && answers.length < mostAnswers; seq += 1) {
    const sent = outgoing.history[seq - oldest];
    if (sent === undefined) answers.push({ kind: 'gone', seq });
    else if (sent.resentAt === undefined || elapsed(sent.resentAt, now) >= quiet) {
      answers.push({ kind: 'again', fields: sent.fields });
      resent.add(seq);
    }
  }
  return { outgoing: resent.size === 0 ? outgoing : markResent(outgoing, resent, now), answers };
}

function markResent(outgoing: Outgoing, resent: ReadonlySet<number>, now: Instant): Outgoing {
  const history = outgoing.history.map((sent) =>
    resent.has(sent.seq) ? { ...sent, resentAt: now } : sent,
  );
  return { ...outgoing, history };
}
