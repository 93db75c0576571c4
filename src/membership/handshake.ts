/** From `up` to `active`: all peers heard or dead, then one of them tells its node list (spec membership 1.2, 1.3). */
import { type Instant, type NodeName, after, elapsed, instant, never, seconds } from '../units.ts';
import { repnodesDraft, reqnodesDraft } from '../message/drafts.ts';
import { allPingsKnown } from './pings.ts';
import { setStatus, submit } from './speaking.ts';
import { type Handshake, type Membership, type Turn, chain, report, turn } from './state.ts';
import type { Moment } from './types.ts';

type Asking = Extract<Handshake, { readonly kind: 'asking' }>;

const askEvery = seconds(1);

/** Whether all peers and ping nodes were heard or given up: from then on their dead times count, not initdead. */
export function isCommUp(state: Membership): boolean {
  return state.handshake.kind !== 'waiting';
}

/** Takes the next step of the start-up, if something has made it possible. */
export function advanceHandshake(state: Membership, moment: Moment): Turn {
  const { handshake } = state;
  switch (handshake.kind) {
    case 'waiting':
      return everybodyIsKnown(state) ? askOrActivate(state, moment) : turn(state);
    case 'asking':
      return keepAsking(state, handshake, moment);
    case 'done':
      return turn(state);
  }
}

/** When to ask again; `never` when nobody is being asked. Nothing is due before the end of a clash of names. */
export function nextHandshake(state: Membership): Instant {
  const { clashAt, handshake, settings } = state;
  if (handshake.kind !== 'asking') return never;
  const clashEnds = clashAt === undefined ? handshake.askAt : after(clashAt, settings.deadtime);
  return instant(Math.max(handshake.askAt, clashEnds));
}

/** Answers `reqnodes` with all our nodes in our order, never a part of them. */
export function answerReqnodes(state: Membership, asker: NodeName, moment: Moment): Turn {
  const deleted = state.deleted.map(({ name }) => name);
  return submit(state, repnodesDraft(asker, state.nodes, deleted), moment);
}

/**
 * Any answer ends the start-up. Our own list stays as configured: nodes we do not know are reported, not added,
 * for a phantom node would soon be declared dead and taken over (spec wire 5.2).
 */
export function takeRepnodes(
  state: Membership,
  from: NodeName,
  theirs: readonly NodeName[],
  moment: Moment,
): Turn {
  if (state.handshake.kind !== 'asking') return turn(state);
  const ours = state.nodes;
  const differ =
    theirs.some((node) => !ours.includes(node)) || ours.some((node) => !theirs.includes(node));
  const told = differ ? [report({ kind: 'node-lists-differ', node: from, theirs, ours })] : [];
  return chain(turn(state, ...told), (next) => activate(next, moment));
}

function everybodyIsKnown(state: Membership): boolean {
  const peers = Array.from(state.peers.values());
  return peers.every((peer) => peer.life.kind !== 'init') && allPingsKnown(state.pings);
}

function keepAsking(state: Membership, asking: Asking, moment: Moment): Turn {
  const isAlive = state.peers.get(asking.node)?.life.kind === 'alive';
  if (!isAlive || !state.flowControl) return askOrActivate(state, moment);
  return asking.askAt <= moment.now ? ask(state, asking.node, moment) : turn(state);
}

function askOrActivate(state: Membership, moment: Moment): Turn {
  const first = Array.from(state.peers.values()).find((peer) => peer.life.kind === 'alive');
  if (first === undefined || !state.flowControl) return activate(state, moment);
  return ask(state, first.name, moment);
}

function ask(state: Membership, node: NodeName, moment: Moment): Turn {
  const askAt = after(moment.now, askEvery);
  const asking: Membership = { ...state, handshake: { kind: 'asking', node, askAt } };
  return submit(asking, reqnodesDraft(node), moment);
}

/** Tried again at every step, while another node has our name. */
function activate(state: Membership, moment: Moment): Turn {
  const { clashAt, settings } = state;
  if (clashAt !== undefined && elapsed(clashAt, moment.now) < settings.deadtime) return turn(state);
  const done: Membership = { ...state, handshake: { kind: 'done' } };
  return chain(turn(done, report({ kind: 'comm-up' })), (next) =>
    setStatus(next, 'active', moment),
  );
}
