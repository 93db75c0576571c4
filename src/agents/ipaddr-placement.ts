/** Where an address goes: interface, prefix, broadcast and label, from what was asked for and what the machine has. */
import type { InterfaceAddress, NewAddress, Route } from '../native/network.ts';
import { lastAddress } from '../native/ipv4.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { AddressRequest } from './ipaddr-arguments.ts';

/** Linux: IFNAMSIZ less the final NUL. */
const maxLabelBytes = 15;

/**
 * The address to add for `request`, or why there is no place for it. The interface is the given one, else that of the connected route, else one with an
 * address in the same network (its link may be down); the prefix likewise. The broadcast address is the given one, else the
 * highest of the network; /31 and /32 have none (RFC 3021). The label is the lowest free `eth0:N`, and none where it
 * would be too long (spec resources 12.1).
 */
export function placeAddress(
  request: AddressRequest,
  addresses: readonly InterfaceAddress[],
  route: Route | undefined,
): Result<NewAddress, string> {
  const { address } = request;
  const link = route?.connected === true ? route : undefined;
  const iface = request.iface ?? (link ?? closestNeighbour(address, addresses))?.iface;
  if (iface === undefined) {
    return fail(
      `no interface is connected to the network of ${address}; name one: ${address}/24/eth0`,
    );
  }
  const prefix = request.prefix ?? prefixOn(iface, address, addresses, link);
  if (prefix === undefined) {
    return fail(
      `${iface} is not connected to the network of ${address}; give the netmask: ${address}/24/${iface}`,
    );
  }
  const label = freeLabel(iface, addresses);
  const broadcast = request.broadcast ?? defaultBroadcast(address, prefix);
  const bare = { iface, address, prefix, ...(label === undefined ? {} : { label }) };
  return succeed(broadcast === undefined ? bare : { ...bare, broadcast });
}

function prefixOn(
  iface: string,
  address: string,
  addresses: readonly InterfaceAddress[],
  link: Route | undefined,
): number | undefined {
  if (link?.iface === iface && link.prefix > 0) return link.prefix;
  const onIface = addresses.filter((held) => held.iface === iface);
  return closestNeighbour(address, onIface)?.prefix;
}

/** The address whose network is the smallest that holds `address`; a single host (/32) is no network. */
function closestNeighbour(
  address: string,
  addresses: readonly InterfaceAddress[],
): InterfaceAddress | undefined {
  const neighbours = addresses.filter(
    (held) =>
      held.prefix < 32 &&
      held.address !== address &&
      lastAddress(held.address, held.prefix) === lastAddress(address, held.prefix),
  );
  return neighbours.sort((one, other) => other.prefix - one.prefix)[0];
}

function defaultBroadcast(address: string, prefix: number): string | undefined {
  return prefix > 30 ? undefined : lastAddress(address, prefix);
}

function freeLabel(iface: string, addresses: readonly InterfaceAddress[]): string | undefined {
  const used = new Set(addresses.map((held) => held.label));
  let number = 0;
  while (used.has(`${iface}:${String(number)}`)) number += 1;
  const label = `${iface}:${String(number)}`;
  return Buffer.byteLength(label) > maxLabelBytes ? undefined : label;
}
