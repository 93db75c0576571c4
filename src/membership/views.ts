/** What the others may ask of the membership engine. */
import type { Header, Message, NodeStatus } from '../message/messages.ts';
import { elapsed, type Instant, type Millis, type NodeName, seconds } from '../units.ts';
import { unacked } from './acks.ts';
import { statusWord } from './hearing-status.ts';
import type { Links } from './links.ts';
import type { Ping } from './pings.ts';
import { knownUuid } from './speaking.ts';
import { defaultAttributes, type DeletedNode, type Membership } from './state.ts';
import type { LinkView, NewestHeard, NodeView } from './types.ts';

/** Every node in the order of ha.cf, this one included, those that were added, then the ping nodes, as `cl_status` shows them. */
export function nodeViews(state: Membership): readonly NodeView[] {
  const nodes = state.nodes.map((name) => nodeView(state, name));
  return [...nodes, ...Array.from(state.pings.values(), pingView)];
}

/** A normal node of the cluster, this one included, as those find it that count votes. */
export function voterOf(state: Membership, name: NodeName): Pick<NodeView, 'status' | 'weight'> {
  const peer = state.peers.get(name);
  const { weight } = state.attributes.get(name) ?? defaultAttributes;
  return { status: peer === undefined ? state.status : statusWord(peer.life), weight };
}

function pingView({ target, life }: Ping): NodeView {
  const isAlive = life === 'alive';
  const { name } = target;
  const links = [{ name, status: isAlive ? 'up' : 'dead' }] as const;
  return { name, type: 'ping', status: isAlive ? 'ping' : life, links, ...defaultAttributes };
}

/**
 * How many ping nodes have answered lately. One that was alive a while ago is not enough: when our own cable is cut, it
 * falls silent together with the peer, and may be declared dead later (spec membership 11.2).
 */
export function answeringPings({ pings, settings }: Membership, now: Instant): number {
  const lately = Math.max(2 * settings.keepalive, settings.deadtime / 2);
  return Array.from(pings.values()).filter(
    ({ life, heardAt }) => life === 'alive' && elapsed(heardAt, now) <= lately,
  ).length;
}

/** Whom a living peer says that it hears; undefined for others, and where it does not say so. */
export function hearingOf({ peers }: Membership, node: NodeName): readonly string[] | undefined {
  const peer = peers.get(node);
  return peer?.life.kind === 'alive' ? peer.hears : undefined;
}

function nodeView(state: Membership, name: NodeName): NodeView {
  const peer = state.peers.get(name);
  const uuid = knownUuid(state, name);
  const view: NodeView = {
    name,
    type: 'normal',
    status: peer === undefined ? state.status : statusWord(peer.life),
    links: linkViews(peer === undefined ? state.ownLinks : peer.links),
    ...(state.attributes.get(name) ?? defaultAttributes),
  };
  return uuid === undefined ? view : { ...view, uuid };
}

function linkViews(links: Links): readonly LinkView[] {
  return links.map(({ name, status }) => ({ name, status }));
}

/** The nodes that were removed from the cluster and not added again, oldest first. */
export function deletedNodes(state: Membership): readonly DeletedNode[] {
  return state.deleted;
}

/** This node's status: `init`, `up` or `active`. */
export function localStatus(state: Membership): NodeStatus {
  return state.status;
}

/** The peers that are not dead and were heard, in the order of ha.cf. */
export function livePeers(state: Membership): readonly NodeName[] {
  const peers = Array.from(state.peers.values());
  return peers.filter((peer) => peer.life.kind === 'alive').map((peer) => peer.name);
}

/** How long before its sender's last status a message was sent: by the sender's own clock, so no two clocks are compared. */
export function ageOf(state: Membership, { header }: Message): Millis {
  const life = state.peers.get(header.src)?.life;
  const newest = life?.kind === 'alive' ? life.newest : undefined;
  return seconds(Math.max(0, (newest?.ts ?? 0) - header.ts));
}

/** A peer's generation; undefined for one never heard. */
export function generationOf(state: Membership, node: NodeName): number | undefined {
  if (node === state.settings.self) return state.generation;
  const generation = state.peers.get(node)?.generation ?? 0;
  return generation === 0 ? undefined : generation;
}

/** Whether packets of its sender are missing that were sent before this one. */
export function isAfterGap(state: Membership, header: Header): boolean {
  const peer = state.peers.get(header.src);
  if (peer?.track.kind !== 'following' || peer.generation !== header.hg) return false;
  const [lowest] = peer.track.missing;
  return lowest !== undefined && lowest.seq < (header.seq ?? 0);
}

/** The peers of which packets are missing, and the newest that was heard of each. */
export function incompletePeers(state: Membership): readonly NewestHeard[] {
  return Array.from(state.peers.values()).flatMap(({ generation, name, track }) =>
    track.kind === 'following' && track.missing.length > 0
      ? [{ node: name, generation, seq: track.last }]
      : [],
  );
}

/** How many of our messages the slowest living peer has not acknowledged; 0 without flow control. */
export function unackedCount(state: Membership): number {
  return state.flowControl ? unacked(state.outgoing) : 0;
}
