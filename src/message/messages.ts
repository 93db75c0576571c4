/**
 * What heartbeat nodes say to each other, as types. Only types and their plain makers live here, so that the pure
 * rooms may share the vocabulary (docs/wire-protocol.md).
 *
 * Texts are "byte strings": each character is one byte (latin1), so that what came in goes out byte for byte.
 */
import type { NodeName } from '../units.ts';

/** One field of a message; `type` is the number of the wire (docs/wire-protocol.md, "Fields"). */
export type Field =
  | { readonly type: 0; readonly name: string; readonly value: string }
  | { readonly type: 1; readonly name: string; readonly value: string }
  | { readonly type: 2; readonly name: string; readonly fields: readonly Field[] }
  | { readonly type: 3; readonly name: string; readonly items: readonly string[] }
  | { readonly type: 4; readonly name: string; readonly value: string };

/** What a node holds, in the words of `rsc_hold`; local and foreign are relative to the node that says it. */
export type Hold = 'none' | 'local' | 'foreign' | 'all';

/** A node's own words for its status; other words are passed through as they are (at most 31 bytes). */
export type NodeStatus = string;

/** The fields every message carries. */
export interface Header {
  readonly src: NodeName;
  /** 16 bytes as a byte string. */
  readonly srcuuid?: string;
  readonly dest?: NodeName;
  readonly destuuid?: string;
  /** Absent for the unnumbered `NS_*` types; otherwise >= 1. */
  readonly seq?: number;
  /** Generation; 0 when absent. */
  readonly hg: number;
  /** Seconds since 1970 by the sender's clock; > 0. */
  readonly ts: number;
}

/** C's limit of normal nodes (spec membership 8). */
export const maxClusterNodes = 100;

/** What `hb_addnode`, `hb_delnode`, `hb_setweight` and `hb_setsite` ask of every node (spec membership 8). */
export type NodeChange =
  | { readonly t: 'addnode'; readonly nodelist: readonly NodeName[] }
  | { readonly t: 'delnode'; readonly nodelist: readonly NodeName[] }
  | { readonly t: 'setweight'; readonly node: NodeName; readonly weight: number }
  | { readonly t: 'setsite'; readonly node: NodeName; readonly site: string };

/** The body of a message, told apart by `t`. `other` is every type the daemon has no handler for. */
export type Body =
  | {
      readonly t: 'status';
      readonly st: NodeStatus;
      readonly dt?: number;
      readonly protocol: boolean;
    }
  | { readonly t: 'NS_st'; readonly st: NodeStatus; readonly info?: string }
  | { readonly t: 'NS_ackmsg'; readonly ackseq: number }
  | { readonly t: 'NS_rexmit'; readonly firstseq: number; readonly lastseq: number }
  | { readonly t: 'NS_nak_rexmit'; readonly firstseq: number; readonly info: string }
  | { readonly t: 'reqnodes' }
  | {
      readonly t: 'repnodes';
      readonly nodelist: readonly NodeName[];
      readonly delnodelist: readonly NodeName[];
    }
  | { readonly t: 'starting' }
  | {
      readonly t: 'resource';
      readonly hold: Hold;
      /** `rtype=full`: a whole statement; otherwise it is added to what is known. */
      readonly full: boolean;
      /** Absent: the peer's stability is unchanged. */
      readonly isstable?: boolean;
      /** Whose groups it holds, node by node: only nodes of this implementation say that, and C passes over it. */
      readonly owners?: readonly NodeName[];
      /** What it says of its haresources, and has heard of the others' (docs/resources.md): nodes of this implementation only. */
      readonly file?: string;
      readonly heard?: string;
      readonly info?: string;
    }
  | { readonly t: 'ask_resources'; readonly hold: Hold; readonly info: string }
  | { readonly t: 'hb_takeover'; readonly hold: Hold | 'failback' }
  | { readonly t: 'shutdone' }
  | { readonly t: 'ip-request'; readonly ipaddr: string }
  | {
      readonly t: 'ip-request-resp';
      readonly ipaddr: string;
      readonly weown: boolean;
      readonly ok: string;
    }
  | { readonly t: 'stonith'; readonly node: NodeName; readonly result: string }
  | NodeChange
  | { readonly t: 'other'; readonly type: string };

/** An authentic message, decoded; `fields` is all of it, in the order of the wire. */
export interface Message {
  readonly header: Header;
  readonly body: Body;
  readonly fields: readonly Field[];
}

/**
 * A message of this node before it is numbered and stamped: `t` and its own fields in the order of the wire
 * (spec wire 5), `dest` included where it stands. The control fields are added when it is sent.
 */
export type Draft = readonly Field[];

export const text = (name: string, value: string): Field => ({ type: 0, name, value });

/** The first field of that name with a text or binary value, as the wire's rule is (a name may occur twice). */
export function valueOf(fields: readonly Field[], name: string): string | undefined {
  const field = fields.find((candidate) => candidate.name === name);
  return field !== undefined && 'value' in field ? field.value : undefined;
}
