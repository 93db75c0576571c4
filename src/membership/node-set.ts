/**
 * Which nodes the cluster has, while it runs: `hb_addnode`, `hb_delnode`, `hb_setweight`, `hb_setsite`. Every node carries
 * them out by itself, the sender too, and with the same result; nothing of it outlives the daemon (spec membership 8).
 */
import { type Body, maxClusterNodes, type NodeChange } from '../message/messages.ts';
import type { Instant, NodeName } from '../units.ts';
import { expectNoAcks } from './acks.ts';
import { silentLinks } from './links.ts';
import { knownUuid } from './speaking.ts';
import {
  type Attributes,
  type Membership,
  type Turn,
  chain,
  defaultAttributes,
  newPeer,
  report,
  turn,
} from './state.ts';

/** Whether the body asks for a change of nodes. */
export function isNodeChange(body: Body): body is NodeChange {
  const { t } = body;
  return t === 'addnode' || t === 'delnode' || t === 'setweight' || t === 'setsite';
}

/** What becomes of the cluster when an operator, here or elsewhere, asks for this change. */
export function changeNodes(state: Membership, change: NodeChange, now: Instant): Turn {
  switch (change.t) {
    case 'addnode':
      return chain(
        turn(state),
        ...change.nodelist.map((node) => (next: Membership) => addNode(next, node, now)),
      );
    case 'delnode':
      return removeNodes(state, change.nodelist);
    case 'setweight':
      return setAttributes(state, change.node, { weight: change.weight });
    case 'setsite':
      return setAttributes(state, change.node, { site: change.site });
  }
}

function addNode(state: Membership, node: NodeName, now: Instant): Turn {
  const told = report({ kind: 'adding-node', name: node });
  const isKnown = state.nodes.includes(node) || state.pings.has(node);
  if (isKnown) return turn(state, told, report({ kind: 'node-exists', name: node }));
  if (state.nodes.length >= maxClusterNodes) {
    return turn(state, told, report({ kind: 'too-many-nodes', name: node }));
  }
  const links = silentLinks(state.settings.links ?? []);
  const { peer, random } = newPeer(node, links, state.random);
  const added: Membership = {
    ...state,
    random,
    nodes: [...state.nodes, node],
    deleted: state.deleted.filter(({ name }) => name !== node),
    peers: new Map(state.peers).set(node, { ...peer, life: { kind: 'init', heardAt: now } }),
  };
  return turn(added, told, { kind: 'node-added', node });
}

/** All of the list or none: each has to be dead, and everybody else alive, so that no live node is left out of it. */
function removeNodes(state: Membership, list: readonly NodeName[]): Turn {
  const alive = list.find((node) => isKnown(state, node) && statusOf(state, node) !== 'dead');
  if (alive !== undefined) return turn(state, report({ kind: 'deleted-not-dead', name: alive }));
  const missing = state.nodes.find((node) => !list.includes(node) && !isPresent(state, node));
  if (missing !== undefined) {
    const status = statusOf(state, missing);
    return turn(state, report({ kind: 'others-not-alive', name: missing, status }));
  }
  return chain(turn(state), ...list.map((node) => (next: Membership) => removeNode(next, node)));
}

const isKnown = (state: Membership, node: NodeName): boolean => state.nodes.includes(node);

const statusOf = (state: Membership, node: NodeName): 'alive' | 'dead' | 'init' =>
  state.peers.get(node)?.life.kind ?? 'alive';

/** Up or active: a node that has only just said `init` may still be anything. */
function isPresent(state: Membership, node: NodeName): boolean {
  const life = state.peers.get(node)?.life;
  const status =
    life === undefined ? state.status : life.kind === 'alive' ? life.status : life.kind;
  return status === 'up' || status === 'active';
}

function removeNode(state: Membership, node: NodeName): Turn {
  const told = report({ kind: 'removing-node', name: node });
  if (!state.peers.has(node)) return turn(state, told, report({ kind: 'not-a-node', name: node }));
  const peers = new Map(state.peers);
  peers.delete(node);
  const attributes = new Map(state.attributes);
  attributes.delete(node);
  const { weight, site } = state.attributes.get(node) ?? defaultAttributes;
  const deleted = { name: node, uuid: knownUuid(state, node), weight, site };
  const removed: Membership = {
    ...state,
    nodes: state.nodes.filter((one) => one !== node),
    deleted: [...state.deleted.slice(1 - maxClusterNodes), deleted],
    outgoing: expectNoAcks(state.outgoing, node),
    attributes,
    peers,
  };
  return turn(removed, told, { kind: 'node-removed', node });
}

/** C says nothing about a node that it does not know, either. */
function setAttributes(state: Membership, node: NodeName, change: Partial<Attributes>): Turn {
  if (!isKnown(state, node)) return turn(state);
  const known = state.attributes.get(node) ?? defaultAttributes;
  return turn({
    ...state,
    attributes: new Map(state.attributes).set(node, { ...known, ...change }),
  });
}
