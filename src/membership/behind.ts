/**
 * A node that has lost its file of generations takes the time of day for one, and its clock may have been set back: all
 * refuse it then, as C does for ever (spec membership 1.4). Nodes of ours say in their status which generation of a refused
 * node they know, and it goes on with the next one. A field of ours, which C passes over.
 */
import { text, valueOf, type Field, type Header, type Message } from '../message/messages.ts';
import { type Instant, type NodeName, elapsed } from '../units.ts';
import { type Membership, type Turn, turn, withPeer } from './state.ts';

const fieldName = 'known';
/** The wire's numbers have 32 bits with a sign in C; the next one must fit, too. */
const highest = 0x7ffffffd;

/** A message of an older generation was refused. While the peer lives in the newer one, that is a replay or a clone of it. */
export function noteRefused(state: Membership, { src, hg }: Header, now: Instant): Membership {
  const peer = state.peers.get(src);
  const isBehind = peer !== undefined && peer.life.kind !== 'alive' && hg < peer.generation;
  return isBehind ? withPeer(state, src, { refusedAt: now }) : state;
}

/** For our status: the generations of the silent peers that were refused lately; `node:generation`, in hex. */
export function knownFields(state: Membership, now: Instant): readonly Field[] {
  const behind = Array.from(state.peers.values()).filter(
    ({ life, refusedAt }) =>
      refusedAt !== undefined &&
      life.kind !== 'alive' &&
      elapsed(refusedAt, now) < state.settings.deadtime,
  );
  if (behind.length === 0) return [];
  const words = behind.map(({ name, generation }) => `${name}:${generation.toString(16)}`);
  return [text(fieldName, words.join(' '))];
}

/** Another node's status says which generation of ours it has heard: one that we have not reached is asked for. */
export function hearKnown(state: Membership, { fields }: Message): Turn {
  const heard = generationIn(valueOf(fields, fieldName) ?? '', state.settings.self);
  if (heard < state.generation || heard <= state.behind || heard > highest) return turn(state);
  return turn({ ...state, behind: heard }, { kind: 'reserve-generation', generation: heard + 1 });
}

function generationIn(words: string, self: NodeName): number {
  const mine = words.split(' ').find((word) => word.startsWith(`${self}:`)) ?? '';
  const digits = mine.slice(self.length + 1);
  return /^[0-9a-f]{1,8}$/.test(digits) ? parseInt(digits, 16) : 0;
}
