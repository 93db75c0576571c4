/** Taking on and giving up responsibility for nodes' groups, and saying so. */
import type { Hold } from '../message/messages.ts';
import { askResourcesDraft, resourceDraft } from '../message/drafts.ts';
import type { NodeName } from '../units.ts';
import { fileWords, hasToldAskers, heardWords, obstacleTo } from './agreement.ts';
import { isBusy, isHeldOff, isProbing, retryStop } from './group.ts';
import { isLeftOver } from './running.ts';
import { claimed, claimedBy, claimedOwners, spokenHold } from './hold.ts';
import {
  patch,
  patchGroup,
  send,
  type GroupState,
  type Peer,
  type Resources,
  type Turn,
} from './state.ts';

/** States our whole hold (spec resources 10.4); in legacy mode nobody listens to that. */
export function announce(turn: Turn, stable: boolean, info?: string): Turn {
  if (turn.state.settings.autoFailback === 'legacy') return turn;
  const hold = claimed(turn.state);
  const word = info ?? yieldWord(turn.state, hold);
  const owners = claimedOwners(turn.state);
  const told = { file: fileWords(turn.state), heard: heardWords(turn.state) };
  const statement = { hold: spokenHold(turn.state), stable, owners, ...told };
  const draft = resourceDraft(word === undefined ? statement : { ...statement, info: word });
  return patch(send(turn, draft), { announced: { owners: owners.join(' '), stable, ...told } });
}

/** Whether what was last said of our hold and our file still holds, node by node. */
export const isAsAnnounced = (state: Resources): boolean =>
  state.announced?.owners === claimedOwners(state).join(' ') &&
  state.announced.file === fileWords(state) &&
  hasToldAskers(state, state.announced.heard);

/** What a node that was frozen still holds is no claim: it is letting go of it. */
const yieldWord = (state: Resources, hold: Hold): string | undefined =>
  state.phase.kind === 'yielding' && hold !== 'none' ? 'yield' : undefined;

/** Begins a standby: whoever is to take it answers. */
export const askToTake = (turn: Turn, hold: Hold): Turn =>
  send(turn, askResourcesDraft(hold, 'me'));

/**
 * Carries a standby on. C names nobody, which is clear between two; of three and more another would take the end of one
 * standby for that of its own.
 */
export function answerTo(turn: Turn, to: NodeName, hold: Hold, info: 'other' | 'done'): Turn {
  const isPair = turn.state.peers.size === 1;
  return send(turn, askResourcesDraft(hold, info, isPair ? undefined : to));
}

/** This node shall run the groups of these owners from now on; `failedThere`: their starts have failed elsewhere. */
export function take(turn: Turn, owners: readonly NodeName[], failedThere = false): Turn {
  let taken = patch(turn, { owners: new Set([...turn.state.owners, ...owners]) });
  for (const state of turn.state.groups) {
    if (!owners.includes(state.group.owner)) continue;
    taken = want(taken, state, failedThere);
  }
  return taken;
}

/** This node shall run one group. A start that failed before is tried again. */
export function want(turn: Turn, state: GroupState, failedThere = false): Turn {
  if (state.becomes?.kind === 'removed') return turn;
  if (state.wanted && state.run.kind !== 'failed') return turn;
  const run = state.run.kind === 'failed' ? ({ kind: 'stopped' } as const) : state.run;
  return patchGroup(turn, state.group.key, {
    wanted: true,
    run,
    failedThere,
    failedHere: false,
    failures: 0,
  });
}

/** This node shall run the groups of these owners no longer; what could not be stopped is tried again. */
export function give(turn: Turn, owners: readonly NodeName[]): Turn {
  const without = (set: ReadonlySet<NodeName>): Set<NodeName> =>
    new Set([...set].filter((node) => !owners.includes(node)));
  let given = patch(turn, {
    owners: without(turn.state.owners),
    takenOver: without(turn.state.takenOver),
  });
  for (const state of turn.state.groups) {
    if (!owners.includes(state.group.owner)) continue;
    const handedOver = state.run.kind === 'failed' ? { handedOverAt: turn.now } : {};
    given = retryStop(patchGroup(given, state.group.key, { wanted: false, ...handedOver }), state);
  }
  return given;
}

/** "I am not moving anything and shall take nothing more unless something happens" (spec resources 1). */
export function isStable(state: Resources): boolean {
  const isCalm = state.standby.kind === 'none' && state.settling === undefined;
  const moves = (one: GroupState): boolean =>
    isLeftOver(one) || (one.becomes !== undefined && isBusy(one.run));
  return state.phase.kind === 'stable' && isCalm && !state.groups.some(moves);
}

export const anyBusy = (state: Resources): boolean =>
  state.groups.some((one) => isBusy(one.run) || isProbing(one));

/** Whether every group of these owners has come to rest, one way or the other. */
export const atRest = (state: Resources, owners: readonly NodeName[]): boolean =>
  state.groups.every((one) => !owners.includes(one.group.owner) || isSettled(state, one));

function isSettled(state: Resources, one: GroupState): boolean {
  const { run, wanted } = one;
  if (isBusy(run)) return false;
  if (isHeldOff(one)) return true;
  if (wanted)
    return (
      run.kind === 'running' ||
      run.kind === 'failed' ||
      run.kind === 'stop-failed' ||
      obstacleTo(state, one) !== undefined
    );
  return run.kind !== 'running' && run.kind !== 'found';
}

const isThere = (peer: Peer): boolean => peer.alive && !peer.left;

/** The others that are neither dead nor leaving. */
export const alivePeers = (state: Resources): NodeName[] =>
  [...state.peers].filter(([, peer]) => isThere(peer)).map(([node]) => node);

/** Whether a living node says it holds this node's own groups. */
export const isOwnHeldElsewhere = (state: Resources): boolean =>
  alivePeers(state).some((node) => claimedBy(state, node).includes(state.settings.self));

export const othersStable = (state: Resources): boolean =>
  [...state.peers.values()].every((peer) => !isThere(peer) || peer.stable);

/** Of the living, the first in the order of ha.cf; it alone takes over from the dead (decisions on > 2 nodes). */
export function isFirstAlive(state: Resources): boolean {
  const { self, nodes } = state.settings;
  const living = alivePeers(state);
  return nodes.find((node) => node === self || living.includes(node)) === self;
}
