/** Nodes that come and go by `hb_addnode` and `hb_delnode` (spec membership 8). */
import type { NodeName } from '../units.ts';
import { newPeer, patch, type Resources, type Turn } from './state.ts';

/** A node that nobody has heard yet: it holds nothing, and nobody waits for it. */
export function added(turn: Turn, node: NodeName): Turn {
  const { peers, settings } = turn.state;
  if (peers.has(node)) return turn;
  const nodes = settings.nodes.includes(node) ? settings.nodes : [...settings.nodes, node];
  return patch(turn, {
    settings: { ...settings, nodes },
    peers: new Map(peers).set(node, { ...newPeer, alive: false, added: true }),
  });
}

/**
 * A dead node that is removed is still the owner of the groups that haresources gives it: who has them keeps them. One
 * that may still run them is not forgotten before it is certainly down.
 */
export function removed(turn: Turn, node: NodeName): Turn {
  if (turn.state.peers.get(node)?.uncleared !== false) return turn;
  const peers = new Map(turn.state.peers);
  peers.delete(node);
  return patch(turn, { peers });
}

/**
 * Whether nothing of this node is ever to be taken over: it was added, nobody has heard it, and no group has it as its
 * owner. A C node takes over for it when its dead time has passed, and claims everything (spec client-api 16).
 */
export function hasNothing(state: Resources, node: NodeName): boolean {
  const isNew = state.peers.get(node)?.added === true;
  return isNew && !state.groups.some(({ group }) => group.owner === node);
}
