/** The way of a message in: whose it is, and of which of its sender's lives (spec wire 6.2). */
import type { Message } from '../message/messages.ts';
import type { Instant, NodeName } from '../units.ts';
import { type Packet, accept } from './accepting.ts';
import { noteRefused } from './behind.ts';
import { comeBack } from './hearing-status.ts';
import { hold } from './holding.ts';
import { type Sender, identify, isForUs } from './identity.ts';
import { reportSometimes } from './limiter.ts';
import { hearLink, renumberLinks } from './links.ts';
import { answeringPing, hearPing } from './ping-nodes.ts';
import { place } from './sequence.ts';
import {
  type Life,
  type Membership,
  type Peer,
  type Turn,
  chain,
  linkEffects,
  peerOf,
  report,
  turn,
  withPeer,
} from './state.ts';
import type { MembershipEffect, MembershipEvent, Moment } from './types.ts';
import { receiveUnnumbered } from './unnumbered.ts';

type Arrival = Extract<MembershipEvent, { readonly kind: 'message' }>;

/** What becomes of an authentic message. */
export function receive(state: Membership, arrival: Arrival, moment: Moment): Turn {
  const { link, message } = arrival;
  const ping = answeringPing(state, link, message);
  if (ping !== undefined) return hearPing(state, ping, message, moment.now);
  const sender = identify(state, message, moment.now);
  switch (sender.kind) {
    case 'peer':
      return receiveFrom(state, sender.peer, arrival, moment);
    case 'echo':
      return hearSelf(state, link, moment.now);
    case 'old-echo':
      return turn(state);
    case 'name-clash':
    case 'unknown':
    case 'uuid-conflict':
      return refuse(state, sender, arrival, moment.now);
  }
}

/** The unnumbered messages are the `NS_*` types (spec wire 6.1). */
function receiveFrom(state: Membership, peer: Peer, arrival: Arrival, moment: Moment): Turn {
  const { link, message } = arrival;
  const { seq } = message.header;
  if (seq === undefined) return receiveUnnumbered(state, { peer, link, message }, moment);
  return receiveNumbered(state, { node: peer.name, link, message, seq }, moment);
}

/** Own messages only show which media work; that link is never declared dead (spec membership 2.2). */
function hearSelf(state: Membership, link: string, now: Instant): Turn {
  const { links, changed } = hearLink(state.ownLinks, link, 0, now);
  const effects = changed.flatMap((name) => linkEffects(state.settings.self, name, 'up'));
  return turn({ ...state, ownLinks: links }, ...effects);
}

function refuse(
  state: Membership,
  sender: Extract<Sender, { readonly kind: 'name-clash' | 'unknown' | 'uuid-conflict' }>,
  { from, message: { header } }: Arrival,
  now: Instant,
): Turn {
  switch (sender.kind) {
    case 'unknown':
      return reportSometimes(state, { kind: 'unknown-node', name: header.src, from }, now);
    case 'name-clash': {
      const { self } = state.settings;
      const uuid = header.srcuuid ?? '';
      const waits = state.status !== 'active';
      const clash = { kind: 'name-clash', self, uuid, generation: header.hg, waits, from } as const;
      return reportSometimes({ ...state, clashAt: now }, clash, now);
    }
    case 'uuid-conflict': {
      const { uuid, known } = sender;
      const conflict = { kind: 'uuid-conflict', node: header.src, uuid, known, from } as const;
      const noted = noteRefused(excuseUnheard(state, header.src, now), header, now);
      return reportSometimes(noted, conflict, now);
    }
  }
}

/** A node that we have to refuse from its first word on is not dead, and nothing is to be taken from it. */
function excuseUnheard(state: Membership, node: NodeName, now: Instant): Membership {
  const { life } = peerOf(state, node);
  return life.kind === 'init' ? withPeer(state, node, { life: { ...life, heardAt: now } }) : state;
}

function receiveNumbered(state: Membership, packet: Packet, moment: Moment): Turn {
  const { node } = packet;
  const { hg } = packet.message.header;
  const known = peerOf(state, node).generation;
  if (hg < known) {
    const noted = noteRefused(state, packet.message.header, moment.now);
    return reportSometimes(noted, { kind: 'replay', node, generation: hg, known }, moment.now);
  }
  if (hg === known) return receiveKnown(state, packet, moment);
  return receiveNewer(state, packet, moment);
}

function receiveKnown(state: Membership, packet: Packet, moment: Moment): Turn {
  const peer = peerOf(state, packet.node);
  if (peer.life.kind !== 'dead') return accept(state, packet, moment);
  if (place(peer.track, packet.seq) === 'old') return turn(state);
  if (!isStatusForUs(state, packet.message)) return turn(hold(state, packet, moment.now));
  const back = peer.everHeard ? comeBack(state, peer, false, moment) : turn(state);
  return chain(back, (next) => accept(next, packet, moment));
}

/** The peer has restarted, or is heard for the first time: only a status says so. */
function receiveNewer(state: Membership, packet: Packet, moment: Moment): Turn {
  if (!isStatusForUs(state, packet.message)) return turn(hold(state, packet, moment.now));
  const before = peerOf(state, packet.node);
  const isBack = before.everHeard && before.life.kind === 'dead' && goesOn(packet.message);
  return chain(
    adopt(state, packet, moment.now),
    (next) => (isBack ? comeBack(next, before, true, moment) : turn(next)),
    (next) => accept(next, packet, moment),
  );
}

/** Who starts says `init` or `up` first; one that is `active` at its first word goes on with a raised generation. */
const goesOn = ({ body }: Message): boolean => body.t === 'status' && body.st === 'active';

function isStatusForUs(state: Membership, { header, body }: Message): boolean {
  return body.t === 'status' && isForUs(state, header);
}

/** Begins to follow a new generation of a peer: numbers, late heartbeats and acknowledgements start anew. */
function adopt(state: Membership, packet: Packet, now: Instant): Turn {
  const peer = peerOf(state, packet.node);
  const { header } = packet.message;
  const uuid = header.srcuuid ?? peer.uuid;
  const renewed = withPeer(state, peer.name, {
    generation: header.hg,
    uuid,
    life: renew(peer.life, now),
    track: { kind: 'fresh', floor: 0 },
    links: renumberLinks(peer.links),
    held: peer.held !== undefined && peer.held.hg >= header.hg ? peer.held : undefined,
    ackSent: 0,
    left: false,
    isOurs: goesOn(packet.message) ? peer.isOurs : undefined,
    missesUs: peer.missesUs && goesOn(packet.message),
  });
  return turn(renewed, ...renewal(peer, uuid, goesOn(packet.message)));
}

function renew(life: Life, now: Instant): Life {
  return life.kind === 'alive'
    ? { ...life, heardAt: now, newest: undefined }
    : { kind: life.kind, heardAt: now };
}

function renewal(
  before: Peer,
  uuid: string | undefined,
  isGoingOn: boolean,
): readonly MembershipEffect[] {
  const node = before.name;
  const hasNewUuid = before.uuid !== undefined && uuid !== undefined && uuid !== before.uuid;
  const changed = hasNewUuid ? [report({ kind: 'uuid-changed', node, uuid })] : [];
  if (before.generation === 0) return changed;
  if (isGoingOn && before.everHeard)
    return [...changed, report({ kind: 'node-renewed', node }), { kind: 'node-renewed', node }];
  return [...changed, report({ kind: 'node-restarted', node }), { kind: 'node-restarted', node }];
}
