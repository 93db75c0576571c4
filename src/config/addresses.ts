/** The IPv4 addresses that haresources moves between the nodes. */
import type { Position, Resource } from './settings.ts';

/** A service address and the interface it asks for. */
export interface ServiceAddress {
  readonly address: string;
  /** Without the label's number; undefined when the route decides. */
  readonly iface: string | undefined;
  readonly at: Position;
}

const addressAgents: ReadonlySet<string> = new Set(['IPaddr', 'IPaddr2']);

function octetsOf(address: string): readonly number[] | undefined {
  const octets = address.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return octets.length === 4 && octets.every((octet) => octet < 256) ? octets : undefined;
}

/** An IPv4 address as a number below 2^32; undefined for anything else. */
const numberOf = (address: string): number | undefined =>
  octetsOf(address)?.reduce((number, octet) => number * 256 + octet, 0);

/** Whether `address` lies in the network of `other` with that prefix length. */
export function addressWithin(address: string, other: string, prefix: number): boolean {
  const [one, two] = [numberOf(address), numberOf(other)];
  if (one === undefined || two === undefined) return false;
  const size = 2 ** (32 - prefix);
  return Math.floor(one / size) === Math.floor(two / size);
}

/** The address of an `IPaddr` or `IPaddr2` resource: `ip[/mask][/nic[:n]][/broadcast]`; none for others. */
export function serviceAddressOf({ agent, args, at }: Resource): ServiceAddress | undefined {
  if (!addressAgents.has(agent)) return undefined;
  const [address = '', ...parts] = (args[0] ?? '').split('/');
  if (octetsOf(address) === undefined) return undefined;
  const iface = parts.find((part) => part !== '' && !/^[\d.]+$/.test(part))?.replace(/:.*$/, '');
  return { address, iface, at };
}
