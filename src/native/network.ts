/**
 * IPv4 addresses, routes and raw frames of this machine's interfaces: the kernel's rtnetlink(7) and packet(7), which Node.js lacks.
 * Nothing here blocks the loop. Changes need root or CAP_NET_ADMIN, frames CAP_NET_RAW.
 */
import { readFile } from 'node:fs/promises';
import { type Result, fail, succeed } from '../result.ts';
import {
  type AddressOnWire,
  changeRequest,
  listRequest,
  readAddresses,
  untilNul,
} from './address-messages.ts';
import { type Libc, errorWords, libc } from './libc.ts';
import { type NetlinkFailure, askKernel } from './netlink.ts';
import { bestRoute } from './routes.ts';

/** One IPv4 address as the kernel holds it. */
export interface InterfaceAddress {
  readonly iface: string;
  /** The kernel's number of the interface; a new one when it was removed and made again. */
  readonly index: number;
  /** `eth0`, or an alias such as `eth0:0`. */
  readonly label: string;
  /** Dotted quad. */
  readonly address: string;
  /** 0 to 32. */
  readonly prefix: number;
  /** Dotted quad; undefined when the address has none (`lo`, /32). */
  readonly broadcast: string | undefined;
}

/** An address to be added; without `label` it gets the interface's name, without `broadcast` it has none. */
export interface NewAddress {
  readonly iface: string;
  readonly address: string;
  readonly prefix: number;
  readonly broadcast?: string;
  /** At most 15 bytes, such as `eth0:0`. */
  readonly label?: string;
}

/** The most specific route that leads to an address. */
export interface Route {
  readonly iface: string;
  /** Length of the network prefix of the route: 24 for a connected /24, 0 for the default route. */
  readonly prefix: number;
  /** True when the address is on the link itself, with no gateway between. */
  readonly connected: boolean;
}

const errnoExists = 17;
const errnoNotAvailable = 99;
const afPacket = 17;
const sockRaw = 3;
const sockCloexec = 0x80000;
const msgDontwait = 0x40;
/** One address announced several times over is far below. */
const maxFrames = 64;

/** Every IPv4 address of this network namespace, of interfaces that are down too. Fails with words for the operator. */
export async function addresses(): Promise<Result<readonly InterfaceAddress[], string>> {
  const library = libc();
  if (!library.ok) return library;
  const answer = await askKernel(listRequest());
  if (!answer.ok) return fail(describe(answer.reason));
  return succeed(nameInterfaces(library.value, readAddresses(answer.value)));
}

/** `added`, or `present` when the interface has this address and prefix already (its label stays as it is). Fails with the errno in words. */
export async function addAddress(
  address: NewAddress,
): Promise<Result<'added' | 'present', string>> {
  const index = indexOf(address.iface);
  if (!index.ok) return index;
  if (index.value === 0) return fail('No such device');
  const { broadcast, label } = address;
  const request = changeRequest('add', { ...address, index: index.value, broadcast, label });
  if (!request.ok) return request;
  const answer = await askKernel(request.value);
  if (answer.ok) return succeed('added');
  return isRefusal(answer.reason, errnoExists) ? succeed('present') : fail(describe(answer.reason));
}

/** `deleted`, or `absent` when the interface has no such address (or is itself gone). Fails with the errno in words. */
export async function deleteAddress(
  address: Pick<NewAddress, 'iface' | 'address' | 'prefix'>,
): Promise<Result<'deleted' | 'absent', string>> {
  const index = indexOf(address.iface);
  if (!index.ok) return index;
  if (index.value === 0) return succeed('absent');
  const { address: text, prefix } = address;
  const without = { broadcast: undefined, label: undefined };
  const request = changeRequest('delete', {
    index: index.value,
    address: text,
    prefix,
    ...without,
  });
  if (!request.ok) return request;
  const answer = await askKernel(request.value);
  if (answer.ok) return succeed('deleted');
  return isRefusal(answer.reason, errnoNotAvailable)
    ? succeed('absent')
    : fail(describe(answer.reason));
}

