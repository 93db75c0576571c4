/** Chooses how this machine's network is reached. */
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
import { hardwareOf, ownHardware } from './own-hardware.ts';
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

function sendArp(
  iface: string,
  address: string,
  owner?: string,
): Result<'sent' | 'no-arp', string> {
  const own = ownHardware(iface);
  const bytes = ipv4Bytes(address);
  if (!own.ok) return own;
  if (own.value === undefined || bytes === undefined) return succeed('no-arp');
  const speaker = owner === undefined ? own.value : hardwareOf(owner);
  const frames = gratuitousArp(speaker, bytes, own.value);
  const sent = sendFrames(iface, frames);
  if (!sent.ok) return sent;
  return sent.value === frames.length ? succeed('sent') : fail(`${iface} took no ARP frame`);
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
