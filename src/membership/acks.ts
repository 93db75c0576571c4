/** Acknowledgements: which to send, and what those received tell (spec wire 6.5). */
import type { NodeName } from '../units.ts';
import type { Acked, Outgoing } from './outgoing.ts';
import { type Track, contiguous } from './sequence.ts';

/** Messages of a peer are acknowledged in tens. */
export const ackEvery = 10;

/**
 * The number to acknowledge now, if any; `sent` is the last acknowledged one, 0 for none in this life of the peer.
 *
 * The first packet is acknowledged at once: a C node that has run for long pauses its clients until then. After it
 * the highest number without a hole below it that falls on the trigger.
 */
export function ackDue(track: Track, trigger: number, sent: number): number | undefined {
  const whole = contiguous(track);
  if (track.kind === 'fresh') return undefined;
  if (sent === 0) return track.missing.length === 0 ? whole : undefined;
  const due = whole - ((((whole - trigger) % ackEvery) + ackEvery) % ackEvery);
  return due > sent ? due : undefined;
}

export type AckVerdict =
  | { readonly kind: 'taken'; readonly outgoing: Outgoing }
  /** Nothing new, or of a node that is not alive here. */
  | { readonly kind: 'idle' }
  /** It acknowledges what was never sent. */
  | { readonly kind: 'corrupt' };

/** What an acknowledgement of `node` changes. */
export function takeAck(outgoing: Outgoing, node: NodeName, ackseq: number): AckVerdict {
  if (ackseq > outgoing.lastSeq) return { kind: ackseq <= outgoing.spent ? 'idle' : 'corrupt' };
  const known = outgoing.acked.get(node);
  if (known === undefined || ackseq <= known.upTo) return { kind: 'idle' };
  return { kind: 'taken', outgoing: setAcked(outgoing, node, { ...known, upTo: ackseq }) };
}

/** A peer that has just come is not asked to acknowledge what was sent before it came. */
export function expectAcks(outgoing: Outgoing, node: NodeName): Outgoing {
  return setAcked(outgoing, node, { since: outgoing.lastSeq, upTo: 0 });
}

/** Nothing is expected of a dead peer. */
export function expectNoAcks(outgoing: Outgoing, node: NodeName): Outgoing {
  const acked = new Map(outgoing.acked);
  acked.delete(node);
  return { ...outgoing, acked };
}

/** How many of our messages the slowest living peer has not acknowledged. */
export function unacked(outgoing: Outgoing): number {
  const behind = Array.from(
    outgoing.acked.values(),
    ({ since, upTo }) => outgoing.lastSeq - Math.max(since, upTo),
  );
  return Math.max(0, ...behind);
}

function setAcked(outgoing: Outgoing, node: NodeName, acked: Acked): Outgoing {
  return { ...outgoing, acked: new Map(outgoing.acked).set(node, acked) };
}
