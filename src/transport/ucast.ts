/** `ucast IF PEER`: sends to one host, out of that interface (spec wire 1). */
import { type Result, fail, succeed } from '../result.ts';
import { type Outlet, type SenderPlan, openSocket, plainSocket } from './bind.ts';
import type { InterfaceState } from './interfaces.ts';
import { lookUpHost } from './look-up-host.ts';
import type { UcastSpec } from './transport.ts';

/** IPTOS_LOWDELAY */
const lowDelay = 0x10;

/** The host's name is looked up at each opening; while nobody answers, the address of the last time holds. */
export function ucastSender(spec: UcastSpec): SenderPlan {
  let lastKnown: string | undefined;
  return {
    iface: spec.iface,
    missing: (at) => (canSend(at) ? undefined : 'no IPv4 address'),
    waits: true,
    open: async (at) => {
      lastKnown = (await lookUpHost(spec.host, 4)) ?? lastKnown;
      return lastKnown === undefined
        ? fail(`cannot resolve hostname ${spec.host}`)
        : openSender(spec, at, lastKnown);
    },
    started: ({ address, port }) =>
      `glib: ucast: started on port ${String(port)} interface ${spec.iface} to ${address}`,
  };
}

function canSend(at: InterfaceState): boolean {
  return at.binding === 'device' || at.address !== undefined;
}

async function openSender(
  spec: UcastSpec,
  at: InterfaceState,
  address: string,
): Promise<Result<Outlet, string>> {
  const place =
    at.binding === 'device' ? { device: spec.iface } : { address: at.address ?? '0.0.0.0' };
  const opened = await openSocket(
    { ...plainSocket, ...place, typeOfService: lowDelay },
    at.binding,
  );
  return opened.ok ? succeed({ socket: opened.value, address, port: spec.port }) : opened;
}
