/** Saying something: numbers, stamps, remembers; and our own status, the life sign the others live by. */
import {
  type Control,
  hearsField,
  stampFields,
  statusDraft,
  takesNumber,
} from '../message/drafts.ts';
import { type Draft, valueOf } from '../message/messages.ts';
import { type NodeName, after, elapsed, millis } from '../units.ts';
import { knownFields } from './behind.ts';
import { reportSometimes } from './limiter.ts';
import { remember } from './outgoing.ts';
import { pingEffects } from './ping-nodes.ts';
import { type Membership, type Turn, announcedDt, chain, report, turn } from './state.ts';
import type { Moment } from './types.ts';

/**
 * Sends a message of ours. The numbered ones are remembered for those who miss them; such a message must fit into a
 * datagram, for its number cannot be taken back (spec wire 1).
 */
export function submit(state: Membership, draft: Draft, moment: Moment): Turn {
  const fields = stampFields(draft, controlOf(state, draft, moment));
  const outgoing = takesNumber(draft) ? remember(state.outgoing, fields) : state.outgoing;
  return turn({ ...state, outgoing }, { kind: 'transmit', fields, isRepeat: false });
}

function controlOf(state: Membership, draft: Draft, moment: Moment): Control {
  const { self, uuid, hopfudge } = state.settings;
  const control = {
    self,
    uuid,
    sequence: state.outgoing.lastSeq + 1,
    generation: state.generation,
    time: moment.wall,
    load: moment.load,
    timeToLive: hopfudge + state.nodes.length + state.pings.size,
  };
  const destinationUuid = destUuid(state, draft);
  return destinationUuid === undefined ? control : { ...control, destinationUuid };
}

/** Zero bytes stand for the uuid of a known node that has not told it yet (spec wire 4). */
function destUuid(state: Membership, draft: Draft): string | undefined {
  const dest = valueOf(draft, 'dest');
  const node = state.nodes.find((known) => known === dest);
  return node === undefined ? undefined : (knownUuid(state, node) ?? '\0'.repeat(16));
}

/** A node's uuid, 16 bytes as a byte string; undefined until it was told. */
export function knownUuid(state: Membership, node: NodeName): string | undefined {
  return node === state.settings.self ? state.settings.uuid : state.peers.get(node)?.uuid;
}

const heardNodes = ({ peers }: Membership): readonly NodeName[] =>
  Array.from(peers.values())
    .filter(({ life }) => life.kind === 'alive')
    .map(({ name }) => name);

/** Sends our status now, and a ping to every ping node; the regular one is not put off by it. */
export function sendStatus(state: Membership, moment: Moment): Turn {
  const status = statusDraft(state.status, announcedDt(state), state.flowControl);
  const hears = state.settings.tellsHearing === true ? [hearsField(heardNodes(state))] : [];
  const draft = [...status, ...hears, ...knownFields(state, moment.now)];
  return chain(submit(state, draft, moment), (next) => turn(next, ...pingEffects(next, moment)));
}

/** Takes a new status and tells it. */
export function setStatus(state: Membership, status: 'up' | 'active', moment: Moment): Turn {
  const told = turn({ ...state, status }, report({ kind: 'local-status', status }));
  return chain(
    told,
    (next) => sendStatus(next, moment),
    (next) => turn(next, { kind: 'local-status', status }),
  );
}

/** Sends the regular status, reports if that is late, and plans the next: in step with keepalive, not with lateness. */
export function sendRegularStatus(state: Membership, moment: Moment): Turn {
  const { keepalive } = state.settings;
  const limit = millis(10 + keepalive / 2);
  const delay = elapsed(state.nextStatusAt, moment.now);
  const inStep = after(state.nextStatusAt, keepalive);
  const nextStatusAt = inStep > moment.now ? inStep : after(moment.now, keepalive);
  return chain(
    delay > limit
      ? reportSometimes(state, { kind: 'dispatch-delayed', delay, limit }, moment.now)
      : turn(state),
    (next) => sendStatus({ ...next, nextStatusAt }, moment),
  );
}
