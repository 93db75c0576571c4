/** Moves of our own accord while everything is stable: auto_failback, and groups that do not start here. */
import {
  after,
  earlier,
  elapsed,
  never,
  seconds,
  type Instant,
  type Millis,
  type NodeName,
} from '../units.ts';
import { wouldRun } from './agreement.ts';
import { hasFailed } from './hold.ts';
import { alivePeers, anyBusy, isStable, othersStable } from './responsibility.ts';
import { mayRun } from './running.ts';
import { patch, patchPeer, report, type GroupState, type Resources, type Turn } from './state.ts';
import { request } from './standby.ts';
import { restate } from './statements.ts';
import type { ResourceEvent } from './types.ts';

/** A failback, hand-over or move of a failed service that found no answer is tried again after this. */
export const tryAgain: Millis = seconds(10);
/** What failed here is not handed over twice within this time: a group that starts nowhere shall not wander. */
const handOverEvery = seconds(600);

/** What a stable node does without being told. */
export function settle(turn: Turn): Turn {
  return isStable(turn.state) ? handOver(failback(restate(turn))) : turn;
}

/** The returned owner gets its groups back (auto_failback on). */
function failback(turn: Turn): Turn {
  const { state } = turn;
  const foreign = [...state.owners].some((owner) => owner !== state.settings.self);
  if (!state.failbackDue || !mayMove(state)) return turn;
  if (!foreign || state.settings.autoFailback !== 'on') return patch(turn, { failbackDue: false });
  const back = alivePeers(state).filter((node) => state.owners.has(node));
  if (back.length === 0 || state.failbackPause !== undefined) return turn;
  if (back.some((node) => isHeld(state, node))) return back.reduce(tellHeld, turn);
  const stranger = back.find((node) => !wouldTake(state, node, false));
  if (stranger !== undefined) return tellStranger(turn, stranger);
  const told = back.reduce((to, node) => patchPeer(to, node, { isHeldTold: false }), turn);
  return request(patch(told, { failbackPause: after(turn.now, tryAgain) }), 'foreign');
}

/** Whether a node that is back gets nothing by itself yet: a set moves as a whole. */
function isHeld({ peers }: Resources, node: NodeName): boolean {
  const peer = peers.get(node);
  return peer?.isFlapping === true || peer?.heldUntil !== undefined;
}

/** Whether all that runs here of the local set, or of the foreign one, would be started there: not while the files differ. */
export function wouldTake(state: Resources, node: NodeName, isLocal: boolean): boolean {
  const { groups, settings } = state;
  const set = groups.filter((one) => (one.group.owner === settings.self) === isLocal);
  return set.every((one) => !mayRun(one) || wouldRun(state, node, one));
}

function tellStranger(turn: Turn, node: NodeName): Turn {
  if (turn.state.peers.get(node)?.isHeldTold === true) return turn;
  const told = report(turn, { kind: 'failback-waits', node });
  return patchPeer(told, node, { isHeldTold: true });
}

function tellHeld(turn: Turn, node: NodeName): Turn {
  const peer = turn.state.peers.get(node);
  if (peer === undefined || peer.isHeldTold || !isHeld(turn.state, node)) return turn;
  const wait = elapsed(turn.now, peer.heldUntil ?? turn.now);
  const told = peer.isFlapping
    ? report(turn, { kind: 'failback-off', node, deaths: peer.deaths.length })
    : report(turn, { kind: 'failback-held', node, wait });
  return patchPeer(told, node, { isHeldTold: true });
}

/** A node is there again, or has begun a new life: it is held to have been away until now. */
export function isBack(turn: Turn, node: NodeName): Turn {
  const { failback: options } = turn.state.settings;
  if (options === undefined || options.hold === 0) return turn;
  return patchPeer(turn, node, { heldUntil: after(turn.now, options.hold), isHeldTold: false });
}

type Death = Extract<ResourceEvent, { readonly kind: 'node-dead' }>;

/** A node has died: the hold is interrupted, and one that dies too often gets nothing back by itself. */
export function died(turn: Turn, { node, everHeard }: Death): Turn {
  const { failback: options } = turn.state.settings;
  const peer = turn.state.peers.get(node);
  if (options === undefined || peer === undefined) return turn;
  const quiet = patchPeer(turn, node, { heldUntil: undefined, isHeldTold: false });
  if (!everHeard || peer.left || options.limit === 0) return quiet;
  const recent = peer.deaths.filter((when) => elapsed(when, turn.now) < options.within);
  const deaths = [...recent, turn.now].slice(-options.limit);
  const isFlapping = peer.isFlapping || deaths.length >= options.limit;
  return patchPeer(quiet, node, { deaths, isFlapping });
}

/** An operator moves groups: what happened before holds nothing back any more. */
export function pardon(turn: Turn): Turn {
  const { peers } = turn.state;
  const clear = { deaths: [], isFlapping: false, heldUntil: undefined };
  return [...peers.keys()].reduce((current, node) => patchPeer(current, node, clear), turn);
}

export function tick(turn: Turn): Turn {
  const { failbackPause, peers } = turn.state;
  const over = [...peers].filter(([, { heldUntil = never }]) => heldUntil <= turn.now);
  const free = over.reduce(
    (current, [node]) => patchPeer(current, node, { heldUntil: undefined }),
    turn,
  );
  if (failbackPause === undefined || turn.now < failbackPause) return free;
  return patch(free, { failbackPause: undefined });
}

/** A set of which every group has failed to start here goes to the other node, unless it has failed there. */
function handOver(turn: Turn): Turn {
  const { state } = turn;
  if (!mayMove(state) || state.failbackPause !== undefined) return turn;
  const first = state.groups.find((one) => mayGoElsewhere(one, turn.now));
  if (first === undefined) return turn;
  if (!alivePeers(state).some((node) => wouldRun(state, node, first))) return turn;
  const { self } = state.settings;
  const side = first.group.owner === self ? 'local' : 'foreign';
  const ofSide = state.groups.filter((one) => (one.group.owner === self) === (side === 'local'));
  if (!ofSide.every((one) => hasFailed(one))) return turn;
  const told = report(turn, { kind: 'handing-over', hold: side });
  return request(patch(told, { failbackPause: after(turn.now, tryAgain) }), side);
}

function mayGoElsewhere(state: GroupState, now: Instant): boolean {
  const { handedOverAt } = state;
  const recently = handedOverAt !== undefined && now < after(handedOverAt, handOverEvery);
  return state.wanted && hasFailed(state) && !state.failedThere && !recently;
}

/** When this file wants to be asked again. */
export const wakeAt = ({ failbackPause, peers }: Resources): Instant =>
  [...peers.values()]
    .map(({ heldUntil }) => heldUntil ?? never)
    .reduce(earlier, failbackPause ?? never);

/** Whether nothing moves and nobody else is moving anything, so that we may begin. */
export const mayMove = (state: Resources): boolean =>
  state.withoutQuorum === undefined &&
  isStable(state) &&
  !anyBusy(state) &&
  othersStable(state) &&
  alivePeers(state).length > 0;
