/**
 * Messages that came before their sender's first status are held back for a moment (spec wire 9).
 *
 * A generation is learnt from `status` alone, and a return from the dead is told before anything the returned says.
 */
import { type Instant, after, earlier, never, seconds } from '../units.ts';
import type { Packet } from './accepting.ts';
import { type Held, type Membership, type Peer, peerOf, withPeer } from './state.ts';

const longestHold = seconds(1);
const mostHeld = 64;

/** The state with the message held back; beyond 64, or after a second, only its number is. */
export function hold(state: Membership, packet: Packet, now: Instant): Membership {
  const { hg } = packet.message.header;
  const { held } = peerOf(state, packet.node);
  if (held !== undefined && held.hg > hg) return state;
  const known: Held = held?.hg === hg ? held : { hg, from: packet.seq, messages: [] };
  return withPeer(state, packet.node, { held: withMessage(known, packet, now) });
}

function withMessage(held: Held, packet: Packet, now: Instant): Held {
  const { link, message, seq } = packet;
  const from = Math.min(held.from, seq);
  const isDouble = held.messages.some((other) => other.seq === seq);
  if (isDouble || held.messages.length >= mostHeld) return { ...held, from };
  return { ...held, from, messages: [...held.messages, { link, message, seq, at: now }] };
}

/** When the next held message has waited long enough; `never` when none is held. */
export function nextExpiry({ held }: Peer): Instant {
  const waiting = held?.messages ?? [];
  return waiting.reduce((at, message) => earlier(at, after(message.at, longestHold)), never);
}

/** The state without the messages that have waited for a second. They are asked for again after the first status. */
export function dropExpired(state: Membership, name: Peer['name'], now: Instant): Membership {
  const peer = peerOf(state, name);
  if (peer.held === undefined || nextExpiry(peer) > now) return state;
  const messages = peer.held.messages.filter(({ at }) => after(at, longestHold) > now);
  return withPeer(state, name, { held: { ...peer.held, messages } });
}
