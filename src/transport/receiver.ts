/** The receive socket of `bcast` and `ucast`: one for each interface and port, however many media use it (spec wire 1). */
import type { UdpSocket } from '../native/sockets.ts';
import { type Inlet, type SocketPlan, openSocket, plainSocket } from './bind.ts';
import type { InterfaceState } from './interfaces.ts';

export interface Receiver {
  readonly kind: 'bcast' | 'ucast';
  readonly iface: string;
  readonly port: number;
  /** Whether one of our own multicast sockets needs the port too. */
  readonly shared: boolean;
}

/**
 * Hears what comes to the port on the interface, to whatever address; without koffi only what is broadcast there (`bcast`) or sent to
 * the interface's own address (`ucast`).
 */
export function receiverPlan(receiver: Receiver): SocketPlan<Inlet> {
  return {
    iface: receiver.iface,
    missing: (at) => (placeOf(receiver, at) === undefined ? 'no IPv4 address' : undefined),
    waits: receiver.kind === 'ucast',
    open: async (at) => {
      const place = placeOf(receiver, at) ?? {};
      const { port, shared } = receiver;
      const opened = await openSocket({ ...plainSocket, ...place, port, shared }, at.binding);
      return opened.ok ? { ok: true, value: { socket: opened.value } } : opened;
    },
  };
}

function placeOf(receiver: Receiver, at: InterfaceState): Partial<UdpSocket> | undefined {
  if (at.binding === 'device') return { device: receiver.iface };
  const address = receiver.kind === 'bcast' ? at.broadcast : at.address;
  return address === undefined ? undefined : { address };
}
