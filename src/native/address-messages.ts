/** The kernel's rtnetlink(7) messages about IPv4 addresses: `ifaddrmsg` and its attributes. */
import { type Result, fail, succeed } from '../result.ts';
import { ipv4Bytes, ipv4Text } from './ipv4.ts';
import { type NetlinkMessage, type NetlinkRequest, decodeAttributes } from './netlink.ts';

/** An address as a request names it; what is undefined is not sent. */
export interface AddressOnWire {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
  readonly broadcast: string | undefined;
  readonly label: string | undefined;
}

const getAddresses = 22;
const newAddress = 20;
const dropAddress = 21;
const flagAck = 0x4;
const flagsCreateNew = 0x600;
const flagsDump = 0x300;
const attributeAddress = 1;
const attributeLocal = 2;
const attributeLabel = 3;
const attributeBroadcast = 4;
const headerBytes = 8;
const afInet = 2;
const scopeHost = 254;

/** Asks for every IPv4 address. */
export function listRequest(): NetlinkRequest {
  const header = Buffer.alloc(headerBytes);
  header[0] = afInet;
  return { type: getAddresses, flags: flagsDump, header, attributes: [] };
}

/** Adds an address or takes it away; fails with words when the text is no address or the prefix is not 0 to 32. */
export function changeRequest(
  change: 'add' | 'delete',
  wanted: AddressOnWire,
): Result<NetlinkRequest, string> {
  const bytes = ipv4Bytes(wanted.address);
  if (bytes === undefined) return fail(`${wanted.address} is no IPv4 address`);
  if (!(wanted.prefix >= 0 && wanted.prefix <= 32)) {
    return fail(`${String(wanted.prefix)} is no length of a prefix`);
  }
  return succeed({
    type: change === 'add' ? newAddress : dropAddress,
    flags: change === 'add' ? flagAck | flagsCreateNew : flagAck,
    header: encodeHeader(wanted),
    attributes: [[attributeLocal, bytes], [attributeAddress, bytes], ...optionalAttributes(wanted)],
  });
}

/** The addresses of an answer to `listRequest`; other messages are skipped. */
export function readAddresses(answer: readonly NetlinkMessage[]): AddressOnWire[] {
  const isAddress = ({ type, payload }: NetlinkMessage): boolean =>
    type === newAddress && payload.length >= headerBytes;
  return answer.filter(isAddress).flatMap(({ payload }) => readAddress(payload));
}

/** struct ifaddrmsg: family, prefix length, flags, scope, index. */
function encodeHeader(wanted: AddressOnWire): Buffer {
  const scope = wanted.address.startsWith('127.') ? scopeHost : 0;
  const header = Buffer.from([afInet, wanted.prefix, 0, scope, 0, 0, 0, 0]);
  header.writeUInt32LE(wanted.index, 4);
  return header;
}

function optionalAttributes(wanted: AddressOnWire): NetlinkRequest['attributes'] {
  const broadcast = wanted.broadcast === undefined ? undefined : ipv4Bytes(wanted.broadcast);
  const label = wanted.label === undefined ? undefined : Buffer.from(`${wanted.label}\0`);
  return [
    ...(broadcast === undefined ? [] : [[attributeBroadcast, broadcast] as const]),
    ...(label === undefined ? [] : [[attributeLabel, label] as const]),
  ];
}

function readAddress(payload: Buffer): AddressOnWire[] {
  const attributes = decodeAttributes(payload.subarray(headerBytes));
  const local = attributes.get(attributeLocal) ?? attributes.get(attributeAddress);
  if (local?.length !== 4) return [];
  const broadcast = attributes.get(attributeBroadcast);
  const label = attributes.get(attributeLabel);
  return [
    {
      index: payload.readUInt32LE(4),
      address: ipv4Text(local),
      prefix: payload.readUInt8(1),
      broadcast: broadcast && ipv4Text(broadcast),
      label: label && untilNul(label),
    },
  ];
}

/** A C string. */
export function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}
