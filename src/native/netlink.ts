/**
 * Questions to the kernel's rtnetlink(7), packed by hand. Numbers are little-endian: koffi has no compiled part for a big-endian Linux.
 * The kernel answers a request while it is sent, so that reading never waits; the sending may (for the kernel's rtnl lock), and so it
 * happens on another thread.
 */
import { type Result, fail, succeed } from '../result.ts';
import { type Libc, errorWords, libc } from './libc.ts';

export interface NetlinkRequest {
  readonly type: number;
  readonly flags: number;
  /** The fixed header of the type: `ifaddrmsg` and the like. */
  readonly header: Uint8Array;
  readonly attributes: readonly (readonly [type: number, value: Uint8Array])[];
}

export interface NetlinkMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** The kernel's refusal, with its errno (positive), or why it could not be asked. */
export type NetlinkFailure =
  | { readonly kind: 'refused'; readonly errno: number }
  | { readonly kind: 'not-asked'; readonly why: string };

const afNetlink = 16;
const sockRaw = 3;
const sockCloexec = 0x80000;
const msgDontwait = 0x40;
const flagRequest = 0x1;
const flagDumpInterrupted = 0x10;
const messageError = 2;
const messageDone = 3;
const headerBytes = 16;
/** The kernel's own largest part of a dump is 32 KiB. */
const partBytes = 65_536;
/** More answers than any machine has addresses; a bound for the memory. */
const maxMessages = 100_000;

const padded = (length: number): number => (length + 3) & ~3;

/** The whole answer: every message of a dump; none for a change that was carried out. Asked again when it changed while it was read. */
export async function askKernel(
  request: NetlinkRequest,
  triesLeft = 3,
): Promise<Result<readonly NetlinkMessage[], NetlinkFailure>> {
  const library = libc();
  if (!library.ok) return fail({ kind: 'not-asked', why: library.reason });
  const fd = library.value.socket(afNetlink, sockRaw | sockCloexec, 0);
  if (fd < 0) return fail({ kind: 'refused', errno: -fd });
  try {
    const bytes = encodeRequest(request);
    const sent = await library.value.sendLater(fd, bytes, bytes.length, 0);
    if (sent < 0) return fail({ kind: 'refused', errno: -sent });
    const answer = readAnswer(library.value, fd);
    if (answer !== 'changed-meanwhile') return answer;
  } finally {
    library.value.close(fd);
  }
  if (triesLeft === 0) return fail({ kind: 'not-asked', why: 'the answer changed all the time' });
  return askKernel(request, triesLeft - 1);
}

/** A failure in words for the operator: those of the errno where the kernel refused. */
export function failureWords(failure: NetlinkFailure): string {
  return failure.kind === 'refused' ? errorWords(failure.errno) : failure.why;
}

/** A request as the kernel reads it: header, fixed part, attributes, each padded to four bytes. */
export function encodeRequest(request: NetlinkRequest): Buffer {
  const attributes = request.attributes.map(([type, value]) => encodeAttribute(type, value));
  const body = Buffer.concat([request.header, ...attributes]);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(headerBytes + body.length, 0);
  header.writeUInt16LE(request.type, 4);
  header.writeUInt16LE(request.flags | flagRequest, 6);
  header.writeUInt32LE(1, 8);
  return Buffer.concat([header, body]);
}

/** The attributes that follow a fixed header, by type; what does not fit is left out. */
export function decodeAttributes(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  let offset = 0;
  while (offset + 4 <= bytes.length) {
    const length = bytes.readUInt16LE(offset);
    if (length < 4 || offset + length > bytes.length) break;
    attributes.set(bytes.readUInt16LE(offset + 2), bytes.subarray(offset + 4, offset + length));
    offset += padded(length);
  }
  return attributes;
}

function encodeAttribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(padded(4 + value.length));
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

type Answer = Result<readonly NetlinkMessage[], NetlinkFailure> | 'changed-meanwhile';

function readAnswer(library: Libc, fd: number): Answer {
  const messages: NetlinkMessage[] = [];
  while (messages.length < maxMessages) {
    const part = Buffer.alloc(partBytes);
    const length = library.recv(fd, part, part.length, msgDontwait);
    if (length < 0) return fail({ kind: 'refused', errno: -length });
    const end = collect(part.subarray(0, length), messages);
    if (end !== undefined) return end;
  }
  return fail({ kind: 'not-asked', why: 'the answer has no end' });
}

/** Adds the messages of one part; the answer once its end was among them. */
function collect(part: Buffer, messages: NetlinkMessage[]): Answer | undefined {
  let offset = 0;
  while (offset + headerBytes <= part.length) {
    const length = part.readUInt32LE(offset);
    if (length < headerBytes || offset + length > part.length) break;
    const type = part.readUInt16LE(offset + 4);
    const payload = part.subarray(offset + headerBytes, offset + length);
    if ((part.readUInt16LE(offset + 6) & flagDumpInterrupted) !== 0) return 'changed-meanwhile';
    if (type === messageDone) return succeed(messages);
    if (type === messageError) return verdict(payload, messages);
    messages.push({ type, payload });
    offset += padded(length);
  }
  return undefined;
}

/** The kernel's acknowledgement is an error message with errno 0. */
function verdict(payload: Buffer, messages: readonly NetlinkMessage[]): Answer {
  const errno = payload.length >= 4 ? -payload.readInt32LE(0) : 0;
  return errno === 0 ? succeed(messages) : fail({ kind: 'refused', errno });
}
