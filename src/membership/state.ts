/** What the membership engine knows, and the small steps that all its parts are built of. */
import { assert } from '../assert.ts';
import type { Message, NodeStatus } from '../message/messages.ts';
import { type RandomState, nextRandom } from '../random.ts';
import { type Instant, type Millis, type NodeName, millis, never } from '../units.ts';
import { ackEvery } from './acks.ts';
import { type Links, silentLinks } from './links.ts';
import { type Outgoing, nothingSent } from './outgoing.ts';
import { type Pings, silentPings } from './pings.ts';
import type { MembershipReport } from './reports.ts';
import type { Track } from './sequence.ts';
import type { MembershipEffect, MembershipSettings } from './types.ts';

/** The dead time we announce is longer for a while after the start (spec membership 2.1). */
const raisedBy: Millis = millis(2000);
/** What a node that restarts itself asks for on top (spec membership 5.3). */
const patienceForRestart: Millis = millis(30_000);
export const raisedFor: Millis = millis(5000);

/**
 * A peer's life as this node sees it.
 *
 *   init ──status──▶ alive ◀──status── dead
 *     └──initdead──────┼────────────────▲
 *                      └──silence─for─dt┘
 */
export type Life =
  /** No status of it since we started. */
  | { readonly kind: 'init'; readonly heardAt: Instant }
  | {
      readonly kind: 'alive';
      readonly status: NodeStatus;
      /** When its last status came, or when we woke from a sleep of our own. */
      readonly heardAt: Instant;
      /** The dead time it announces for itself. */
      readonly dt: Millis;
      /** Number and wall clock of its newest status; undefined after a change of generation. */
      readonly newest: { readonly seq: number; readonly ts: number } | undefined;
    }
  | { readonly kind: 'dead'; readonly heardAt: Instant };

/** A message that waits for its sender's first status. */
interface HeldMessage {
  readonly link: string;
  readonly message: Message;
  readonly seq: number;
  readonly at: Instant;
}

/** What a peer of unknown or new generation, or a dead one, said before its first status. */
export interface Held {
  readonly hg: number;
  /** The lowest number seen: from there on everything is asked for again if need be. */
  readonly from: number;
  /** At most 64, each for at most a second. */
  readonly messages: readonly HeldMessage[];
}

export interface Peer {
  readonly name: NodeName;
  /** 16 bytes as a byte string; undefined until it is told. */
  readonly uuid: string | undefined;
  /** The highest known; 0 before the first status. It outlives death, so that old packets stay old. */
  readonly generation: number;
  /** A status came since we started. */
  readonly everHeard: boolean;
  readonly life: Life;
  readonly track: Track;
  readonly links: Links;
  readonly held: Held | undefined;
  /** Which numbers modulo 10 of this peer we acknowledge. */
  readonly ackTrigger: number;
  /** The last number acknowledged in this life of the peer; 0 for none. */
  readonly ackSent: number;
  /** It has said `shutdone`: its silence is no wonder. */
  readonly left: boolean;
  /** Whether its statements are those of this implementation; undefined before it has made one. */
  readonly isOurs: boolean | undefined;
  /** Whom it says that it hears; undefined for a node that does not say so. */
  readonly hears: readonly string[] | undefined;
  /** When `node-late` was said of it last. */
  readonly saidLateAt: Instant | undefined;
  /** It was silent for so long that it may have declared us dead, and was not heard since. */
  readonly missesUs: boolean;
  /** When a message of an older generation was last refused while it was silent. */
  readonly refusedAt: Instant | undefined;
}

/** What is told of a node to whoever counts votes; it has no other effect here (spec membership 8, 10). */
export interface Attributes {
  readonly weight: number;
  readonly site: string;
}

export const defaultAttributes: Attributes = { weight: 100, site: '' };

/** What is remembered of a node that was removed. */
export interface DeletedNode extends Attributes {
  readonly name: NodeName;
  /** 16 bytes as a byte string; undefined if it never told. */
  readonly uuid: string | undefined;
}

/** How far the exchange of node lists is that ends the start-up (spec membership 1.2, 1.3). */
export type Handshake =
  /** Some peer was neither heard nor declared dead. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'asking'; readonly node: NodeName; readonly askAt: Instant }
  | { readonly kind: 'done' };

/** By kind of report and, at most, name of a configured node: as many entries as there can be of these. */
type Limiter = ReadonlyMap<string, { readonly until: Instant; readonly suppressed: number }>;

