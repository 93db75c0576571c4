/** Moves of our own accord while everything is stable: auto_failback, orphans, and groups that do not start here. */
import { after, earlier, never, seconds, type Instant, type NodeName } from '../units.ts';
import { claimed, hasFailed, holds } from './hold.ts';
import { alivePeers, announce, anyBusy, isStable, othersStable, take } from './responsibility.ts';
import { patch, patchGroup, report, type Resources, type Turn } from './state.ts';
import { request } from './standby.ts';

/** A failback that found no answer is tried again after this. */
const failbackAgain = seconds(10);
/** Nobody's groups stay nobody's for this long before they are taken: statements may be under way. */
const orphanWait = seconds(2);

/** What a stable node does without being told. */
export function settle(turn: Turn): Turn {
  return findOrphans(isStable(turn.state) ? handOver(failback(restate(turn))) : turn);
}

/** Says what we hold whenever that has changed. */
function restate(turn: Turn): Turn {
  const { announced, settings } = turn.state;
  if (settings.autoFailback === 'legacy') return turn;
  const said = announced?.stable === true && announced.hold === claimed(turn.state);
  return said ? turn : announce(turn, true);
}

/** The returned owner gets its groups back (auto_failback on). */
function failback(turn: Turn): Turn {
  const { state } = turn;
  const foreign = [...state.owners].some((owner) => owner !== state.settings.self);
  if (!state.failbackDue || !mayMove(state)) return turn;
  if (!foreign || state.settings.autoFailback !== 'on') return patch(turn, { failbackDue: false });
  const back = alivePeers(state).some((node) => state.owners.has(node));
  if (!back || state.failbackPause !== undefined) return turn;
  return request(patch(turn, { failbackPause: after(turn.now, failbackAgain) }), 'foreign');
}

export function tick(turn: Turn): Turn {
  const { failbackPause } = turn.state;
  if (failbackPause === undefined || turn.now < failbackPause) return turn;
  return patch(turn, { failbackPause: undefined });
}

/** A set of which every group has failed to start here goes to the other node, once. */
function handOver(turn: Turn): Turn {
  const { state } = turn;
  if (!mayMove(state)) return turn;
  const failed = state.groups.filter((one) => one.wanted && hasFailed(one) && !one.viaStandby);
  const first = failed[0];
  if (first === undefined) return turn;
  const { self } = state.settings;
  const side = first.group.owner === self ? 'local' : 'foreign';
  const ofSide = state.groups.filter((one) => (one.group.owner === self) === (side === 'local'));
  if (!ofSide.every((one) => hasFailed(one))) return turn;
  const told = report(turn, { kind: 'handing-over', hold: side });
  const once = ofSide.reduce(
    (current, one) => patchGroup(current, one.group.key, { viaStandby: true }),
    told,
  );
  return request(once, side);
}

/** Our own groups, when the living nodes say that they do not hold them (spec resources 14.5). */
function findOrphans(turn: Turn): Turn {
  const { state } = turn;
  if (!isOrphaned(state)) {
    return state.orphanedSince === undefined ? turn : patch(turn, { orphanedSince: undefined });
  }
  if (state.orphanedSince === undefined) return patch(turn, { orphanedSince: turn.now });
  if (turn.now < after(state.orphanedSince, orphanWait)) return turn;
  const own = state.groups.filter((one) => one.group.owner === state.settings.self);
  const told = report(
    turn,
    ...own.map((one) => ({ kind: 'orphan', group: one.group.key }) as const),
  );
  return take(patch(told, { orphanedSince: undefined }), [state.settings.self], {
    viaStandby: false,
  });
}

/** When this file wants to be asked again. */
export function wakeAt(state: Resources): Instant {
  const orphan = state.orphanedSince === undefined ? never : after(state.orphanedSince, orphanWait);
  return earlier(orphan, state.failbackPause ?? never);
}

function isOrphaned(state: Resources): boolean {
  const { self, autoFailback } = state.settings;
  if (autoFailback === 'legacy' || state.owners.has(self) || !mayMove(state)) return false;
  const own = state.groups.filter((one) => one.group.owner === self);
  if (own.length > 0 && own.every((one) => one.failedHere)) return false;
  return alivePeers(state).every((node) => saysItHoldsNoForeign(state, node));
}

function saysItHoldsNoForeign(state: Resources, node: NodeName): boolean {
  const hold = state.peers.get(node)?.hold;
  return hold !== undefined && !holds(hold, 'foreign');
}

const mayMove = (state: Resources): boolean =>
  isStable(state) && !anyBusy(state) && othersStable(state) && alivePeers(state).length > 0;
