/** Interfaces themselves, whatever addresses they have: rtnetlink(7), `ifinfomsg`. To bring one up needs root or CAP_NET_ADMIN. */
import { type Result, fail, succeed } from '../result.ts';
import {
  type NetlinkMessage,
  type NetlinkRequest,
  askKernel,
  decodeAttributes,
  failureWords,
} from './netlink.ts';
import { interfaceIndex } from './sockets.ts';

/** An interface as the kernel has it at this moment. */
export interface Link {
  /** Up as far as the administrator is concerned. */
  readonly isUp: boolean;
  /** Up, and what is sent can leave: it has a carrier. */
  readonly isRunning: boolean;
  /** The six bytes of its Ethernet address; undefined where no ARP is spoken (`lo`, tunnels). */
  readonly hardware: Uint8Array | undefined;
}

const newLink = 16;
const getLink = 18;
const flagAck = 0x4;
const headerBytes = 16;
const attributeAddress = 1;
const typeEthernet = 1;
const isUpFlag = 0x1;
const isLoopbackFlag = 0x8;
const isRunningFlag = 0x40;
const hasNoArpFlag = 0x80;

/** The state of an interface, up or down. Fails with words when there is none of that name. */
export async function lookAtLink(iface: string): Promise<Result<Link, string>> {
  const index = indexOf(iface);
  if (!index.ok) return index;
  const answer = await askKernel(linkRequest(getLink, index.value, 0));
  if (!answer.ok) return fail(`${iface}: ${failureWords(answer.reason)}`);
  const link = answer.value.flatMap(readLink)[0];
  return link === undefined ? fail(`${iface}: the kernel told nothing of it`) : succeed(link);
}

/** Brings an interface up that is administratively down; one that is up is left alone. Fails with words. */
export async function bringLinkUp(iface: string): Promise<Result<'was-up' | 'brought-up', string>> {
  const link = await lookAtLink(iface);
  if (!link.ok) return link;
  if (link.value.isUp) return succeed('was-up');
  const index = indexOf(iface);
  if (!index.ok) return index;
  const answer = await askKernel(linkRequest(newLink, index.value, isUpFlag));
  return answer.ok ? succeed('brought-up') : fail(`${iface}: ${failureWords(answer.reason)}`);
}

function indexOf(iface: string): Result<number, string> {
  const index = interfaceIndex(iface);
  if (!index.ok) return index;
  return index.value === undefined ? fail(`${iface}: No such device`) : succeed(index.value);
}

/** struct ifinfomsg: family, type, index, the flags to set, and which flags are meant. */
function linkRequest(type: number, index: number, flagsToSet: number): NetlinkRequest {
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flagsToSet, 8);
  header.writeUInt32LE(flagsToSet, 12);
  return { type, flags: flagAck, header, attributes: [] };
}

function readLink({ type, payload }: NetlinkMessage): Link[] {
  if (type !== newLink || payload.length < headerBytes) return [];
  const flags = payload.readUInt32LE(8);
  const address = decodeAttributes(payload.subarray(headerBytes)).get(attributeAddress);
  const speaksArp =
    payload.readUInt16LE(2) === typeEthernet && (flags & (isLoopbackFlag | hasNoArpFlag)) === 0;
  return [
    {
      isUp: (flags & isUpFlag) !== 0,
      isRunning: (flags & isUpFlag) !== 0 && (flags & isRunningFlag) !== 0,
      hardware: speaksArp && address?.length === 6 ? address : undefined,
    },
  ];
}
