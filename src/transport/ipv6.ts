/**
 * `ucast6 IF PEER` and `mcast6 IF GROUP PORT HOPS LOOP`, as C has them (spec config 5; seen with C's plug-ins): both are
 * links named as the interface. Where C's sockets take IPv4 as well, ours are for IPv6 alone, so that a `bcast` on the
 * same port goes beside them.
 */
import { type Result, succeed } from '../result.ts';
import {
  type Inlet,
  type Outlet,
  type SenderPlan,
  type SocketPlan,
  configure,
  openSocket,
  plainSocket,
} from './bind.ts';
import type { InterfaceState } from './interfaces.ts';
import type { McastSpec, UcastSpec } from './transport.ts';

/** An interface that is there is enough: its link-local address comes by itself, and the kernel says when there is none. */
const nothingMissing = (): undefined => undefined;

const anyAddress = { ...plainSocket, address: '::' };

/** Link-local addresses and groups mean nothing without an interface. */
function withScope(address: string, iface: string): string {
  const isLocal = /^fe[89ab]|^ff/i.test(address);
  return isLocal && !address.includes('%') ? `${address}%${iface}` : address;
}

const deviceOf = (at: InterfaceState): string | undefined =>
  at.binding === 'device' ? at.name : undefined;

export function ucast6Sender(spec: UcastSpec): SenderPlan {
  const { host, iface, port } = spec;
  return {
    iface,
    missing: nothingMissing,
    waits: true,
    open: async (at) => {
      const opened = await openSocket({ ...anyAddress, device: deviceOf(at) }, at.binding);
      if (!opened.ok) return opened;
      return succeed({ socket: opened.value, address: withScope(host, iface), port });
    },
    started: () =>
      `glib: ucast6: heartbeat started for [${host}]:${String(port)} on interface ${iface}`,
  };
}

/** Hears what comes to the port on the interface, to whatever IPv6 address; without koffi on every interface. */
export function ucast6Receiver({ iface, port }: UcastSpec, shared: boolean): SocketPlan<Inlet> {
  return {
    iface,
    missing: nothingMissing,
    waits: true,
    open: async (at) => {
      const wanted = { ...anyAddress, device: deviceOf(at), port, shared };
      const opened = await openSocket(wanted, at.binding);
      return opened.ok ? succeed({ socket: opened.value }) : opened;
    },
  };
}

export function mcast6Sender(spec: McastSpec): SenderPlan {
  const { group, iface, loop, port, ttl } = spec;
  return {
    iface,
    missing: nothingMissing,
    waits: true,
    open: (at) => openGroupSender(spec, at),
    started: () =>
      `glib: UDP multicast heartbeat started for [${group}]:${String(port)} on interface ${iface} (hops=${String(ttl)} loop=${loop ? '1' : '0'})`,
  };
}

/** Hears the group on this interface, and nothing else on the port. */
export function mcast6Receiver({ group, iface, port }: McastSpec): SocketPlan<Inlet> {
  return {
    iface,
    missing: nothingMissing,
    waits: true,
    open: async (at) => {
      const address = withScope(group, iface);
      const wanted = { ...plainSocket, address, port, shared: true };
      const opened = await openSocket(wanted, at.binding);
      if (!opened.ok) return opened;
      const joined = configure(opened.value, () => {
        opened.value.addMembership(group, `::%${iface}`);
      });
      return joined.ok ? succeed({ socket: joined.value }) : joined;
    },
  };
}

async function openGroupSender(
  { group, iface, loop, port, ttl }: McastSpec,
  at: InterfaceState,
): Promise<Result<Outlet, string>> {
  const opened = await openSocket(anyAddress, at.binding);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const configured = configure(socket, () => {
    socket.setMulticastInterface(`::%${iface}`);
    socket.setMulticastTTL(ttl);
    socket.setMulticastLoopback(loop);
  });
  return configured.ok ? succeed({ socket, address: withScope(group, iface), port }) : configured;
}
