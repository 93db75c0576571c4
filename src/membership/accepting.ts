/** A numbered message of a peer's present generation: is it new, what is missing, what is it for (spec wire 6.2). */
import type { Message } from '../message/messages.ts';
import { nextRandom } from '../random.ts';
import { type Instant, type NodeName, after } from '../units.ts';
import { ackDue } from './acks.ts';
import { ackDraft } from '../message/drafts.ts';
import { hearKnown } from './behind.ts';
import { answerReqnodes, takeRepnodes } from './handshake.ts';
import { hearStatus } from './hearing-status.ts';
import { isForUs } from './identity.ts';
import { reportSometimes } from './limiter.ts';
import { hearLink, isNewsForLink } from './links.ts';
import { changeNodes, isNodeChange } from './node-set.ts';
import { heardAgain, isVerdict, renew } from './renewal.ts';
import { type Placement, type Track, firstWait, highestOf, keep, place } from './sequence.ts';
import { submit } from './speaking.ts';
import {
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
import type { MembershipEffect, Moment } from './types.ts';

/** A numbered message that came in. */
export interface Packet {
  readonly node: NodeName;
  readonly link: string;
  readonly message: Message;
  readonly seq: number;
}

/** What becomes of a message whose generation is the sender's known one. */
export function accept(state: Membership, packet: Packet, moment: Moment): Turn {
  const peer = peerOf(state, packet.node);
  const placement = place(peer.track, packet.seq);
  if (placement !== 'old' && placement !== 'duplicate') {
    return keepPacket(state, packet, placement, moment);
  }
  // A copy over another medium: the link lives, and that is all.
  if (!isNewsForLink(peer.links, packet.link, packet.seq)) return turn(state);
  return hearOver(state, packet, moment.now);
}

function keepPacket(state: Membership, packet: Packet, placement: Placement, moment: Moment): Turn {
  return chain(
    follow(state, packet, placement, moment.now),
    (next) => hearOver(next, packet, moment.now),
    (next) => act(next, packet, moment),
    (next) => releaseHeld(next, packet.node, moment),
    (next) => acknowledge(next, packet.node, moment),
  );
}

/** A packet that counts came over a link. */
export function hearOver(
  state: Membership,
  packet: Pick<Packet, 'node' | 'link' | 'seq'>,
  now: Instant,
): Turn {
  const peer = peerOf(state, packet.node);
  const { links, changed } = hearLink(peer.links, packet.link, packet.seq, now);
  const effects = changed.flatMap((link) => linkEffects(packet.node, link, 'up'));
  return turn(withPeer(state, packet.node, { links }), ...effects);
}

function follow(state: Membership, packet: Packet, placement: Placement, now: Instant): Turn {
  const { maxRexmitDelay } = state.settings;
  const peer = peerOf(state, packet.node);
  const dice = nextRandom(state.random);
  const askAt = after(now, firstWait(maxRexmitDelay, dice.value));
  const from = peer.held?.hg === peer.generation ? peer.held.from : packet.seq;
  const { track, lost } = keep(peer.track, packet.seq, askAt, from);
  const uuid = peer.uuid ?? packet.message.header.srcuuid;
  const next = withPeer({ ...state, random: dice.state }, packet.node, { track, uuid });
  const told = gapReports(peer, track, placement, packet.seq);
  return chain(turn(next, ...told), (after) => giveUp(after, packet.node, lost, now));
}

function gapReports(
  before: Peer,
  after: Track,
  placement: Placement,
  seq: number,
): readonly MembershipEffect[] {
  const node = before.name;
  const last = highestOf(before.track);
  const lost = { kind: 'lost-packets', node, count: seq - last - 1, from: last, to: seq } as const;
  if (placement === 'gap') return [report(lost)];
  if (placement === 'leap') return [report(lost), report({ kind: 'lost-a-lot' })];
  const isWhole = after.kind === 'following' && after.missing.length === 0;
  return placement === 'found' && isWhole ? [report({ kind: 'none-missing', node })] : [];
}

/** Packets that no history holds any more. */
function giveUp(state: Membership, node: NodeName, lost: readonly number[], now: Instant): Turn {
  const steps = lost.map(
    (seq) => (next: Membership) =>
      reportSometimes(next, { kind: 'irretrievably-lost', node, seq }, now),
  );
  return chain(turn(state), ...steps);
}

/** Messages are acted upon in order of arrival, as the C daemon does (spec wire 6.2). */
function act(state: Membership, packet: Packet, moment: Moment): Turn {
  const { message, node, seq } = packet;
  const { body } = message;
  if (!isForUs(state, message.header)) return turn(state);
  if (body.t === 'status') {
    return chain(
      hearStatus(state, peerOf(state, node), { message, body, seq }, moment.now),
      (next) => heardAgain(next, node, moment),
      (next) => hearKnown(next, message),
    );
  }
  if (body.t === 'reqnodes') return answerReqnodes(state, node, moment);
  if (body.t === 'resource' && body.full)
    return deliver(withPeer(state, node, { isOurs: body.owners !== undefined }), message);
  if (body.t === 'shutdone') return deliver(withPeer(state, node, { left: true }), message);
  if (isVerdict(body, state.settings.self))
    return chain(renew(state, moment), (next) => deliver(next, message));
  if (body.t === 'repnodes') return takeRepnodes(state, node, body.nodelist, moment);
  if (isNodeChange(body)) return changeNodes(state, body, moment.now);
  if (body.t === 'other' && ownTypes.has(body.type)) return turn(state);
  return deliver(state, message);
}

const deliver = (state: Membership, message: Message): Turn =>
  turn(state, { kind: 'deliver', message });

/** Of these, one that could not be interpreted has its number taken, and is no business of others. */
const ownTypes: ReadonlySet<string> = new Set([
  ...['status', 'reqnodes', 'repnodes'],
  ...['addnode', 'delnode', 'setweight', 'setsite'],
]);

/** After a first status come the messages that overtook it, in the order of their numbers. */
function releaseHeld(state: Membership, node: NodeName, moment: Moment): Turn {
  const { held, life, generation } = peerOf(state, node);
  if (held?.hg !== generation || life.kind !== 'alive') return turn(state);
  const inOrder = [...held.messages].sort((one, other) => one.seq - other.seq);
  const steps = inOrder.map(
    ({ link, message, seq }) =>
      (next: Membership) =>
        accept(next, { node, link, message, seq }, moment),
  );
  return chain(turn(withPeer(state, node, { held: undefined })), ...steps);
}

/** Acknowledges what has become whole (spec wire 6.5). */
export function acknowledge(state: Membership, node: NodeName, moment: Moment): Turn {
  const { track, ackTrigger, ackSent } = peerOf(state, node);
  const due = state.flowControl ? ackDue(track, ackTrigger, ackSent) : undefined;
  if (due === undefined) return turn(state);
  return submit(withPeer(state, node, { ackSent: due }), ackDraft(node, due), moment);
}
