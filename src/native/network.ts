/**
 * IPv4 addresses and routes of this machine's interfaces: the kernel's rtnetlink(7), which Node.js lacks.
 * Nothing here blocks the loop. Changes need root or CAP_NET_ADMIN.
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
import { type Libc, libc } from './libc.ts';
import { type NetlinkFailure, askKernel, failureWords } from './netlink.ts';
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

/** Every IPv4 address of this network namespace, of interfaces that are down too. Fails with words for the operator. */
export async function addresses(): Promise<Result<readonly InterfaceAddress[], string>> {
  const library = libc();
  if (!library.ok) return library;
  const answer = await askKernel(listRequest());
  if (!answer.ok) return fail(failureWords(answer.reason));
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
  return isRefusal(answer.reason, errnoExists)
    ? succeed('present')
    : fail(failureWords(answer.reason));
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
    : fail(failureWords(answer.reason));
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

function indexOf(iface: string): Result<number, string> {
  const library = libc();
  return library.ok ? succeed(library.value.interfaceIndex(iface)) : library;
}

function isRefusal(failure: NetlinkFailure, errno: number): boolean {
  return failure.kind === 'refused' && failure.errno === errno;
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
