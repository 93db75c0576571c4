/** Fields -> Message: from here on every value means what its type says (spec wire 4 and 5). */
import type { Result } from '../result.ts';
import { fail, succeed } from '../result.ts';
import { type NodeName, nodeName } from '../units.ts';
import {
  bad,
  decimalOf,
  fault,
  hexOf,
  missing,
  namesOf,
  readName,
  textOf,
} from './field-readers.ts';
import { isUnnumbered, wire } from './fields.ts';
import type { Body, Field, Header, Hold, Message } from './messages.ts';
import type { BodyFault, Misfit } from './misfit.ts';
import { nodeChangeTypes, readNodeChange } from './node-change.ts';
import { printable } from './printable.ts';

/** C's limits (spec config 2, wire 2.2). */
const maxStatusBytes = 31;
/** What a sender remembers; C loops over any range, for hours (spec wire 6.4). */
const maxRexmitRange = 500;

/**
 * The message that authentic fields make, or why there is none (see `Misfit`: an unusable message still counts).
 *
 * Node names come out in lower case, except that a `dest` which is not in lower case names nobody (n041): such a
 * message is unusable. A uuid that is not 16 binary bytes, or all zero, counts as not given.
 */
export function interpret(fields: readonly Field[]): Result<Message, Misfit> {
  const type = textOf(fields, wire.type);
  const header = readHeader(fields, type);
  if (!header.ok) return header;
  const body = readBody(fields, type ?? '');
  if (body.ok) return succeed({ header: header.value, body: body.value, fields });
  const message: Message = {
    header: header.value,
    body: { t: 'other', type: type ?? '' },
    fields,
  };
  return fail({ kind: 'unusable', source: header.value.src, message, fault: body.reason });
}

/** The checks in the order of C (spec wire 6.2), but the time's before the number's. */
function readHeader(fields: readonly Field[], type: string | undefined): Result<Header, Misfit> {
  const source = printable(textOf(fields, wire.source) ?? '<?>');
  for (const field of [wire.type, wire.source, wire.time]) {
    if (textOf(fields, field) === undefined) return fail({ kind: 'missing-header', field, source });
  }
  const src = readName(textOf(fields, wire.source) ?? '');
  if (src === undefined) return fail({ kind: 'bad-source', source });
  const ts = hexOf(fields, wire.time);
  if (ts === undefined || ts === 0) return fail({ kind: 'bad-time', source });
  const track = readTrack(fields, isUnnumbered(type ?? ''), source);
  if (!track.ok) return track;
  return succeed({ src, ts, ...track.value, ...readAddress(fields) });
}

/** Number and generation; an unnumbered type has no number, whatever its sender put in. */
function readTrack(
  fields: readonly Field[],
  unnumbered: boolean,
  source: string,
): Result<Pick<Header, 'seq' | 'hg'>, Misfit> {
  const seq = unnumbered ? succeed(undefined) : readSequence(fields, source);
  if (!seq.ok) return seq;
  const hg = textOf(fields, wire.generation) === undefined ? 0 : hexOf(fields, wire.generation);
  if (hg === undefined) return fail({ kind: 'bad-generation', source });
  return succeed(seq.value === undefined ? { hg } : { seq: seq.value, hg });
}

function readSequence(fields: readonly Field[], source: string): Result<number, Misfit> {
  if (textOf(fields, wire.sequence) === undefined) {
    return fail({ kind: 'missing-sequence', source });
  }
  const seq = hexOf(fields, wire.sequence);
  if (seq === undefined) return fail({ kind: 'bad-sequence', source });
  return seq === 0 ? fail({ kind: 'zero-sequence', source }) : succeed(seq);
}