export interface Membership {
  readonly settings: MembershipSettings;
  /** Ours; raised in the midst of a life when others may have declared us dead. */
  readonly generation: number;
  /** The highest generation that is on the disk. */
  readonly reserved: number;
  /** The highest that others say they have heard of us, if that is not below ours; 0 when they refuse nothing. */
  readonly behind: number;
  /** `never` before the event `start`; nothing else counts until then. */
  readonly startedAt: Instant;
  readonly lastEventAt: Instant;
  readonly status: 'init' | 'up' | 'active';
  /** Our announced dead time is raised. */
  readonly raised: boolean;
  /** We are about to restart ourselves: the others are to wait for us. */
  readonly restarting: boolean;
  readonly nextStatusAt: Instant;
  /** Off for good once a peer turns out not to know the protocol (spec membership 1.2). */
  readonly flowControl: boolean;
  readonly handshake: Handshake;
  readonly ownLinks: Links;
  /** Normal nodes, this one included: in the order of ha.cf, then those that were added; at most 100. */
  readonly nodes: readonly NodeName[];
  /** Nodes that were removed and not added again, oldest first; at most 100. */
  readonly deleted: readonly DeletedNode[];
  /** Only of nodes whose weight or site was set. */
  readonly attributes: ReadonlyMap<NodeName, Attributes>;
  /** Every one of `nodes` but ourselves, in that order. */
  readonly peers: ReadonlyMap<NodeName, Peer>;
  /** In the order of ha.cf. */
  readonly pings: Pings;
  readonly outgoing: Outgoing;
  /** When another node with our name was heard last. */
  readonly clashAt: Instant | undefined;
  readonly random: RandomState;
  readonly limiter: Limiter;
}

/** What a step leaves behind. */
export interface Turn {
  readonly state: Membership;
  /** To be carried out in their order. */
  readonly effects: readonly MembershipEffect[];
}

/** A node that has not started; all instants are `never` until it does. */
export function createMembership(settings: MembershipSettings): Membership {
  const others = settings.nodes.filter((node) => node !== settings.self);
  const links = silentLinks(settings.links ?? []);
  let random: RandomState = { seed: settings.seed };
  const peers = new Map<NodeName, Peer>();
  for (const name of others) {
    const drawn = newPeer(name, links, random);
    random = drawn.random;
    peers.set(name, drawn.peer);
  }
  return {
    settings,
    generation: settings.generation,
    reserved: settings.generation,
    behind: 0,
    startedAt: never,
    lastEventAt: never,
    status: 'init',
    raised: true,
    restarting: false,
    nextStatusAt: never,
    flowControl: true,
    handshake: { kind: 'waiting' },
    ownLinks: links,
    nodes: settings.nodes,
    deleted: [],
    attributes: new Map(),
    peers,
    pings: silentPings(settings.pingNodes ?? []),
    outgoing: nothingSent,
    clashAt: undefined,
    random,
    limiter: new Map(),
  };
}

/** A peer that was never heard; `never` is to become the moment from which its silence counts. */
export function newPeer(
  name: NodeName,
  links: Links,
  random: RandomState,
): { readonly peer: Peer; readonly random: RandomState } {
  const drawn = nextRandom(random);
  const ackTrigger = Math.floor(drawn.value * ackEvery);
  return { peer: { ...silentPeer, name, links, ackTrigger }, random: drawn.state };
}

const silentPeer: Omit<Peer, 'name' | 'links' | 'ackTrigger'> = {
  uuid: undefined,
  generation: 0,
  everHeard: false,
  life: { kind: 'init', heardAt: never },
  track: { kind: 'fresh', floor: 0 },
  held: undefined,
  ackSent: 0,
  left: false,
  isOurs: undefined,
  hears: undefined,
  saidLateAt: undefined,
  missesUs: false,
  refusedAt: undefined,
};

/** The dead time we announce now. */
export function announcedDt(state: Membership): Millis {
  const patience = state.restarting ? patienceForRestart : 0;
  return millis(state.settings.deadtime + (state.raised ? raisedBy : 0) + patience);
}

/** A peer that must exist. */
export function peerOf(state: Membership, name: NodeName): Peer {
  const peer = state.peers.get(name);
  assert(peer !== undefined, `no peer named ${name}`);
  return peer;
}

/** The state with some facts of a peer changed. */
export function withPeer(state: Membership, name: NodeName, facts: Partial<Peer>): Membership {
  const peer = { ...peerOf(state, name), ...facts };
  return { ...state, peers: new Map(state.peers).set(name, peer) };
}

/** A turn of these effects. */
export function turn(state: Membership, ...effects: readonly MembershipEffect[]): Turn {
  return { state, effects };
}

/** One turn after the other, the effects in that order. */
export function chain(start: Turn, ...steps: readonly ((state: Membership) => Turn)[]): Turn {
  let { state } = start;
  const effects = [...start.effects];
  for (const step of steps) {
    const next = step(state);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

/** A line for the log. */
export function report(about: MembershipReport): MembershipEffect {
  return { kind: 'report', report: about };
}

/** A link's change, for the log and for the others. */
export function linkEffects(
  node: NodeName,
  link: string,
  status: 'up' | 'dead',
): readonly MembershipEffect[] {
  return [report({ kind: 'link', node, link, status }), { kind: 'link', node, link, status }];
}
