/** What the media must know of an interface, looked up anew about once a second. */
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { lastAddress } from '../native/ipv4.ts';
import { type InterfaceAddress, addresses } from '../native/network.ts';
import { interfaceIndex } from '../native/sockets.ts';

/** An interface that exists. */
export interface InterfaceState {
  readonly name: string;
  /** `device`: sockets can be bound to the interface; `address`: koffi is missing, only to its addresses. */
  readonly binding: 'device' | 'address';
  /** Another one after the interface was removed and made again. */
  readonly identity: string;
  /** Its first address; undefined while it has none. */
  readonly address: string | undefined;
  readonly broadcast: string | undefined;
}

/** The interfaces of `names` that exist now; undefined when the kernel did not say. */
export async function lookAtInterfaces(
  names: readonly string[],
): Promise<ReadonlyMap<string, InterfaceState> | undefined> {
  if (bindingOfSockets() === 'address') return lookWithoutLibc(names);
  const found = await addresses();
  if (!found.ok) return undefined;
  return byName(names, (name) => lookByIndex(name, found.value));
}

/** `device` where koffi loads. */
export function bindingOfSockets(): InterfaceState['binding'] {
  return interfaceIndex('lo').ok ? 'device' : 'address';
}

/** Two states that sockets cannot tell apart. */
export function isSameState(one: InterfaceState, other: InterfaceState): boolean {
  return (
    one.identity === other.identity &&
    one.address === other.address &&
    one.broadcast === other.broadcast
  );
}

function lookByAddress(name: string): InterfaceState | undefined {
  const entries = networkInterfaces()[name];
  const entry = entries?.find(({ family }) => family === 'IPv4');
  const identity = entries?.[0]?.mac ?? '';
  if (entry === undefined) return undefined;
  const prefix = Number(entry.cidr?.split('/')[1] ?? 32);
  const broadcast = lastAddress(entry.address, prefix);
  return { name, binding: 'address', identity, address: entry.address, broadcast };
}

function lookByIndex(name: string, all: readonly InterfaceAddress[]): InterfaceState | undefined {
  const index = interfaceIndex(name);
  if (!index.ok || index.value === undefined) return undefined;
  const own = all.filter(({ iface }) => iface === name);
  // Service addresses come and go under labels of their own: they must not be taken for the interface's.
  const first = own.find(({ label }) => label === name) ?? own[0];
  const broadcast = first && (first.broadcast ?? lastAddress(first.address, first.prefix));
  return {
    name,
    binding: 'device',
    identity: String(index.value),
    address: first?.address,
    broadcast,
  };
}

/** The same from what Node.js tells: of an interface that is down, or has no cable, only that it is there. */
export async function lookWithoutLibc(
  names: readonly string[],
): Promise<ReadonlyMap<string, InterfaceState> | undefined> {
  try {
    const table = await readFile('/proc/self/net/dev', 'utf8');
    const there = new Set(table.split('\n').map((line) => line.split(':', 1)[0]?.trim()));
    return byName(
      names,
      (name) => lookByAddress(name) ?? (there.has(name) ? bare(name) : undefined),
    );
  } catch (error) {
    // The system is short of descriptors or memory; the next look is a second away.
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}

/** An interface that is there, but of no use yet. */
function bare(name: string): InterfaceState {
  return { name, binding: 'address', identity: '', address: undefined, broadcast: undefined };
}

function byName(
  names: readonly string[],
  look: (name: string) => InterfaceState | undefined,
): ReadonlyMap<string, InterfaceState> {
  const states = new Map<string, InterfaceState>();
  for (const name of names) {
    const state = look(name);
    if (state !== undefined) states.set(name, state);
  }
  return states;
}