function readAddress(fields: readonly Field[]): Pick<Header, 'srcuuid' | 'dest' | 'destuuid'> {
  const srcuuid = uuidOf(fields, wire.sourceUuid);
  const dest = textOf(fields, wire.destination);
  const destuuid = uuidOf(fields, wire.destinationUuid);
  return {
    ...(srcuuid === undefined ? {} : { srcuuid }),
    ...(dest === undefined ? {} : { dest: nodeName(dest) }),
    ...(destuuid === undefined ? {} : { destuuid }),
  };
}

type BodyReader = (fields: readonly Field[]) => Result<Body, BodyFault>;

function readBody(fields: readonly Field[], type: string): Result<Body, BodyFault> {
  const dest = textOf(fields, wire.destination);
  const addressed = uuidOf(fields, wire.destinationUuid) !== undefined;
  if (dest !== undefined && dest !== nodeName(dest) && !addressed) return bad(wire.destination);
  const reader = readers.get(type);
  return reader === undefined ? succeed({ t: 'other', type }) : reader(fields);
}

const readers: ReadonlyMap<string, BodyReader> = new Map<string, BodyReader>([
  ['status', readStatus],
  ['NS_st', readPingStatus],
  ['NS_ackmsg', readAck],
  ['NS_rexmit', readRexmit],
  ['NS_nak_rexmit', readNakRexmit],
  ['reqnodes', () => succeed({ t: 'reqnodes' })],
  ['repnodes', readRepnodes],
  ['starting', () => succeed({ t: 'starting' })],
  ['resource', readResource],
  ['ask_resources', readAskResources],
  ['hb_takeover', readTakeover],
  ['shutdone', () => succeed({ t: 'shutdone' })],
  ['ip-request', readIpRequest],
  ['ip-request-resp', readIpRequestResp],
  ['stonith', readStonith],
  ...nodeChangeTypes.map((type) => [type, readNodeChange] as const),
]);

/** A dead time that is no number counts as not given: better the configured one than a live node without status. */
function readStatus(fields: readonly Field[]): Result<Body, BodyFault> {
  const st = textOf(fields, wire.status);
  if (st === undefined) return missing(wire.status);
  const dt = hexOf(fields, wire.deadTime);
  return succeed({
    t: 'status',
    st: st.slice(0, maxStatusBytes),
    protocol: textOf(fields, wire.protocol) !== undefined,
    ...(dt === undefined ? {} : { dt }),
  });
}

function readPingStatus(fields: readonly Field[]): Result<Body, BodyFault> {
  const st = textOf(fields, wire.status);
  if (st === undefined) return missing(wire.status);
  return succeed({ t: 'NS_st', st: st.slice(0, maxStatusBytes), ...infoOf(fields) });
}

function readAck(fields: readonly Field[]): Result<Body, BodyFault> {
  const ackseq = hexOf(fields, wire.acknowledged);
  return ackseq === undefined
    ? fault(fields, wire.acknowledged)
    : succeed({ t: 'NS_ackmsg', ackseq });
}

function readRexmit(fields: readonly Field[]): Result<Body, BodyFault> {
  const firstseq = decimalOf(fields, wire.first);
  const lastseq = decimalOf(fields, wire.last);
  if (firstseq === undefined || firstseq === 0) return fault(fields, wire.first);
  if (lastseq === undefined) return fault(fields, wire.last);
  if (lastseq < firstseq || lastseq - firstseq >= maxRexmitRange) return bad(wire.last);
  return succeed({ t: 'NS_rexmit', firstseq, lastseq });
}

function readNakRexmit(fields: readonly Field[]): Result<Body, BodyFault> {
  const firstseq = hexOf(fields, wire.first);
  if (firstseq === undefined) return fault(fields, wire.first);
  return succeed({ t: 'NS_nak_rexmit', firstseq, info: textOf(fields, wire.info) ?? '' });
}

function readRepnodes(fields: readonly Field[]): Result<Body, BodyFault> {
  const nodelist = namesOf(fields, wire.nodes);
  if (nodelist === undefined) return fault(fields, wire.nodes);
  const given = textOf(fields, wire.deletedNodes) !== undefined;
  const delnodelist = given ? namesOf(fields, wire.deletedNodes) : [];
  if (delnodelist === undefined) return bad(wire.deletedNodes);
  return succeed({ t: 'repnodes', nodelist, delnodelist });
}

