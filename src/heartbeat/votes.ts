/** What the rooms know of the nodes, counted for quorum (spec membership 11.2). */
import { answeringPings, hearingOf, voterOf } from '../membership/views.ts';
import type { NodeStatus } from '../message/messages.ts';
import type { Voter, Votes } from '../quorum/types.ts';
import type { Instant, NodeName } from '../units.ts';
import type { NodeState } from './state.ts';

/** The votes as they are at `now`. */
export function votesOf(state: NodeState, now: Instant): Votes {
  const { membership } = state;
  const voters = membership.nodes.map((name): Voter => {
    const { status, weight } = voterOf(membership, name);
    const standing = standingOf(state, name, status);
    return { name, weight, standing, disputed: isDisputed(state, name) };
  });
  return { voters, pings: answeringPings(membership, now) };
}

function standingOf(state: NodeState, name: NodeName, status: NodeStatus): Voter['standing'] {
  const { settings, resources, fencing, quorum } = state;
  if (resources.peers.get(name)?.left === true) return 'gone';
  if (name === settings.self || status === 'up' || status === 'active') return 'member';
  const isDown = fencing.nodes.get(name)?.kind === 'done' || quorum.confirmed.has(name);
  return isDown ? 'gone' : 'silent';
}

/**
 * Of two nodes that do not hear each other only one may count a third that hears both: the one that comes first in ha.cf.
 * So no two of them ever have a majority at once, whatever the cables do. (C nodes do not say whom they hear.)
 */
function isDisputed(state: NodeState, name: NodeName): boolean {
  const { self } = state.settings;
  const heard = name === self ? undefined : hearingOf(state.membership, name);
  if (heard === undefined) return false;
  if (!heard.includes(self)) return true;
  const { nodes } = state.membership;
  const before = nodes.slice(0, nodes.indexOf(self));
  return before.some((one) => one !== name && heard.includes(one) && !isMutual(state, one));
}

function isMutual(state: NodeState, name: NodeName): boolean {
  const { status } = voterOf(state.membership, name);
  if (status === 'dead' || status === 'init') return false;
  return hearingOf(state.membership, name)?.includes(state.settings.self) !== false;
}
