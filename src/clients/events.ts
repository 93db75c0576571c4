/** Which events a client gets (spec client-api 8.1). */
import { valueOf, type Field } from '../message/messages.ts';
import type { NodeName } from '../units.ts';

/** The bit of each kind in an event mask; the first is the default, the others are for debugging. */
const bits = {
  /** What changes something. */
  keep: 0x01,
  /** Life signs that change nothing. */
  'no-change': 0x02,
  /** Messages that are not for this node, and old ones. */
  dropped: 0x04,
  /** The newest message of a node once more, over another medium. */
  duplicate: 0x08,
  /** What clients say to the daemon. */
  'api-call': 0x10,
  /** Requests for lost packets. */
  protocol: 0x20,
} as const;

export type EventKind = keyof typeof bits;

export const defaultMask: number = bits.keep;
export const knownMask = 0x3f;

/** The newest packet that was heard of a node. */
export interface Newest {
  readonly node: NodeName;
  readonly generation: number;
  readonly seq: number;
}

/** What a client is to get. */
export interface Listener {
  readonly id: string;
  readonly mask: number;
  /**
   * Of nodes of which packets were missing when the client signed on: what these still send of that time is older than
   * what the client knows.
   */
  readonly heardBefore: readonly Newest[];
}

/** Whether `listener` gets an event of that kind; `to_id` names the only one to get it. */
export function isFor(listener: Listener, kind: EventKind, fields: readonly Field[]): boolean {
  if ((listener.mask & bits[kind]) === 0) return false;
  const to = valueOf(fields, 'to_id');
  if (to !== undefined && to !== listener.id) return false;
  return listener.heardBefore.length === 0 || !isOlder(fields, listener.heardBefore);
}

function isOlder(fields: readonly Field[], heardBefore: readonly Newest[]): boolean {
  const src = valueOf(fields, 'src');
  const newest = heardBefore.find(({ node }) => node === src);
  const seq = hex(valueOf(fields, 'seq'));
  const generation = hex(valueOf(fields, 'hg'));
  if (newest === undefined || seq === undefined || generation === undefined) return false;
  return generation < newest.generation || (generation === newest.generation && seq < newest.seq);
}

/** Undefined for what has no number, as the daemon's own findings. */
function hex(word: string | undefined): number | undefined {
  const number = Number.parseInt(word ?? '', 16);
  return Number.isNaN(number) ? undefined : number;
}
