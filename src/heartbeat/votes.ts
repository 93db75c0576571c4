/** What the rooms know of the nodes, counted for quorum (spec membership 11.2). */
import type { NodeView } from '../membership/types.ts';
import { answeringPings, hearingOf, nodeViews } from '../membership/views.ts';
import type { Voter, Votes } from '../quorum/types.ts';
import type { Instant } from '../units.ts';
import type { NodeState } from './state.ts';

/** The votes as they are at `now`. */
export function votesOf(state: NodeState, now: Instant): Votes {
  const normal = nodeViews(state.membership).filter(({ type }) => type === 'normal');
  return {
    voters: normal.map((view) => ({
      name: view.name,
      weight: view.weight,
      standing: standingOf(state, view),
      disputed: isDisputed(state, view, normal),
    })),
    pings: answeringPings(state.membership, now),
  };
}

function standingOf(state: NodeState, { name, status }: NodeView): Voter['standing'] {
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
function isDisputed(state: NodeState, { name }: NodeView, nodes: readonly NodeView[]): boolean {
  const { self } = state.settings;
  const heard = name === self ? undefined : hearingOf(state.membership, name);
  if (heard === undefined) return false;
  if (!heard.includes(self)) return true;
  const before = nodes.slice(
    0,
    nodes.findIndex((one) => one.name === self),
  );
  return before.some(
    (one) => one.name !== name && heard.includes(one.name) && !isMutual(state, one),
  );
}

function isMutual(state: NodeState, { name, status }: NodeView): boolean {
  if (status === 'dead' || status === 'init') return false;
  return hearingOf(state.membership, name)?.includes(state.settings.self) !== false;
}
