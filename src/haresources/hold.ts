/** Arithmetic of who holds what: `local` and `foreign` are relative to the node that says it (spec resources 1). */
import type { Hold } from '../message/messages.ts';
import type { NodeName } from '../units.ts';
import { isHeldOff } from './group.ts';
import { isLeftOver, mayRun } from './running.ts';
import type { GroupState, Resources } from './state.ts';

export const holds = (hold: Hold, side: 'local' | 'foreign'): boolean =>
  hold === 'all' || hold === side;

export function holdFrom(local: boolean, foreign: boolean): Hold {
  if (local) return foreign ? 'all' : 'local';
  return foreign ? 'foreign' : 'none';
}

/** What is known after a statement that only adds (spec resources 4, `mach_down`). */
export function addHold(known: Hold, more: Hold): Hold {
  if (more === 'none') return 'none';
  return holdFrom(
    holds(known, 'local') || holds(more, 'local'),
    holds(known, 'foreign') || holds(more, 'foreign'),
  );
}

/** The same set in the other node's terms. */
export const mirror = (hold: Hold): Hold => holdFrom(holds(hold, 'foreign'), holds(hold, 'local'));

/** The nodes whose groups `speaker` means when it says `hold`. */
export function ownersOf(nodes: readonly NodeName[], speaker: NodeName, hold: Hold): NodeName[] {
  return nodes.filter((node) => holds(hold, node === speaker ? 'local' : 'foreign'));
}

/** What this node claims, in the words of the wire. */
export const claimed = (state: Resources): Hold => holdOf(state, claimedOwners(state));

/**
 * What a C node is told of it: it takes nothing that nobody claims, and logs an ERROR, so what has failed here is claimed
 * until it was offered to another node. Nodes of ours go by `owners`, which tell the truth.
 */
export function spokenHold(state: Resources): Hold {
  const offered = state.groups.filter((one) => isDueElsewhere(state, one));
  return holdOf(state, [...claimedOwners(state), ...offered.map((one) => one.group.owner)]);
}

function holdOf({ settings: { self } }: Resources, owners: readonly NodeName[]): Hold {
  return holdFrom(
    owners.includes(self),
    owners.some((owner) => owner !== self),
  );
}

/**
 * The nodes whose groups this node claims: those it is responsible for, unless every group of theirs has failed to
 * start or is in use elsewhere, and those of which something may still be running here. Who has no groups counts only where nobody has.
 */
export function claimedOwners(state: Resources): readonly NodeName[] {
  const { self, nodes } = state.settings;
  const owning = new Set(state.groups.map((one) => one.group.owner));
  const othersOwn = [...owning].some((owner) => owner !== self);
  return nodes.filter((owner) => {
    const groups = state.groups.filter((one) => one.group.owner === owner);
    if (groups.length > 0)
      return groups.some(
        (one) => holdsOn(state, one) || (one.wanted && !hasFailed(one) && !isInUse(one)),
      );
    return state.owners.has(owner) && (owner === self || !othersOwn);
  });
}

/** Somebody else has its address. What is only disputed is claimed: it is to be started here when that ends. */
const isInUse = (one: GroupState): boolean => isHeldOff(one) && one.probe?.kind !== 'disputed';

/** It has failed here, and there is a node that has not been asked to take it. */
function isDueElsewhere(state: Resources, one: GroupState): boolean {
  if (!one.wanted || !hasFailed(one)) return false;
  const isThere = [...state.peers.values()].some(({ alive, left }) => alive && !left);
  const isOffered = state.settings.autoFailback !== 'legacy' && state.phase.kind === 'stable';
  return isOffered && isThere && !one.failedThere && one.handedOverAt === undefined;
}

/** What runs here is claimed, but for remains of a group that the other side serves: it shall not stop for those. */
function holdsOn(state: Resources, one: GroupState): boolean {
  if (!mayRun(one) || !isLeftOver(one)) return mayRun(one);
  const { owner } = one.group;
  return ![...state.peers].some(
    ([node, peer]) => peer.alive && !peer.left && claimedBy(state, node).includes(owner),
  );
}

export const hasFailed = (state: GroupState): boolean => state.run.kind === 'failed';

/** The owners whose groups `peer` says it holds; what a dead node said last is no claim any more. */
export function claimedBy(state: Resources, peer: NodeName): NodeName[] {
  const known = state.peers.get(peer);
  if (known?.hold === undefined || !known.alive) return [];
  const { mistaken } = known;
  return lastClaimed(state, peer).filter(
    (owner) => !(mistaken.includes(owner) && state.owners.has(owner)),
  );
}

/** The owners whose groups `peer` said it held when it last spoke, even if it is dead now. */
export function lastClaimed(state: Resources, peer: NodeName): NodeName[] {
  const known = state.peers.get(peer);
  if (known?.hold === undefined) return [];
  return known.owners === undefined
    ? ownersOf(state.settings.nodes, peer, known.hold)
    : [...known.owners];
}

/**
 * Whether a node that is silent, and not certainly down, may run groups of this owner. One of three or more may have taken
 * over anything since it was last heard.
 */
export function mayRunUnheard(state: Resources, owner: NodeName): boolean {
  const isPair = state.settings.nodes.length === 2;
  return [...state.peers].some(([node, { uncleared, hold, lettingGo, stable }]) => {
    if (!uncleared || !isPair || hold === undefined || lettingGo || !stable) return uncleared;
    return node === owner || ownersOf(state.settings.nodes, node, hold).includes(owner);
  });
}

/** Whether some node is silent and not certainly down, or too few are here to decide. */
export const mustHoldStill = (state: Resources): boolean =>
  state.withoutQuorum !== undefined || [...state.peers.values()].some((peer) => peer.uncleared);

/** The owners whose groups both this node and `peer` say they hold. */
export function overlap(state: Resources, peer: NodeName): NodeName[] {
  const theirs = new Set(claimedBy(state, peer));
  return claimedOwners(state).filter((node) => theirs.has(node));
}
