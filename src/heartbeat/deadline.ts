/** When a node has something to do by itself. */
import { nextFencingDeadline } from '../fencing/step.ts';
import { nextResourceDeadline } from '../haresources/step.ts';
import { nextDeadline as nextMembershipDeadline } from '../membership/step.ts';
import { nextQuorumDeadline } from '../quorum/step.ts';
import { earlier, never, type Instant } from '../units.ts';
import type { NodeState } from './state.ts';

/** When the node wants a `tick`. */
export function nextDeadline(state: NodeState): Instant {
  const { exitAt = never, restart } = state;
  const own = earlier(exitAt, restart.kind === 'told' ? restart.endsAt : never);
  const rooms = nextMembershipDeadline(state.membership);
  const clearance = earlier(nextFencingDeadline(state.fencing), nextQuorumDeadline(state.quorum));
  const members = earlier(rooms, clearance);
  if (restart.kind === 'told') return earlier(own, members);
  return earlier(own, earlier(members, nextResourceDeadline(state.resources)));
}
