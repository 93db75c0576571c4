/** `mcast IF GROUP PORT TTL LOOP`: the group, joined on the interface (spec wire 1). */
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
import type { McastSpec } from './transport.ts';

const missing = (at: InterfaceState): string | undefined =>
  at.address === undefined ? 'no IPv4 address' : undefined;

/** Hears the group on this interface; with koffi, not what others on this host have joined elsewhere. */
export function mcastReceiver(spec: McastSpec): SocketPlan<Inlet> {
  return { iface: spec.iface, missing, waits: true, open: (at) => openReceiver(spec, at) };
}

export function mcastSender(spec: McastSpec): SenderPlan {
  const { iface, group, port, ttl, loop } = spec;
  return {
    iface,
    missing,
    waits: true,
    open: (at) => openSender(spec, at),
    started: () =>
      `glib: UDP multicast heartbeat started for group ${group} port ${String(port)} interface ${iface} (ttl=${String(ttl)} loop=${loop ? '1' : '0'})`,
  };
}

async function openReceiver(spec: McastSpec, at: InterfaceState): Promise<Result<Inlet, string>> {
  const { group, port } = spec;
  const opened = await openSocket(
    { ...plainSocket, address: group, port, shared: true },
    at.binding,
  );
  if (!opened.ok) return opened;
  const socket = opened.value;
  const joined = configure(socket, () => {
    socket.addMembership(group, at.address);
  });
  return joined.ok ? succeed({ socket }) : joined;
}

async function openSender(spec: McastSpec, at: InterfaceState): Promise<Result<Outlet, string>> {
  const opened = await openSocket(plainSocket, at.binding);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const configured = configure(socket, () => {
    socket.setMulticastInterface(at.address ?? '0.0.0.0');
    socket.setMulticastTTL(spec.ttl);
    socket.setMulticastLoopback(spec.loop);
  });
  return configured.ok ? succeed({ socket, address: spec.group, port: spec.port }) : configured;
}
