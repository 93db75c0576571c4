/** What a peer's status says: alive, late, back again, changed (spec membership 2.2, 2.3, 4.2). */
import { type Body, type Message, type NodeStatus, valueOf } from '../message/messages.ts';
import { type Instant, type Millis, elapsed, millis, seconds } from '../units.ts';
import { expectAcks } from './acks.ts';
import { sendStatus } from './speaking.ts';
import {
  type Life,
  type Membership,
  type Peer,
  type Turn,
  chain,
  peerOf,
  report,
  turn,
  withPeer,
} from './state.ts';
import type { MembershipEffect, Moment } from './types.ts';

/** A status that passed generation and sequence. */
export interface HeardStatus {
  readonly message: Message;
  readonly body: Extract<Body, { readonly t: 'status' }>;
  readonly seq: number;
}

/** The name of the field in which ours say whom they hear. */
const hears = 'hears';
/** ha.cf knows no more (spec membership 8). */
const mostNodes = 100;
/** A peer cannot make itself immortal. */
const longestDt = seconds(24 * 60 * 60);

/** A node's status in its own words; `init` before it was heard, `dead` when it was declared so. */
export function statusWord(life: Life): NodeStatus {
  return life.kind === 'alive' ? life.status : life.kind;
}

/**
 * A dead peer speaks again in its old generation: a partition has healed. It hears at once that we are here, and is
 * not marked dead a second time (the C daemon does that, and restarts itself: spec membership 4.2, 11.5).
 */
export function comeBack(state: Membership, peer: Peer, renewed: boolean, moment: Moment): Turn {
  const silentFor = elapsed(peer.life.heardAt, moment.now);
  const returned = turn(
    state,
    report({ kind: 'returning-after-partition', node: peer.name }),
    report({ kind: 'partition-advice', advice: 'split-brain' }),
    report({ kind: 'partition-advice', advice: 'deadtime' }),
    report({ kind: 'partition-advice', advice: 'faq' }),
    report({ kind: 'partition-advice', advice: 'heavy-load' }),
    { kind: 'node-returned', node: peer.name, silentFor, renewed },
  );
  const known = (next: Membership): Turn => turn(withPeer(next, peer.name, { missesUs: false }));
  return chain(returned, known, (next) => sendStatus(next, moment));
}

/** What becomes of the cluster when `peer` says this status. */
export function hearStatus(state: Membership, peer: Peer, status: HeardStatus, now: Instant): Turn {
  switch (age(peer.life, status)) {
    case 'stale':
      return turn(state);
    case 'overtaken':
      return turn(withPeer(state, peer.name, { life: { ...peer.life, heardAt: now } }));
    case 'news':
      return chain(
        turn(state, ...lateness(state, peer, now)),
        (next) => turn(live(next, peer, status, now)),
        (next) => checkFlowControl(next, status),
        (next) => turn(next, ...change(peer, peerOf(next, peer.name), status.message)),
      );
  }
}

/** An overtaken status still is a life sign, unless its clock is behind as well (spec membership 2.2). */
function age(life: Life, { seq, message }: HeardStatus): 'news' | 'overtaken' | 'stale' {
  if (life.kind !== 'alive' || life.newest === undefined || seq >= life.newest.seq) return 'news';
  return message.header.ts < life.newest.ts ? 'stale' : 'overtaken';
}

function lateness(state: Membership, peer: Peer, now: Instant): readonly MembershipEffect[] {
  if (!peer.everHeard) return [];
  const interval = elapsed(peer.life.heardAt, now);
  if (interval <= state.settings.warntime) return [];
  const tooLate = interval > state.settings.deadtime;
  return [report({ kind: 'late-heartbeat', node: peer.name, interval, tooLate })];
}

function live(state: Membership, peer: Peer, status: HeardStatus, now: Instant): Membership {
  const alive = withPeer(state, peer.name, {
    everHeard: true,
    hears: hearsOf(status.message),
    life: {
      kind: 'alive',
      status: wordOf(peer.life, status),
      heardAt: now,
      dt: dtOf(state, peer.life, status),
      newest: { seq: status.seq, ts: status.message.header.ts },
    },
  });
  const isNew = peer.life.kind !== 'alive' || peer.life.newest === undefined;
  return isNew ? { ...alive, outgoing: expectAcks(alive.outgoing, peer.name) } : alive;
}

function hearsOf({ fields }: Message): readonly string[] | undefined {
  return valueOf(fields, hears)?.split(' ').slice(0, mostNodes);
}

/** Any word is taken as it is, but who speaks is not dead. */
function wordOf(life: Life, { body }: HeardStatus): NodeStatus {
  if (body.st !== 'dead') return body.st;
  return life.kind === 'alive' ? life.status : 'init';
}

function dtOf(state: Membership, life: Life, { body }: HeardStatus): Millis {
  const known = life.kind === 'alive' ? life.dt : state.settings.deadtime;
  if (body.dt === undefined || body.dt === 0) return known;
  return millis(Math.min(body.dt, longestDt));
}

function checkFlowControl(state: Membership, { body }: HeardStatus): Turn {
  if (body.protocol || !state.flowControl) return turn(state);
  return turn({ ...state, flowControl: false }, report({ kind: 'flow-control-off' }));
}

function change(before: Peer, now: Peer, message: Message): readonly MembershipEffect[] {
  const previous = statusWord(before.life);
  const status = statusWord(now.life);
  if (status === previous) return [];
  const node = now.name;
  return [
    report({ kind: 'node-status', node, status }),
    { kind: 'node-status', node, status, previous, message },
  ];
}
