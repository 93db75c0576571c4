/** The `NS_*` messages: acknowledgements, requests for lost packets and their refusal (spec wire 6.4, 6.5). */
import type { Body, Message } from '../message/messages.ts';
import { millis } from '../units.ts';
import { acknowledge, hearOver } from './accepting.ts';
import { takeAck } from './acks.ts';
import { nakRexmitDraft, rexmitDraft } from '../message/drafts.ts';
import { isNamed } from './identity.ts';
import { reportSometimes } from './limiter.ts';
import { type Answer, type Request, answer } from './outgoing.ts';
import { askForMissing, without } from './sequence.ts';
import { submit } from './speaking.ts';
import { type Membership, type Peer, type Turn, chain, peerOf, turn, withPeer } from './state.ts';
import type { Moment } from './types.ts';

type BodyOf<T extends Body['t']> = Extract<Body, { readonly t: T }>;

/** An unnumbered message that came in. */
export interface Aside {
  readonly peer: Peer;
  readonly link: string;
  readonly message: Message;
}

/**
 * What becomes of an unnumbered message. It carries no proof of its age but the generation, so that of an earlier
 * one is passed over (spec wire 3.5); it says nothing about who is alive.
 */
export function receiveUnnumbered(state: Membership, aside: Aside, moment: Moment): Turn {
  const { header, body } = aside.message;
  if (header.hg < aside.peer.generation || body.t === 'NS_st') return turn(state);
  // A refusal ends the search whoever had asked: the packet is gone for all.
  if (body.t === 'NS_nak_rexmit') return takeNak(state, aside, body, moment);
  if (!isNamed(state, header)) return turn(state);
  return chain(countLink(state, aside, moment), (next) => act(next, aside, moment));
}

function countLink(state: Membership, { peer, link, message }: Aside, moment: Moment): Turn {
  const isPresent = peer.life.kind === 'alive' && message.header.hg === peer.generation;
  return isPresent ? hearOver(state, { node: peer.name, link, seq: 0 }, moment.now) : turn(state);
}

function act(state: Membership, { peer, message }: Aside, moment: Moment): Turn {
  const { body } = message;
  if (body.t === 'NS_ackmsg') return hearAck(state, peer, body, moment);
  if (body.t === 'NS_rexmit') return answerRexmit(state, { from: peer.name, ...body }, moment);
  if (body.t !== 'other') return turn(state);
  return hearOther(state, { peer, message }, body.type, moment);
}

/** A type that is not ours to know is delivered; of our own types, one that could not be interpreted is not. */
function hearOther(
  state: Membership,
  arrival: { readonly peer: Peer; readonly message: Message },
  type: string,
  moment: Moment,
): Turn {
  if (type === 'NS_rexmit') {
    return reportSometimes(state, { kind: 'bad-rexmit', node: arrival.peer.name }, moment.now);
  }
  return ownTypes.has(type)
    ? turn(state)
    : turn(state, { kind: 'deliver', message: arrival.message });
}

const ownTypes: ReadonlySet<string> = new Set(['NS_st', 'NS_ackmsg', 'NS_nak_rexmit']);

function hearAck(state: Membership, peer: Peer, body: BodyOf<'NS_ackmsg'>, moment: Moment): Turn {
  if (!state.flowControl) return turn(state);
  const verdict = takeAck(state.outgoing, peer.name, body.ackseq);
  switch (verdict.kind) {
    case 'taken':
      return turn({ ...state, outgoing: verdict.outgoing });
    case 'idle':
      return turn(state);
    case 'corrupt':
      return reportSometimes(
        state,
        {
          kind: 'corrupt-ack',
          node: peer.name,
          ackseq: body.ackseq,
          highest: state.outgoing.lastSeq,
        },
        moment.now,
      );
  }
}

function answerRexmit(state: Membership, request: Request, moment: Moment): Turn {
  const highest = state.outgoing.lastSeq;
  const quiet = millis(Math.max(0, state.settings.maxRexmitDelay - 10));
  const { outgoing, answers } = answer(state.outgoing, request, quiet, moment.now);
  const steps = answers.map((one) => (next: Membership) => send(next, one, request, moment));
  const told =
    request.lastseq > Math.max(highest, state.outgoing.spent)
      ? reportSometimes(state, { kind: 'rexmit-beyond', seq: request.lastseq, highest }, moment.now)
      : turn(state);
  return chain(told, (next) => turn({ ...next, outgoing }), ...steps);
}

function send(state: Membership, one: Answer, request: Request, moment: Moment): Turn {
  switch (one.kind) {
    case 'again':
      return turn(state, { kind: 'transmit', fields: one.fields, isRepeat: true });
    case 'gone':
      return submit(state, nakRexmitDraft(request.from, one.seq), moment);
  }
}

function takeNak(
  state: Membership,
  aside: Aside,
  body: BodyOf<'NS_nak_rexmit'>,
  moment: Moment,
): Turn {
  const { name, track, generation } = aside.peer;
  const seq = body.firstseq;
  const isMissing = track.kind === 'following' && track.missing.some((lost) => lost.seq === seq);
  if (!isMissing || aside.message.header.hg !== generation) return turn(state);
  return chain(
    reportSometimes(state, { kind: 'irretrievably-lost', node: name, seq }, moment.now),
    (next) => turn(withPeer(next, name, { track: without(track, seq) })),
    (next) => acknowledge(next, name, moment),
  );
}

/** Asks `peer` for the packets whose time has come. */
export function requestMissing(state: Membership, name: Peer['name'], moment: Moment): Turn {
  const { track } = peerOf(state, name);
  if (track.kind === 'fresh') return turn(state);
  const asked = askForMissing(track, moment.now, state.settings.maxRexmitDelay);
  const steps = asked.requests.map(
    ({ first, last }) =>
      (next: Membership) =>
        submit(next, rexmitDraft(name, first, last), moment),
  );
  return chain(turn(withPeer(state, name, { track: asked.track })), ...steps);
}
