/** What becomes of the messages that change nothing, for those who debug a cluster (spec client-api 8.1). */
import type { Message } from '../message/messages.ts';
import type { Instant } from '../units.ts';
import { identify, isForUs, isNamed } from './identity.ts';
import { answeringPing } from './ping-nodes.ts';
import { place } from './sequence.ts';
import type { Membership, Peer } from './state.ts';

/**
 * Why a message is no news: a life sign that changes nothing, not for this node or too old, the newest one once more, or
 * a request for lost packets.
 */
export type PassedOver = 'no-change' | 'dropped' | 'duplicate' | 'protocol';

/**
 * How `message`, which came over `link`, is to be seen by a node that is in `state` before it; undefined for what counts, or is
 * consumed. A life sign that turns out to change something is news all the same.
 */
export function passedOver(
  state: Membership,
  link: string,
  message: Message,
  now: Instant,
): PassedOver | undefined {
  if (answeringPing(state, link, message) !== undefined) return 'no-change';
  const sender = identify(state, message, now);
  switch (sender.kind) {
    case 'peer':
      return ofPeer(state, sender.peer, message);
    case 'echo':
      return message.header.seq === state.outgoing.lastSeq ? 'duplicate' : 'dropped';
    case 'old-echo':
    case 'name-clash':
    case 'unknown':
    case 'uuid-conflict':
      return 'dropped';
  }
}

function ofPeer(state: Membership, peer: Peer, message: Message): PassedOver | undefined {
  const { body, header } = message;
  if (header.hg < peer.generation) return 'dropped';
  if (header.seq === undefined) return unnumbered(state, message);
  const placement = header.hg === peer.generation ? place(peer.track, header.seq) : 'first';
  if (placement === 'duplicate') return 'duplicate';
  if (placement === 'old' || !isForUs(state, header)) return 'dropped';
  return body.t === 'status' ? 'no-change' : undefined;
}

function unnumbered(state: Membership, { body, header }: Message): PassedOver | undefined {
  if (!isNamed(state, header)) return 'dropped';
  return body.t === 'NS_rexmit' ? 'protocol' : undefined;
}
