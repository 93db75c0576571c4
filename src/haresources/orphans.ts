/**
 * Our own groups that no living node says it holds: after a quick restart of the node that held everything, say (spec
 * resources 7.11, 14.5). They are taken once their addresses have been seen to be silent on the network.
 */
import { after, never, seconds, type Instant, type NodeName } from '../units.ts';
import { mayMove } from './failback.ts';
import { mustHoldStill } from './hold.ts';
import { alivePeers, isOwnHeldElsewhere, take } from './responsibility.ts';
import { patch, report, runJob, type GroupState, type Resources, type Turn } from './state.ts';
import type { JobId, Outcome } from './types.ts';

/** Groups stay nobody's for this long before anything is done: statements may be under way. */
const settleTime = seconds(2);
/** An address that answered is asked about again after this. */
const askAgain = seconds(10);

/** Finds, probes and takes; called after every event. */
export function settle(turn: Turn): Turn {
  const { orphans } = turn.state;
  if (!areOrphaned(turn.state))
    return orphans.kind === 'none' ? turn : patch(turn, { orphans: { kind: 'none' } });
  switch (orphans.kind) {
    case 'none':
      return wait(turn, after(turn.now, settleTime));
    case 'waiting':
      return turn.now < orphans.until ? turn : probe(turn);
    case 'probing':
      return orphans.jobs.size > 0 ? turn : judge(turn, orphans.answered);
  }
}

/** The outcome of a probe; others are ignored. Only silence counts as silence. */
export function ran(turn: Turn, job: JobId, outcome: Outcome): Turn {
  const { orphans } = turn.state;
  if (orphans.kind !== 'probing' || !orphans.jobs.has(job)) return turn;
  const jobs = new Set(orphans.jobs);
  jobs.delete(job);
  const answered = orphans.answered || outcome.kind !== 'stopped';
  return patch(turn, { orphans: { kind: 'probing', jobs, answered } });
}

/** When `settle` wants to be called again. */
export const wakeAt = ({ orphans }: Resources): Instant =>
  orphans.kind === 'waiting' ? orphans.until : never;

const wait = (turn: Turn, until: Instant): Turn =>
  patch(turn, { orphans: { kind: 'waiting', until } });

function probe(turn: Turn): Turn {
  const jobs = new Set<JobId>();
  let current = turn;
  for (const { group } of ownGroups(turn.state)) {
    for (const at of group.resources.keys()) {
      const asked = runJob(current, group, at, 'probe');
      current = asked.turn;
      jobs.add(asked.id);
    }
  }
  return patch(current, { orphans: { kind: 'probing', jobs, answered: false } });
}

function judge(turn: Turn, answered: boolean): Turn {
  const kind = answered ? 'orphan-in-use' : 'orphan';
  const reports = ownGroups(turn.state).map(({ group }) => ({ kind, group: group.key }) as const);
  const told = report(turn, ...reports);
  if (answered) return wait(told, after(turn.now, askAgain));
  const taken = take(told, [turn.state.settings.self]);
  return patch(taken, { orphans: { kind: 'none' } });
}

function areOrphaned(state: Resources): boolean {
  const { self, autoFailback } = state.settings;
  if (autoFailback === 'legacy' || state.owners.has(self) || !mayMove(state)) return false;
  if (mustHoldStill(state)) return false;
  const own = ownGroups(state);
  if (own.length > 0 && own.every((one) => one.failedHere)) return false;
  const hasSpoken = (node: NodeName): boolean => state.peers.get(node)?.hold !== undefined;
  return alivePeers(state).every(hasSpoken) && !isOwnHeldElsewhere(state);
}

const ownGroups = (state: Resources): readonly GroupState[] =>
  state.groups.filter((one) => one.group.owner === state.settings.self);
