/**
 * What this node says to the cluster, each with its fields in the order in which C sends them (spec wire 5), and the
 * control fields that every message gets before it leaves.
 */
import type { Millis, NodeName } from '../units.ts';
import { isUnnumbered, wire } from './fields.ts';
import type { Draft, Field, Hold, NodeStatus } from './messages.ts';
import { text, valueOf } from './messages.ts';

/**
 * Sign of life; `deadTime` is how long this node wants to be waited for. Without `protocol`, C switches
 * acknowledgements and the node list handshake off for good (spec wire 5.1).
 */
export function statusDraft(status: NodeStatus, deadTime: Millis, protocol: boolean): Draft {
  const fields = [
    text(wire.type, 'status'),
    text(wire.status, status),
    text(wire.deadTime, hex(deadTime)),
  ];
  return protocol ? [...fields, text(wire.protocol, '1')] : fields;
}

/** Whom the sender of a status hears: ours alone (docs/quorum.md). */
export const hearsField = (nodes: readonly NodeName[]): Field => text('hears', nodes.join(' '));

/** What a ping node would say, if it could: its echo brings it back; `time` is that of our status (spec wire 1). */
export const pingDraft = (source: string, info: 'ping' | 'ping_group', time: number): Draft => [
  text(wire.type, 'NS_st'),
  text(wire.status, 'ping'),
  text(wire.info, info),
  text(wire.source, source),
  text(wire.time, hex(time)),
];

/** Everything of `to` up to `sequence` has arrived (spec wire 6.5). */
export const ackDraft = (to: NodeName, sequence: number): Draft => [
  text(wire.type, 'NS_ackmsg'),
  text(wire.destination, to),
  text(wire.acknowledged, hex(sequence)),
];

/** Asks `to` for all from `first` to `last`; the one place where numbers are decimal (spec wire 4). */
export const rexmitDraft = (to: NodeName, first: number, last: number): Draft => [
  text(wire.type, 'NS_rexmit'),
  text(wire.destination, to),
  text(wire.first, String(first)),
  text(wire.last, String(last)),
];

/** Tells `to` that `sequence` is gone for ever (spec wire 6.4). */
export const nakRexmitDraft = (to: NodeName, sequence: number): Draft => [
  text(wire.type, 'NS_nak_rexmit'),
  text(wire.first, hex(sequence)),
  text(wire.destination, to),
  text(wire.info, 'seqno too low'),
];

/** Asks `to` for its node list (spec wire 5.2). */
export const reqnodesDraft = (to: NodeName): Draft => [
  text(wire.type, 'reqnodes'),
  text(wire.destination, to),
];

/** The answer: all normal nodes, for C adds what it lacks, and those that were deleted (spec wire 5.2). */
export const repnodesDraft = (
  to: NodeName,
  nodes: readonly NodeName[],
  deleted: readonly NodeName[] = [],
): Draft => [
  text(wire.destination, to),
  text(wire.type, 'repnodes'),
  text(wire.nodes, listOf(nodes)),
  text(wire.deletedNodes, deleted.length === 0 ? ' ' : listOf(deleted)),
];

const listOf = (nodes: readonly NodeName[]): string => nodes.map((node) => `${node} `).join('');

/** This node is active and holds nothing: begins the resource negotiation (spec wire 5.3). */
export const startingDraft = (): Draft => [text(wire.type, 'starting')];

export interface Statement {
  readonly hold: Hold;
  /** This node moves nothing and will take nothing of the other's. */
  readonly stable: boolean;
  /** The nodes whose groups that hold means; a field of ours, which C passes over. */
  readonly owners?: readonly NodeName[];
  /** What this node's haresources looks like, and what it has heard of the others'; fields of ours, too. */
  readonly file?: string;
  readonly heard?: string;
  /** Why it is made: `standby`, `shutdown`, `req_our_resources()`. */
  readonly info?: string;
}

/** A whole statement of what this node holds (spec resources 4). */
export function resourceDraft(statement: Statement): Draft {
  const fields = [
    text(wire.type, 'resource'),
    text(wire.hold, statement.hold),
    text(wire.reach, 'full'),
    text(wire.stable, statement.stable ? '1' : '0'),
  ];
  const told = statement.info === undefined ? fields : [...fields, text(wire.info, statement.info)];
  const owned = statement.owners === undefined ? told : [...told, ownersField(statement.owners)];
  return [...owned, ...fileFields(statement)];
}

const fileFields = ({ file, heard }: Statement): Draft => [
  ...(file === undefined ? [] : [text(wire.file, file)]),
  ...(heard === undefined || heard === '' ? [] : [text(wire.heard, heard)]),
];

