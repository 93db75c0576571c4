/**
 * A new generation in the midst of a life. Who has declared us dead takes us for restarted when it hears us again with a
 * larger generation, and keeps what it has; a C node that hears the old one restarts itself (spec resources 10.10,
 * membership 4.2). So the generation is raised before anybody can have declared us dead, or as soon as we know it.
 *
 * The next generation is always on the disk before it is used: each use reserves another one.
 */
import type { Body } from '../message/messages.ts';
import { type Instant, after, earlier, type NodeName, millis, never } from '../units.ts';
import { nothingSent } from './outgoing.ts';
import { sendStatus } from './speaking.ts';
import {
  type Membership,
  type Peer,
  type Turn,
  announcedDt,
  chain,
  peerOf,
  report,
  turn,
  withPeer,
} from './state.ts';
import type { MembershipEffect, Moment } from './types.ts';

/** Asks for the generation after ours to be made persistent, so that it can be used at any moment. */
export function reserveNext(state: Membership): readonly MembershipEffect[] {
  return state.settings.renews === true
    ? [{ kind: 'reserve-generation', generation: state.generation + 1 }]
    : [];
}

/** The generation is on the disk. */
export function takeReserved(state: Membership, generation: number): Turn {
  return turn({ ...state, reserved: Math.max(state.reserved, generation) });
}

/**
 * Goes on with the next generation, if one is reserved: numbers begin anew, and a status comes first, for a generation is
 * learnt from nothing else (spec membership 1.4).
 */
export function renew(state: Membership, moment: Moment): Turn {
  const isNeeded = Array.from(state.peers.values()).some(mayBeC);
  if (!isNeeded || state.reserved <= state.generation || state.status !== 'active')
    return turn(state);
  return goOnWith(state, { generation: state.generation + 1, why: 'missed' }, moment);
}

/** `missed`: others may have declared us dead; `behind`: they have heard a higher one of us before. */
interface Next {
  readonly generation: number;
  readonly why: 'missed' | 'behind';
}

/** Numbers begin anew, with a status, in a generation that is on the disk. */
function goOnWith(state: Membership, next: Next, moment: Moment): Turn {
  const { acked, lastSeq, spent } = state.outgoing;
  const outgoing = {
    ...nothingSent,
    spent: Math.max(lastSeq, spent),
    acked: new Map(Array.from(acked.keys(), (node) => [node, { since: 0, upTo: 0 }] as const)),
  };
  const renewed: Membership = { ...state, generation: next.generation, outgoing };
  const told = turn(renewed, report({ kind: 'renewed', ...next }), ...reserveNext(renewed));
  return chain(told, (current) => sendStatus(current, moment));
}

/** Goes on with a generation that nobody refuses, as soon as it is on the disk. */
export function catchUp(state: Membership, moment: Moment): Turn {
  const { behind, generation, reserved } = state;
  if (behind < generation || reserved <= behind) return turn(state);
  return goOnWith(state, { generation: reserved, why: 'behind' }, moment);
}

/** Those of ours compare what each holds, and nobody restarts (spec membership 11.5). */
const mayBeC = (peer: Peer): boolean => peer.everHeard && peer.isOurs !== true;

/** Renews before a silent peer, which may be missing us as we miss it, can have declared us dead. */
export function renewForSilent(state: Membership, moment: Moment): Turn {
  const due = Array.from(state.peers.values()).filter(
    (peer) => renewalOf(state, peer) <= moment.now,
  );
  if (due.length === 0) return turn(state);
  const noted = due.reduce((next, { name }) => withPeer(next, name, { missesUs: true }), state);
  return renew(noted, moment);
}

/** When `renewForSilent` has something to do; `never` when everybody is heard. */
export function nextRenewal(state: Membership): Instant {
  let next = never;
  for (const peer of state.peers.values()) next = earlier(next, renewalOf(state, peer));
  return next;
}

/**
 * It missed us one keepalive before we missed it, at the earliest; half a keepalive is for the way. A peer that has left
 * in order is silent for another reason.
 */
function renewalOf(state: Membership, peer: Peer): Instant {
  const isDue = mayBeC(peer) && !peer.left && !peer.missesUs;
  if (!isDue || state.settings.renews !== true || state.status !== 'active') return never;
  const dt = announcedDt(state);
  const wait = Math.max(dt / 2, dt - 1.5 * state.settings.keepalive);
  return after(peer.life.heardAt, millis(wait));
}

/** Every living peer may have declared us dead: of each we shall want to know what it holds. */
export function doubtAll(state: Membership, moment: Moment): Turn {
  const living = Array.from(state.peers.values()).filter(
    (peer) => peer.life.kind === 'alive' && mayBeC(peer),
  );
  const noted = living.reduce((next, { name }) => withPeer(next, name, { missesUs: true }), state);
  return renew(noted, moment);
}

/** The sender of `body` has declared `self` dead, and takes over (spec membership 11.4). */
export const isVerdict = (body: Body, self: NodeName): boolean =>
  body.t === 'stonith' && body.node === self && (body.result === 'n_stnth' || body.result === 'OK');

/** A peer that may have declared us dead is heard again, and was not dead here: it may hold what we hold. */
export function heardAgain(state: Membership, name: Peer['name'], moment: Moment): Turn {
  const { missesUs } = peerOf(state, name);
  if (!missesUs) return turn(state);
  const noted = withPeer(state, name, { missesUs: false });
  return chain(sendStatus(noted, moment), (next) =>
    turn(next, { kind: 'node-doubts', node: name }),
  );
}
