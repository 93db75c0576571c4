/** The Ethernet addresses of this machine's interfaces. */
import { networkInterfaces } from 'node:os';
import { type Result, fail, succeed } from '../result.ts';

/** What Node.js tells of interfaces without an Ethernet address. */
const noMac = '00:00:00:00:00:00';

/**
 * The six bytes of an interface; undefined where it has none (`lo`, tunnels). Fails with words where it is down. Known at once: were it waited for,
 * frames could leave after the stop that ends an announcement. Node.js tells only of what is up.
 */
export function ownHardware(iface: string): Result<Uint8Array | undefined, string> {
  const mac = networkInterfaces()[iface]?.[0]?.mac;
  if (mac === undefined) return fail(`${iface} is down or has no carrier`);
  return succeed(mac === noMac ? undefined : hardwareOf(mac));
}

/** The six bytes of `02:32:e3:34:21:f3`. */
export function hardwareOf(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}