/** Whether a message tells the others about our resources: who hears such ones out of order is misled. */
export const isStatement = (fields: readonly Field[]): boolean =>
  ['resource', 'starting'].includes(valueOf(fields, wire.type) ?? '');

/** No value is ever empty: `-` is nobody. */
const ownersField = (owners: readonly NodeName[]): Field =>
  text(wire.owners, owners.length === 0 ? '-' : owners.join(' '));

/** A step of the standby protocol; `hold` in the giver's terms (spec resources 6). Without `to` it is for all. */
export const askResourcesDraft = (
  hold: Hold,
  info: 'me' | 'other' | 'done',
  to?: NodeName,
): Draft => [
  text(wire.type, 'ask_resources'),
  text(wire.hold, hold),
  text(wire.info, info),
  ...(to === undefined ? [] : [text(wire.destination, to)]),
];

/** Asks the other node to go standby (spec wire 5.3). */
export const takeoverDraft = (hold: Hold | 'failback'): Draft => [
  text(wire.type, 'hb_takeover'),
  text(wire.hold, hold),
];

/** This node leaves, and holds nothing any more (spec wire 5.1). */
export const shutdoneDraft = (): Draft => [text(wire.type, 'shutdone'), text(wire.status, 'dead')];

/** `auto_failback legacy`: asks the other node to release the group called `key` (spec wire 5.3). */
export const ipRequestDraft = (key: string): Draft => [
  text(wire.type, 'ip-request'),
  text(wire.address, key),
];

/** The answer of a node that held the group, and has stopped it; that did not; or that keeps it, which only ours say. */
export const ipRequestRespDraft = (
  to: NodeName,
  key: string,
  answer: 'yes' | 'no' | 'keeps',
): Draft => [
  text(wire.type, 'ip-request-resp'),
  text(wire.destination, to),
  text(wire.address, key),
  text(wire.weOwn, answer === 'no' ? 'no' : 'yes'),
  text(wire.ok, answer === 'keeps' ? 'no' : 'OK'),
];

/** How the fencing of `node` ended; for clients only (spec wire 5.1). */
export const stonithDraft = (
  node: NodeName,
  result: 'OK' | 'badhost' | 'bad' | 'n_stnth' | 'unneeded',
): Draft => [text(wire.type, 'stonith'), text(wire.node, node), text(wire.result, result)];

/** What every message gets on its way out (spec wire 4). */
export interface Control {
  readonly self: NodeName;
  /** 16 bytes as a byte string. */
  readonly uuid: string;
  /** Of the node that `dest` names, when it is known. */
  readonly destinationUuid?: string;
  /** Not used for a draft that `takesNumber` says no to. */
  readonly sequence: number;
  readonly generation: number;
  /** Whole seconds since 1970. */
  readonly time: number;
  /** First line of /proc/loadavg, at most 63 bytes. */
  readonly load: string;
  /** `hopfudge` and the number of all known nodes. */
  readonly timeToLive: number;
}

/** Whether a message of this type gets a sequence number; the `NS_*` types do not (spec wire 0). */
export function takesNumber(draft: Draft): boolean {
  return !isUnnumbered(valueOf(draft, wire.type) ?? '');
}

/**
 * The draft with its control fields: one that is there already is overwritten where it stands, the others follow in
 * the order of C (spec wire 2.2). `NS_*` types get neither number nor load, and keep what they have (p070).
 */
export function stampFields(draft: Draft, control: Control): readonly Field[] {
  const numbered = takesNumber(draft);
  const missing = new Map<string, Field>();
  for (const field of controlFields(control, numbered)) missing.set(field.name, field);
  const stamped = draft.map((own) => {
    const forced = missing.get(own.name);
    missing.delete(own.name);
    return numbered ? (forced ?? own) : own;
  });
  return [...stamped, ...missing.values()];
}

function controlFields(control: Control, numbered: boolean): readonly Field[] {
  const fields = [
    text(wire.source, control.self),
    binary(wire.sourceUuid, control.uuid),
    text(wire.sequence, hex(control.sequence)),
    text(wire.generation, hex(control.generation)),
    text(wire.time, hex(control.time)),
    text(wire.load, control.load),
    text(wire.timeToLive, String(control.timeToLive)),
  ].filter(({ name }) => numbered || (name !== wire.sequence && name !== wire.load));
  if (control.destinationUuid === undefined) return fields;
  return [binary(wire.destinationUuid, control.destinationUuid), ...fields];
}

const binary = (name: string, value: string): Field => ({ type: 1, name, value });
const hex = (count: number): string => count.toString(16);
