/** Where an address goes: interface, prefix, broadcast and label, from what was asked for and what the machine has. */
import type { InterfaceAddress, NewAddress, Route } from '../native/network.ts';
import { lastAddress } from '../native/ipv4.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type AddressRequest, maxLabelBytes } from './ipaddr-arguments.ts';

/**
 * The address to add for `request`, or why there is no place for it. The interface is the given one, else that of the connected route, else one with an
 * address in the same network (its link may be down); the prefix likewise. The broadcast address is the given one; else for IPaddr the
 * highest of the network, but none for /31 and /32 (RFC 3021), and for IPaddr2 that of the interface's own address. IPaddr's label is the
 * lowest free `eth0:N`, and none where it would be too long; IPaddr2's is the given one (spec resources 12.1, 12.2).
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
  const { label, broadcast } = dressFor(request, { iface, prefix }, addresses);
  const bare = { iface, address, prefix, ...(label === undefined ? {} : { label }) };
  return succeed(broadcast === undefined ? bare : { ...bare, broadcast });
}

/** What the two agents differ in. */
function dressFor(
  request: AddressRequest,
  { iface, prefix }: Pick<NewAddress, 'iface' | 'prefix'>,
  addresses: readonly InterfaceAddress[],
): Pick<AddressRequest, 'label' | 'broadcast'> {
  const { address, agent, broadcast, label } = request;
  if (agent === 'IPaddr') {
    return {
      label: freeLabel(iface, addresses),
      broadcast: broadcast ?? defaultBroadcast(address, prefix),
    };
  }
  const neighbour = closestNeighbour(address, on(iface, addresses));
  return { label, broadcast: broadcast ?? neighbour?.broadcast };
}

function prefixOn(
  iface: string,
  address: string,
  addresses: readonly InterfaceAddress[],
  link: Route | undefined,
): number | undefined {
  if (link?.iface === iface && link.prefix > 0) return link.prefix;
  return closestNeighbour(address, on(iface, addresses))?.prefix;
}

function on(iface: string, addresses: readonly InterfaceAddress[]): readonly InterfaceAddress[] {
  return addresses.filter((held) => held.iface === iface);
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
