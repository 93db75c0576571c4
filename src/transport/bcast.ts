/** `bcast IF`: sends to the interface's broadcast address, on the link only (spec wire 1). */
import { succeed } from '../result.ts';
import { type SenderPlan, openSocket, plainSocket } from './bind.ts';
import type { MediumSpec } from './transport.ts';

export function bcastSender(spec: Extract<MediumSpec, { kind: 'bcast' }>): SenderPlan {
  const { iface, port } = spec;
  return {
    iface,
    missing: (at) => (at.broadcast === undefined ? 'no IPv4 address' : undefined),
    waits: false,
    open: async (at) => {
      const place =
        at.binding === 'device' ? { device: iface } : { address: at.address ?? '0.0.0.0' };
      const wanted = { ...plainSocket, ...place, broadcast: true, dontRoute: true };
      const opened = await openSocket(wanted, at.binding);
      if (!opened.ok) return opened;
      return succeed({ socket: opened.value, address: at.broadcast ?? '255.255.255.255', port });
    },
    started: () =>
      `glib: UDP Broadcast heartbeat started on port ${String(port)} (${String(port)}) interface ${iface}`,
  };
}
