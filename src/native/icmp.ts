/**
 * Echo requests and their replies over raw sockets, which Node.js lacks: raw(7), RFC 792, RFC 4443. Nothing here waits: what cannot be
 * taken or is not there yet is told at once. Needs root or CAP_NET_RAW.
 */
import { type Result, fail, succeed } from '../result.ts';
import { ipv4Bytes } from './ipv4.ts';
import { ipv6Bytes, scopeOf } from './ipv6.ts';
import { type Libc, errorWords, libc } from './libc.ts';

export interface EchoReply {
  /** 0 to 65,535, as it was sent. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Sends echo requests with one identifier, and hears the replies to them. */
export interface EchoSocket {
  /** `address` is numeric, of the socket's family; fails with the errno's words, when the kernel's buffer is full too. */
  readonly send: (
    address: string,
    sequence: number,
    payload: Uint8Array,
  ) => Result<undefined, string>;
  /** The replies that have come since the last call, of at most 256 packets: the next call has the others. */
  readonly receive: () => readonly EchoReply[];
  readonly close: () => void;
}

interface Family {
  readonly domain: number;
  readonly protocol: number;
  readonly requestType: number;
  readonly replyType: number;
  /** The socket option that lets only echo replies in: level, name, value. */
  readonly filter: readonly [level: number, name: number, value: Uint8Array];
  readonly address: (library: Libc, text: string) => Uint8Array | undefined;
  /** Where ICMP begins in what is received. */
  readonly headerBytes: (packet: Uint8Array) => number;
}

const sockRaw = 3;
const sockNonblock = 0x800;
const sockCloexec = 0x80000;
const msgDontwait = 0x40;
const solRaw = 255;
const errnoAgain = 11;
const maxReceived = 256;
const icmpHeaderBytes = 8;
/** No larger packet than a request of ours with its headers can be a reply to one. */
const maxPacketBytes = 4096;

const echo4: Family = {
  domain: 2,
  protocol: 1,
  requestType: 8,
  replyType: 0,
  // A bit that is set keeps its type out.
  filter: [solRaw, 1, uint32(~1)],
  address: (_, text) => {
    const bytes = ipv4Bytes(text);
    return bytes === undefined ? undefined : socketAddress4(bytes);
  },
  headerBytes: (packet) => ((packet[0] ?? 0) & 0x0f) * 4,
};

const echo6: Family = {
  domain: 10,
  protocol: 58,
  requestType: 128,
  replyType: 129,
  filter: [58, 1, filterBut(129)],
  address: socketAddress6,
  headerBytes: () => 0,
};

/** A socket for one identifier (0 to 65,535), which the caller must close. Fails with the errno's words. */
export function openEcho(version: 4 | 6, identifier: number): Result<EchoSocket, string> {
  const library = libc();
  if (!library.ok) return library;
  const family = version === 4 ? echo4 : echo6;
  const opened = openRaw(library.value, family);
  if (!opened.ok) return opened;
  const fd = opened.value;
  return succeed({
    send: (text, sequence, payload) => {
      const address = family.address(library.value, text);
      if (address === undefined) return fail(`${text} is no IPv${String(version)} address`);
      const packet = echoRequest(family.requestType, { identifier, sequence, payload });
      const to = [address, address.length] as const;
      const sent = library.value.sendto(fd, packet, packet.length, msgDontwait, ...to);
      return sent < 0 ? fail(errorWords(sent)) : succeed(undefined);
    },
    receive: () => receiveAll(library.value, { fd, family, identifier }),
    close: () => void library.value.close(fd),
  });
}

function openRaw(library: Libc, family: Family): Result<number, string> {
  const type = sockRaw | sockNonblock | sockCloexec;
  const fd = library.socket(family.domain, type, family.protocol);
  if (fd < 0) return fail(errorWords(fd));
  const [level, name, value] = family.filter;
  const set = library.setsockopt(fd, level, name, value, value.length);
  if (set === 0) return succeed(fd);
  library.close(fd);
  return fail(errorWords(set));
}

interface Listening {
  readonly fd: number;
  readonly family: Family;
  readonly identifier: number;
}

/** An error of the socket, such as an unreachable host's, is no packet: the next one is asked for. */
function receiveAll(library: Libc, { fd, family, identifier }: Listening): readonly EchoReply[] {
  const replies: EchoReply[] = [];
  const buffer = Buffer.alloc(maxPacketBytes);
  for (let packets = 0; packets < maxReceived; packets += 1) {
    const length = library.recv(fd, buffer, buffer.length, msgDontwait);
    if (length === -errnoAgain) break;
    if (length < 0) continue;
    const packet = buffer.subarray(0, length);
    const icmp = packet.subarray(family.headerBytes(packet));
    const reply = readReply(icmp, family.replyType, identifier);
    if (reply !== undefined) replies.push(reply);
  }
  return replies;
}

/** What an echo reply with this identifier says, as a copy; undefined for every other packet. */
export function readReply(
  icmp: Buffer,
  replyType: number,
  identifier: number,
): EchoReply | undefined {
  if (icmp.length < icmpHeaderBytes || icmp[0] !== replyType || icmp[1] !== 0) return undefined;
  if (icmp.readUInt16LE(4) !== identifier) return undefined;
  return { sequence: icmp.readUInt16BE(6), payload: Uint8Array.from(icmp.subarray(8)) };
}

/** An echo request: its identifier in the order of little-endian hosts, as C stores it, its sequence in network order (spec wire 1). */
export function echoRequest(
  type: number,
  echo: { readonly identifier: number; readonly sequence: number; readonly payload: Uint8Array },
): Buffer {
  const packet = Buffer.alloc(icmpHeaderBytes + echo.payload.length);
  packet[0] = type;
  packet.writeUInt16LE(echo.identifier, 4);
  packet.writeUInt16BE(echo.sequence, 6);
  packet.set(echo.payload, icmpHeaderBytes);
  // For IPv6 the kernel computes it anew, over addresses too.
  packet.writeUInt16BE(internetChecksum(packet), 2);
  return packet;
}

/** The checksum of RFC 1071; the two bytes that it goes to are zero. */
export function internetChecksum(packet: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < packet.length; at += 2) sum += packet.readUInt16BE(at);
  if (packet.length % 2 === 1) sum += (packet[packet.length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function socketAddress4(bytes: Uint8Array): Uint8Array {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(echo4.domain, 0);
  address.set(bytes, 4);
  return address;
}

/** struct sockaddr_in6: family, port, flow, address, and the interface of a link-local one. */
function socketAddress6(library: Libc, text: string): Uint8Array | undefined {
  const bytes = ipv6Bytes(text);
  if (bytes === undefined) return undefined;
  const scope = scopeOf(text);
  const address = Buffer.alloc(28);
  address.writeUInt16LE(10, 0);
  address.set(bytes, 8);
  address.writeUInt32LE(scope === undefined ? 0 : library.interfaceIndex(scope), 24);
  return address;
}

/** struct icmp6_filter: a bit for each type, set for those that are kept out. */
function filterBut(type: number): Uint8Array {
  const filter = Buffer.alloc(32, 0xff);
  const at = Math.floor(type / 32) * 4;
  filter.writeUInt32LE(~(1 << (type % 32)) >>> 0, at);
  return filter;
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
