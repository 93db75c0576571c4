/** What others may want to know of a node. */
import { fencingText } from '../fencing/views.ts';
import { quorumText } from '../quorum/reports.ts';
import { monitorText } from '../haresources/monitor.ts';
import { standingWords } from '../haresources/standing.ts';
import { holding as holdingOf } from '../haresources/step.ts';
import type { NewestHeard, NodeView } from '../membership/types.ts';
import { incompletePeers, nodeViews } from '../membership/views.ts';
import type { Hold } from '../message/messages.ts';
import type { Instant, NodeName } from '../units.ts';
import type { NodeState } from './state.ts';

/** The nodes of which packets are missing, and the newest that was heard of each. */
export const incompleteNodes = (state: NodeState): readonly NewestHeard[] =>
  incompletePeers(state.membership);

/** The nodes as the client API shows them, in the order of ha.cf, then the ping nodes. */
export const clusterNodes = (state: NodeState): readonly NodeView[] => nodeViews(state.membership);

/** The other normal nodes that are not dead, so that they have to be asked. */
export const expectedPeers = (state: NodeState): readonly NodeName[] =>
  clusterNodes(state)
    .filter(({ name, type }) => type === 'normal' && name !== state.settings.self)
    .filter(({ status }) => status !== 'dead')
    .map(({ name }) => name);

/** What `cl_status rscstatus` says. */
export const holding = (state: NodeState): Hold | 'transition' => holdingOf(state.resources);

/** How this node stands to its haresources, for `readStanding`. */
export const standing = (state: NodeState): string => standingWords(state.resources);

/** Whether this node has quorum and why, in words for people. */
export const quorum = ({ quorum: { verdict } }: NodeState): string =>
  verdict === undefined ? 'not counted yet' : quorumText(verdict);

/** How far the fencing of silent nodes is, in words for people. */
export const fencing = (state: NodeState, now: Instant): string => fencingText(state.fencing, now);

/** What the watching of services has found here, in words for people. */
export const monitor = (state: NodeState): string => monitorText(state.resources);
