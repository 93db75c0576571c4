/** Chooses how this machine's network is reached. */
import { networkInterfaces } from 'node:os';
import type { LogLine } from '../log-line.ts';
import { ipv4Bytes } from '../native/ipv4.ts';
import { addAddress, addresses, deleteAddress, routeTo, sendFrames } from '../native/network.ts';
import { fail, succeed, type Result } from '../result.ts';
import { gratuitousArp } from './arp.ts';
import { ipCommandNetwork } from './ip-command.ts';
import type { Network } from './network.ts';
import type { ScriptCall } from './run-script.ts';

/** The network through native calls: no process is started, each call takes well under a millisecond. */
const kernelNetwork: Network = {
  addresses,
  addAddress,
  deleteAddress,
  routeTo,
  sendArp: (iface, address) => Promise.resolve(sendArp(iface, address)),
};

function sendArp(iface: string, address: string): Result<'sent' | 'no-arp', string> {
  const hardware = hardwareAddress(iface);
  const bytes = ipv4Bytes(address);
  if (hardware === undefined || bytes === undefined) return succeed('no-arp');
  const frames = gratuitousArp(hardware, bytes);
  const sent = sendFrames(iface, frames);
  if (!sent.ok) return sent;
  return sent.value === frames.length ? succeed('sent') : fail(`${iface} took no ARP frame`);
}

/** Six bytes; undefined for an interface that is down, has no address at all, or has no Ethernet address. */
function hardwareAddress(iface: string): Uint8Array | undefined {
  const mac = networkInterfaces()[iface]?.[0]?.mac;
  if (mac === undefined || mac === '00:00:00:00:00:00') return undefined;
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/**
 * The network through native calls, or, with a warning, through the commands `ip` and `arping` where those do not work. To be called
 * once, at the start: it loads what native calls need, which takes longer than any later call.
 */
export async function openNetwork(
  call: Pick<ScriptCall, 'environment' | 'directory'>,
  log: (line: LogLine) => void,
): Promise<Network> {
  const tried = await kernelNetwork.addresses();
  if (tried.ok) return kernelNetwork;
  log({ level: 'WARN', text: `IPaddr uses the commands ip and arping: ${tried.reason}` });
  return ipCommandNetwork(call);
}
