/** The arguments of IPaddr and IPaddr2: `ip[/mask[/nic[:label]][/broadcast]]`, and what people write instead (spec resources 12.1, 12.2, needs 5). */
import { isIPv4 } from 'node:net';
import { ipv4Number } from '../native/ipv4.ts';
import { type Result, fail, succeed } from '../result.ts';

/** The agents for IPv4 addresses. They differ in the label and in the broadcast address that an address gets when none is given. */
export type AddressAgent = 'IPaddr' | 'IPaddr2';

/** Whether an agent takes the arguments that `parseAddressRequest` reads, whoever runs it. */
export function isAddressAgent(agent: string): agent is AddressAgent {
  return agent === 'IPaddr' || agent === 'IPaddr2';
}

/** What such a resource asks for; what is undefined is to be found out from routes and addresses. */
export interface AddressRequest {
  readonly agent: AddressAgent;
  /** Dotted quad. */
  readonly address: string;
  /** 1 to 32. */
  readonly prefix: number | undefined;
  readonly iface: string | undefined;
  /** IPaddr2's `eth0:web`, 15 bytes at most; IPaddr finds a free one. */
  readonly label: string | undefined;
  /** Dotted quad. */
  readonly broadcast: string | undefined;
}

/** 15 bytes at most: the kernel's IFNAMSIZ less the final NUL. */
export const maxLabelBytes = 15;

/**
 * The request that the arguments of a resource make, or why they make none, in words for the operator. Taken as meant: a mask
 * as prefix or dotted quad, an interface without a mask, empty parts, and for IPaddr a label (`eth0:3`), whose number is dropped as in
 * C: the lowest free one is used.
 */
export function parseAddressRequest(
  args: readonly string[],
  agent: AddressAgent = 'IPaddr',
): Result<AddressRequest, string> {
  const [text, ...more] = args;
  if (text === undefined) return fail(`an address is missing: ${agent}::172.16.100.1/16/eth0`);
  if (more.length > 0) {
    return fail(
      `one argument expected, as in ${agent}::172.16.100.1/16/eth0, not ${String(args.length)}`,
    );
  }
  const [address = '', ...rest] = text.split('/');
  if (!isIPv4(address)) return fail(`"${address}" is not an IPv4 address`);
  const open = { prefix: undefined, iface: undefined, label: undefined, broadcast: undefined };
  return parseParts({ agent, address, ...open }, rest);
}

/** Parts know their kind by their shape; each may come once, in the order mask, interface, broadcast, and any may be left out. */
function parseParts(
  start: AddressRequest,
  parts: readonly string[],
): Result<AddressRequest, string> {
  let request = start;
  for (const part of parts) {
    if (part === '') continue;
    const next = addPart(request, part);
    if (!next.ok) return next;
    request = next.value;
  }
  return succeed(request);
}

function addPart(request: AddressRequest, part: string): Result<AddressRequest, string> {
  const untouched = request.iface === undefined && request.broadcast === undefined;
  if (/^\d+$/.test(part)) {
    return untouched && request.prefix === undefined
      ? withPrefix(request, Number(part))
      : fail(`"${part}" has no place here: ip/mask/interface/broadcast`);
  }
  if (!isIPv4(part)) return withInterface(request, part);
  if (untouched && request.prefix === undefined) return withMask(request, part);
  if (request.broadcast !== undefined) return fail(`"${part}" is a second broadcast address`);
  return succeed({ ...request, broadcast: part });
}

function withPrefix(request: AddressRequest, prefix: number): Result<AddressRequest, string> {
  if (prefix < 1 || prefix > 32)
    return fail(`"${String(prefix)}" is not a prefix length of 1 to 32`);
  return succeed({ ...request, prefix });
}

function withMask(request: AddressRequest, mask: string): Result<AddressRequest, string> {
  const prefix = prefixOfMask(mask);
  if (prefix !== undefined) return succeed({ ...request, prefix });
  return fail(`"${mask}" is not a netmask such as 255.255.255.0`);
}

/** Undefined unless the one bits of the mask come first and there is one at least. */
function prefixOfMask(mask: string): number | undefined {
  const hostBits = 2 ** 32 - (ipv4Number(mask) ?? 0);
  const prefix = 32 - Math.log2(hostBits);
  return Number.isInteger(prefix) && prefix > 0 ? prefix : undefined;
}

/** The kernel's rule for names (15 bytes at most); what follows the colon is IPaddr2's label, and for IPaddr a number, which is ours to choose. */
function withInterface(request: AddressRequest, part: string): Result<AddressRequest, string> {
  if (request.iface !== undefined || request.broadcast !== undefined) {
    return fail(`"${part}" has no place here: ip/mask/interface/broadcast`);
  }
  const [iface = '', name = ''] = part.split(':');
  if (!/^\S{1,15}$/.test(iface)) {
    return fail(`"${part}" is neither an interface name nor an address`);
  }
  if (request.agent === 'IPaddr' || name === '') return succeed({ ...request, iface });
  if (/\s/.test(part) || Buffer.byteLength(part) > maxLabelBytes) {
    return fail(`"${part}" is no label: it has more than 15 bytes, or a blank`);
  }
  return succeed({ ...request, iface, label: part });
}
