/**
 * A group that does not start here and cannot go elsewhere is tried again after growing pauses: the other groups of its
 * set run here, and a set moves as a whole; or there is nobody else. (One whose whole set has failed is handed over.)
 */
import { after, earlier, millis, never, type Instant } from '../units.ts';
import { hasFailed } from './hold.ts';
import { isWatched } from './monitor.ts';
import { alivePeers } from './responsibility.ts';
import { patchGroup, report, type GroupState, type Resources, type Turn } from './state.ts';

const firstPause = 30_000;
const longestPause = 600_000;

/** Tries again what is due. */
export function tick(turn: Turn): Turn {
  return turn.state.groups
    .filter((one) => dueAt(turn.state, one) <= turn.now)
    .reduce((current, { group: { key } }) => {
      const told = report(current, { kind: 'start-again', group: key });
      return patchGroup(told, key, { run: { kind: 'stopped' } });
    }, turn);
}

/** When `tick` has something to do. */
export const wakeAt = (state: Resources): Instant =>
  state.groups.map((one) => dueAt(state, one)).reduce(earlier, never);

function dueAt(state: Resources, one: GroupState): Instant {
  if (one.failedAt === undefined || !one.wanted || !hasFailed(one)) return never;
  const isCalm = state.phase.kind === 'stable' && state.standby.kind === 'none';
  if (!isCalm || !staysHere(state, one)) return never;
  const pause = Math.min(longestPause, firstPause * 2 ** Math.max(0, one.failures - 1));
  return after(one.failedAt, millis(pause));
}

function staysHere(state: Resources, one: GroupState): boolean {
  const { self } = state.settings;
  const isOwn = one.group.owner === self;
  return (
    alivePeers(state).length === 0 ||
    // Neither node keeps it up, and somebody wants it watched.
    (isWatched(state, one) && (one.failedThere || one.watch.hasMoved)) ||
    state.groups.some(
      ({ group, run }) => (group.owner === self) === isOwn && run.kind === 'running',
    )
  );
}
