/**
 * IPv4 addresses, routes and raw frames of this machine's interfaces: the kernel's rtnetlink(7) and packet(7), which Node.js lacks.
 * Nothing here blocks the loop; every call needs root or CAP_NET_ADMIN/CAP_NET_RAW where it changes or sends something.
 */
import { type Result, fail } from '../result.ts';

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

/** An address to be added; without `label` it gets the interface's name. */
export interface NewAddress {
  readonly iface: string;
  readonly address: string;
  readonly prefix: number;
  readonly broadcast?: string;
  /** At most 15 bytes; begins with the interface's name (the kernel's rule for IPv4 labels is the tool's: `eth0:0`). */
  readonly label?: string;
}

/** The most specific route that leads to an address. */
export interface Route {
  readonly iface: string;
  /** Length of the network prefix of the route: 24 for a connected /24, 0 for the default route. */
  readonly prefix: number;
  /** True when the address is on the link itself, no gateway between. */
  readonly connected: boolean;
}

/** Every IPv4 address of this network namespace, interfaces that are down included. Fails with words for the operator. */
export function addresses(): Promise<Result<readonly InterfaceAddress[], string>> {
  return Promise.resolve(fail('not written yet'));
}

/** `added`, or `present` when the interface has exactly this address and prefix already. Fails with the errno in words. */
export function addAddress(address: NewAddress): Promise<Result<'added' | 'present', string>> {
  return Promise.resolve(fail(`not written yet: ${address.address}`));
}

/** `deleted`, or `absent` when the interface has no such address (or is gone itself). Fails with the errno in words. */
export function deleteAddress(
  address: Pick<NewAddress, 'iface' | 'address' | 'prefix'>,
): Promise<Result<'deleted' | 'absent', string>> {
  return Promise.resolve(fail(`not written yet: ${address.address}`));
}

/**
 * Which interface an IPv4 address is reached through: the main table's most specific route, as the kernel would choose it if this
 * machine did not hold the address itself. `undefined` when no route leads there.
 */
export function routeTo(address: string): Promise<Result<Route | undefined, string>> {
  return Promise.resolve(fail(`not written yet: ${address}`));
}

/**
 * Sends whole Ethernet frames (from the destination MAC on) out of an interface, in order, and says how many the kernel took.
 * At most 64 frames of at most 1514 bytes. Fails with words when the interface does not exist or is down.
 */
export function sendFrames(
  iface: string,
  frames: readonly Uint8Array[],
): Promise<Result<number, string>> {
  return Promise.resolve(fail(`not written yet: ${iface} ${String(frames.length)}`));
}