/**
 * Which interface an IPv4 address is reached through: the main table's best route, which says the same whether this machine holds the
 * address or not. `undefined` when no route leads there. Rules and further tables (ip-rule(8)) are not looked at.
 */
export async function routeTo(address: string): Promise<Result<Route | undefined, string>> {
  try {
    const best = bestRoute(await readFile('/proc/net/route', 'latin1'), address);
    if (best === undefined) return succeed(undefined);
    const { iface, prefix, connected } = best;
    return succeed({ iface, prefix, connected });
  } catch (error) {
    return fail(`/proc/net/route: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Sends whole Ethernet frames (from the destination MAC on) out of an interface, in order, and says how many the kernel took; it
 * stops at the first that it refuses. At most 64 frames. Fails with words when not one was taken: no such interface, or it is down.
 */
export function sendFrames(iface: string, frames: readonly Uint8Array[]): Result<number, string> {
  if (frames.length > maxFrames) return fail(`more than ${String(maxFrames)} frames`);
  const library = libc();
  if (!library.ok) return library;
  // Protocol 0: it receives nothing. A socket for answers names its protocol (ETH_P_ARP) here.
  const opened = openPacketSocket(library.value, iface, 0);
  if (!opened.ok) return opened;
  const sent = sendAll(library.value, opened.value, frames);
  // Closing waits for a grace period of the kernel, some 10 ms: not on this thread, and nobody waits for it.
  void library.value.closeLater(opened.value);
  return sent;
}

function indexOf(iface: string): Result<number, string> {
  const library = libc();
  return library.ok ? succeed(library.value.interfaceIndex(iface)) : library;
}

function isRefusal(failure: NetlinkFailure, errno: number): boolean {
  return failure.kind === 'refused' && failure.errno === errno;
}

function describe(failure: NetlinkFailure): string {
  return failure.kind === 'refused' ? errorWords(failure.errno) : failure.why;
}

/** Addresses whose interface went away meanwhile are left out. */
function nameInterfaces(library: Libc, found: readonly AddressOnWire[]): InterfaceAddress[] {
  const names = new Map<number, string>();
  return found.flatMap((address) => {
    const iface = names.get(address.index) ?? interfaceName(library, address.index);
    names.set(address.index, iface);
    return iface === '' ? [] : [{ ...address, iface, label: address.label ?? iface }];
  });
}

function interfaceName(library: Libc, index: number): string {
  const name = Buffer.alloc(16);
  library.interfaceName(index, name);
  return untilNul(name);
}

function openPacketSocket(library: Libc, iface: string, protocol: number): Result<number, string> {
  const index = library.interfaceIndex(iface);
  if (index === 0) return fail(`${iface}: No such device`);
  const fd = library.socket(afPacket, sockRaw | sockCloexec, 0);
  if (fd < 0) return fail(errorWords(fd));
  const address = linkAddress(index, protocol);
  const bound = library.bind(fd, address, address.length);
  if (bound === 0) return succeed(fd);
  library.close(fd);
  return fail(`${iface}: ${errorWords(bound)}`);
}

/** struct sockaddr_ll: family, protocol (network order), index, and what only received frames fill in. */
function linkAddress(index: number, protocol: number): Buffer {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(afPacket, 0);
  address.writeUInt16BE(protocol, 2);
  address.writeInt32LE(index, 4);
  return address;
}

function sendAll(library: Libc, fd: number, frames: readonly Uint8Array[]): Result<number, string> {
  let taken = 0;
  for (const frame of frames) {
    const sent = library.send(fd, frame, frame.length, msgDontwait);
    if (sent < 0) return taken > 0 ? succeed(taken) : fail(errorWords(sent));
    taken += 1;
  }
  return succeed(taken);
}
