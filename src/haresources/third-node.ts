/**
 * What a C node says when a third node has died. It knows two words only, `local` and `foreign`: it has the dead node's
 * groups and says that it holds everything foreign, ours included, forgets what we said, and starts its own groups
 * wherever they run (spec resources 5; seen with C when a node that was added never came). A C node that has declared
 * *us* dead says the same and means it; it tells everybody whom it declared dead (`stonith`), and that is the difference.
 */
import type { Hold } from '../message/messages.ts';
import type { NodeName } from '../units.ts';
import { claimed, claimedBy, overlap, ownersOf } from './hold.ts';
import { announce, isStable } from './responsibility.ts';
import { patchPeer, type Peer, type Resources, type Turn } from './state.ts';

/** `by` tells that it has declared `node` dead; if that is a third one, it is told again what we hold. */
export function buried(turn: Turn, by: NodeName, node: NodeName): Turn {
  const peer = turn.state.peers.get(by);
  if (peer === undefined || peer.isOurs === true || peer.buried.includes(node)) return turn;
  const told = patchPeer(turn, by, { buried: [...peer.buried, node] });
  if (node === turn.state.settings.self) return patchPeer(told, by, { mistaken: [] });
  return told.state.phase.kind === 'stable' ? announce(told, isStable(told.state)) : told;
}

/** What `from` claims with this word, and has from nobody: we hold it and have not given it up. */
export function mistakenClaims(state: Resources, from: NodeName, hold: Hold): NodeName[] {
  const peer = state.peers.get(from);
  if (peer === undefined || !buriedOnlyOthers(state, peer)) return [];
  const { nodes, self } = state.settings;
  const ours = ownersOf(nodes, self, claimed(state));
  const before = claimedBy(state, from);
  return ownersOf(nodes, from, hold).filter(
    (owner) => owner !== from && ours.includes(owner) && !before.includes(owner),
  );
}

/** The groups of `from` that we hold and that it has just started as well: it will never stop them for us. */
export function startedAnyway(state: Resources, from: NodeName): NodeName[] {
  const peer = state.peers.get(from);
  if (peer === undefined || !buriedOnlyOthers(state, peer)) return [];
  return overlap(state, from).filter((owner) => owner === from);
}

const buriedOnlyOthers = (state: Resources, { buried: dead }: Peer): boolean =>
  dead.length > 0 && !dead.includes(state.settings.self);
