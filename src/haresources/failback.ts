/** Moves of our own accord while everything is stable: auto_failback, and groups that do not start here. */
import { after, never, seconds, type Instant } from '../units.ts';
import { hasFailed } from './hold.ts';
import { alivePeers, anyBusy, isStable, othersStable } from './responsibility.ts';
import { patch, report, type GroupState, type Resources, type Turn } from './state.ts';
import { request } from './standby.ts';
import { restate } from './statements.ts';

/** A failback or hand-over that found no answer is tried again after this. */
const tryAgain = seconds(10);
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
  const back = alivePeers(state).some((node) => state.owners.has(node));
  if (!back || state.failbackPause !== undefined) return turn;
  return request(patch(turn, { failbackPause: after(turn.now, tryAgain) }), 'foreign');
}

export function tick(turn: Turn): Turn {
  const { failbackPause } = turn.state;
  if (failbackPause === undefined || turn.now < failbackPause) return turn;
  return patch(turn, { failbackPause: undefined });
}

/** A set of which every group has failed to start here goes to the other node, unless it has failed there. */
function handOver(turn: Turn): Turn {
  const { state } = turn;
  if (!mayMove(state) || state.failbackPause !== undefined) return turn;
  const first = state.groups.find((one) => mayGoElsewhere(one, turn.now));
  if (first === undefined) return turn;
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
export const wakeAt = (state: Resources): Instant => state.failbackPause ?? never;

/** Whether nothing moves and nobody else is moving anything, so that we may begin. */
export const mayMove = (state: Resources): boolean =>
  state.withoutQuorum === undefined &&
  isStable(state) &&
  !anyBusy(state) &&
  othersStable(state) &&
  alivePeers(state).length > 0;
