/** Who sent a message: nodes are known by name, and a name belongs to one uuid (spec wire 6.2, 7, 9). */
import type { Header, Message } from '../message/messages.ts';
import { type Instant, elapsed } from '../units.ts';
import { knownUuid } from './speaking.ts';
import type { Membership, Peer } from './state.ts';

export type Sender =
  | { readonly kind: 'peer'; readonly peer: Peer }
  /** Our own message came back over a medium. */
  | { readonly kind: 'echo' }
  /** A message of an earlier life of ours. */
  | { readonly kind: 'old-echo' }
  | { readonly kind: 'name-clash' }
  | { readonly kind: 'unknown' }
  /** `known` is what the packet contradicts. */
  | { readonly kind: 'uuid-conflict'; readonly uuid: string; readonly known: string };

/** Who sent the message, as far as name, uuid and generation agree with what we know. */
export function identify(state: Membership, message: Message, now: Instant): Sender {
  const { header } = message;
  if (header.src === state.settings.self) return identifySelf(state, header);
  const peer = state.peers.get(header.src);
  if (peer === undefined) return { kind: 'unknown' };
  return uuidConflict(state, peer, message, now) ?? { kind: 'peer', peer };
}

function identifySelf(state: Membership, header: Header): Sender {
  const { uuid } = state.settings;
  const { generation } = state;
  if ((header.srcuuid ?? uuid) !== uuid || header.hg > generation) return { kind: 'name-clash' };
  if (header.hg < generation) return { kind: 'old-echo' };
  // A clone of our disk may even share our generation, but not our counter.
  const isOurs = (header.seq ?? 0) <= state.outgoing.lastSeq;
  return isOurs ? { kind: 'echo' } : { kind: 'name-clash' };
}

/** A uuid of another node is always refused, a new one unless the node has restarted with it. */
function uuidConflict(
  state: Membership,
  peer: Peer,
  { header }: Message,
  now: Instant,
): Sender | undefined {
  const uuid = header.srcuuid;
  if (uuid === undefined || uuid === peer.uuid) return undefined;
  const owner = state.nodes.find((node) => knownUuid(state, node) === uuid);
  if (owner !== undefined) return { kind: 'uuid-conflict', uuid, known: `the uuid of ${owner}` };
  if (peer.uuid === undefined) return undefined;
  const known = `what ${peer.name} has told in this generation`;
  if (header.hg <= peer.generation) return { kind: 'uuid-conflict', uuid, known };
  return speaksStill(state, peer, now)
    ? { kind: 'uuid-conflict', uuid, known: `the other ${peer.name}, which speaks, too` }
    : undefined;
}

/** Who has restarted was silent for a while; of two machines with one name the first goes on. */
const speaksStill = ({ settings }: Membership, { life }: Peer, now: Instant): boolean =>
  life.kind === 'alive' && elapsed(life.heardAt, now) < settings.deadtime / 2;

/** Whether we are meant: `destuuid` decides over `dest`; none of them means all (spec wire 6.2 row 8). */
export function isForUs(state: Membership, header: Header): boolean {
  const { dest, destuuid } = header;
  if (destuuid !== undefined) return destuuid === state.settings.uuid;
  return dest === undefined || dest === state.settings.self;
}

/** Unnumbered messages go by `dest` alone (spec wire 6.2 row 6). */
export function isNamed(state: Membership, header: Header): boolean {
  return header.dest === undefined || header.dest === state.settings.self;
}
