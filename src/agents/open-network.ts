/** Chooses how this machine's network is reached. */
import { networkInterfaces } from 'node:os';
import type { LogLine } from '../log-line.ts';
import { ipv4Bytes } from '../native/ipv4.ts';
import { openFrames, sendFrames } from '../native/frames.ts';
import { bringLinkUp, lookAtLink } from '../native/links.ts';
import { addAddress, addresses, deleteAddress, routeTo } from '../native/network.ts';
import { fail, succeed, type Result } from '../result.ts';
import { gratuitousArp } from './arp.ts';
import { probeByArp } from './arp-probe.ts';
import { ipCommandNetwork } from './ip-command.ts';
import type { Network } from './network.ts';
import type { ScriptCall } from './run-script.ts';

/** The network through native calls: no process is started, each call takes well under a millisecond. */
const kernelNetwork: Network = {
  addresses,
  addAddress,
  deleteAddress,
  bringUp: bringLinkUp,
  routeTo,
  sendArp: (...about) => Promise.resolve(sendArp(...about)),
  probe,
};

const etherTypeArp = 0x0806;
/** What Node.js tells of interfaces without an Ethernet address. */
const noMac = '00:00:00:00:00:00';

function sendArp(
  iface: string,
  address: string,
  owner?: string,
): Result<'sent' | 'no-arp', string> {
  const mac = macOf(iface);
  const bytes = ipv4Bytes(address);
  if (mac === undefined) return fail(`${iface} is down or has no carrier`);
  if (mac === noMac || bytes === undefined) return succeed('no-arp');
  const frames = gratuitousArp(hardwareOf(owner ?? mac), bytes, hardwareOf(mac));
  const sent = sendFrames(iface, frames);
  if (!sent.ok) return sent;
  return sent.value === frames.length ? succeed('sent') : fail(`${iface} took no ARP frame`);
}

const hardwareOf = (text: string): Buffer => Buffer.from(text.replaceAll(':', ''), 'hex');

/** Known at once: were it waited for, frames could leave after the stop that ends the announcement. Node.js tells only of what is up. */
function macOf(iface: string): string | undefined {
  return networkInterfaces()[iface]?.[0]?.mac;
}

async function probe(iface: string, address: string): Promise<Result<string | undefined, string>> {
  const link = await lookAtLink(iface);
  if (!link.ok) return link;
  const { hardware, isRunning } = link.value;
  const bytes = ipv4Bytes(address);
  if (hardware === undefined || bytes === undefined) return fail(`${iface} has no ARP`);
  if (!isRunning) return fail(`${iface} is down or has no carrier`);
  const socket = openFrames(iface, etherTypeArp);
  if (!socket.ok) return socket;
  try {
    return await probeByArp(socket.value, hardware, bytes);
  } finally {
    socket.value.close();
  }
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
