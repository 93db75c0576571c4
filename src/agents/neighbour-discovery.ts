/** Frames of IPv6's neighbour discovery (RFC 4861, RFC 4862): how the neighbours learn that an address is here, and how we learn that one of them has it. */
import { internetChecksum } from '../native/icmp.ts';

const etherTypeIpv6 = [0x86, 0xdd];
const icmp6 = 58;
/** Routers do not pass these on, and receivers believe nothing that came through one. */
const hopLimit = 255;
const solicitation = 135;
const advertisement = 136;
const overrideFlag = 0x20;
const optionTargetHardware = 2;
const nobody = new Uint8Array(16);
const allNodes = Uint8Array.from([0xff, 0x02, ...new Uint8Array(13), 1]);
/** Where ICMP and its target are in a frame. */
const icmpAt = 54;
const targetAt = icmpAt + 8;

/**
 * An advertisement to all nodes, not asked for, that `owner` (six bytes) has `address` (sixteen): it replaces what they knew. As a whole Ethernet frame from
 * `source`.
 */
export function neighbourAdvertisement(
  owner: Uint8Array,
  address: Uint8Array,
  source: Uint8Array = owner,
): Uint8Array {
  const option = [optionTargetHardware, 1, ...owner];
  const body = [advertisement, 0, 0, 0, overrideFlag, 0, 0, 0, ...address, ...option];
  return frame({ source, from: address, to: allNodes }, body);
}

/** The question whether anybody has `address`, in which the sender names none of its own: no neighbour's table changes (RFC 4862 5.4.2). */
export function duplicateQuestion(hardware: Uint8Array, address: Uint8Array): Uint8Array {
  const group = Uint8Array.from([0xff, 0x02, ...new Uint8Array(9), 1, 0xff, ...address.slice(13)]);
  const body = [solicitation, 0, 0, 0, 0, 0, 0, 0, ...address];
  return frame({ source: hardware, from: nobody, to: group }, body);
}

/**
 * Whose frame says that it has `address`, or is about to take it: the six bytes of the sender of an advertisement of it, or of the same question
 * (RFC 4862 5.4.3, 5.4.4). Undefined for all other frames.
 */
export function claimantOf6(frameBytes: Uint8Array, address: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(frameBytes);
  if (bytes.length < targetAt + 16 || !bytes.subarray(12, 14).equals(Buffer.from(etherTypeIpv6))) {
    return undefined;
  }
  const isDiscovery = bytes[20] === icmp6 && bytes[21] === hopLimit && bytes[icmpAt + 1] === 0;
  if (!isDiscovery || !bytes.subarray(targetAt, targetAt + 16).equals(address)) return undefined;
  const asks = bytes[icmpAt] === solicitation && bytes.subarray(22, 38).equals(nobody);
  return asks || bytes[icmpAt] === advertisement ? bytes.subarray(6, 12) : undefined;
}

interface Ends {
  /** Ethernet; the multicast address that it goes to follows from `to`. */
  readonly source: Uint8Array;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** Ethernet, IPv6 and ICMP, whose checksum is over addresses, length and protocol too (RFC 4443 2.3). */
function frame({ source, from, to }: Ends, body: readonly number[]): Uint8Array {
  const icmp = Buffer.from(body);
  const pseudo = [...from, ...to, 0, 0, 0, icmp.length, 0, 0, 0, icmp6];
  icmp.writeUInt16BE(internetChecksum(Buffer.from([...pseudo, ...icmp])), 2);
  return Uint8Array.from([
    ...[0x33, 0x33, ...to.subarray(12)],
    ...source,
    ...etherTypeIpv6,
    ...[0x60, 0, 0, 0, 0, icmp.length, icmp6, hopLimit],
    ...from,
    ...to,
    ...icmp,
  ]);
}