/** An unknown hold is refused; C takes it for `none` (spec resources 10.12). */
function readResource(fields: readonly Field[]): Result<Body, BodyFault> {
  const hold = holdOf(fields);
  if (hold === undefined) return fault(fields, wire.hold);
  const isstable = textOf(fields, wire.stable);
  return succeed({
    t: 'resource',
    hold,
    full: textOf(fields, wire.reach) === 'full',
    ...(isstable === undefined ? {} : { isstable: isstable === '1' }),
    ...ownersIn(fields),
    ...fileIn(fields),
    ...infoOf(fields),
  });
}

/** Names that cannot be read are passed over with the field. */
function ownersIn(fields: readonly Field[]): { readonly owners?: readonly NodeName[] } {
  const owners = namesOf(fields, wire.owners);
  return owners === undefined ? {} : { owners: owners.filter((name) => name !== '-') };
}

function fileIn(fields: readonly Field[]): { readonly file?: string; readonly heard?: string } {
  const file = textOf(fields, wire.file);
  const heard = textOf(fields, wire.heard);
  return { ...(file === undefined ? {} : { file }), ...(heard === undefined ? {} : { heard }) };
}

/** Without a hold all is meant (spec resources 4). */
function readAskResources(fields: readonly Field[]): Result<Body, BodyFault> {
  const hold = textOf(fields, wire.hold) === undefined ? 'all' : holdOf(fields);
  if (hold === undefined) return bad(wire.hold);
  const info = textOf(fields, wire.info);
  return info === undefined ? missing(wire.info) : succeed({ t: 'ask_resources', hold, info });
}

function readTakeover(fields: readonly Field[]): Result<Body, BodyFault> {
  const hold = textOf(fields, wire.hold) === 'failback' ? 'failback' : holdOf(fields);
  return hold === undefined ? fault(fields, wire.hold) : succeed({ t: 'hb_takeover', hold });
}

function readIpRequest(fields: readonly Field[]): Result<Body, BodyFault> {
  const ipaddr = textOf(fields, wire.address);
  return ipaddr === undefined ? missing(wire.address) : succeed({ t: 'ip-request', ipaddr });
}

function readIpRequestResp(fields: readonly Field[]): Result<Body, BodyFault> {
  const ipaddr = textOf(fields, wire.address);
  const ok = textOf(fields, wire.ok);
  if (ipaddr === undefined) return missing(wire.address);
  if (ok === undefined) return missing(wire.ok);
  const weown = textOf(fields, wire.weOwn) === 'yes';
  return succeed({ t: 'ip-request-resp', ipaddr, weown, ok });
}

function readStonith(fields: readonly Field[]): Result<Body, BodyFault> {
  const node = readName(textOf(fields, wire.node) ?? '');
  const result = textOf(fields, wire.result);
  if (node === undefined) return fault(fields, wire.node);
  return result === undefined ? missing(wire.result) : succeed({ t: 'stonith', node, result });
}

const infoOf = (fields: readonly Field[]): { readonly info?: string } => {
  const info = textOf(fields, wire.info);
  return info === undefined ? {} : { info };
};

function holdOf(fields: readonly Field[]): Hold | undefined {
  const word = textOf(fields, wire.hold);
  return holds.find((hold) => hold === word);
}

const holds: readonly Hold[] = ['none', 'local', 'foreign', 'all'];

function uuidOf(fields: readonly Field[], name: string): string | undefined {
  const field = fields.find((candidate) => candidate.name === name);
  if (field?.type !== 1 || field.value.length !== 16) return undefined;
  return field.value === unknownUuid ? undefined : field.value;
}

const unknownUuid = '\0'.repeat(16);
