/** What the agent IPv6addr needs of this machine's network. */
import { openFrames, sendFrames } from '../native/frames.ts';
import { type Address6, type Route6, addresses6, connectedRoute6 } from '../native/inet6.ts';
import { bringLinkUp, lookAtLink } from '../native/links.ts';
import { type Result, fail, succeed } from '../result.ts';
import { seconds } from '../units.ts';
import { askLink } from './arp-probe.ts';
import { hasSucceeded, wordsOf } from './built-in.ts';
import { claimantOf6, duplicateQuestion, neighbourAdvertisement } from './neighbour-discovery.ts';
import { hardwareOf, ownHardware } from './own-hardware.ts';
import { type ScriptCall, runScript } from './run-script.ts';

/** Addresses are 32 hexadecimal digits. Every call fails with words for the operator, and none takes longer than five seconds. */
export interface Network6 {
  readonly addresses: () => Promise<Result<readonly Address6[], string>>;
  readonly routeTo: (hex: string) => Promise<Result<Route6 | undefined, string>>;
  readonly bringUp: (iface: string) => Promise<Result<'was-up' | 'brought-up', string>>;
  /** The address can be used at once: whether another machine has it is for `probe` to find out, before. */
  readonly add: (address: Place6) => Promise<Result<undefined, string>>;
  readonly remove: (address: Place6) => Promise<Result<undefined, string>>;
  /**
   * Tells all on the link that this machine has the address, or `owner`, a hardware address as `probe` gives it. Without effect where the
   * interface has no hardware address.
   */
  readonly advertise: (
    iface: string,
    hex: string,
    owner?: string,
  ) => Promise<Result<'sent' | 'no-arp', string>>;
  /** The hardware address of another machine that has the address; undefined when none has answered for 0.3 s. Fails where an answer could not be heard. */
  readonly probe: (iface: string, hex: string) => Promise<Result<string | undefined, string>>;
}

/** Where an address is, or is to be. */
export type Place6 = Pick<Address6, 'iface' | 'hex' | 'prefix'>;

const limit = seconds(5);
const etherTypeIpv6 = 0x86dd;
const millisToListen = [100, 200];

/** Addresses are changed by the command `ip`, which the environment's PATH finds; frames leave by native calls. */
export function kernelNetwork6(call: Pick<ScriptCall, 'environment' | 'directory'>): Network6 {
  const change = async (
    what: 'add' | 'delete',
    place: Place6,
  ): Promise<Result<undefined, string>> => {
    const { hex, iface, prefix } = place;
    const flags = what === 'add' ? ['nodad'] : [];
    const address = `${textOf6(hex)}/${String(prefix)}`;
    const args = ['-6', 'address', what, address, 'dev', iface, ...flags];
    const how = {
      ...call,
      path: 'ip',
      args,
      limit,
      stdout: 'capture-all',
      log: undefined,
    } as const;
    const end = await runScript(how);
    return hasSucceeded(end) ? succeed(undefined) : fail(`ip address ${what}: ${wordsOf(end)}`);
  };
  return {
    addresses: addresses6,
    routeTo: connectedRoute6,
    bringUp: bringLinkUp,
    add: (place) => change('add', place),
    remove: (place) => change('delete', place),
    advertise: (...about) => Promise.resolve(advertise(...about)),
    probe,
  };
}

/** Fully written, as `ip` takes it: `2001:0db8:0000:…`. */
function textOf6(hex: string): string {
  return hex.match(/.{4}/g)?.join(':') ?? hex;
}

function advertise(iface: string, hex: string, owner?: string): Result<'sent' | 'no-arp', string> {
  const own = ownHardware(iface);
  if (!own.ok) return own;
  if (own.value === undefined) return succeed('no-arp');
  const speaker = owner === undefined ? own.value : hardwareOf(owner);
  const sent = sendFrames(iface, [
    neighbourAdvertisement(speaker, Buffer.from(hex, 'hex'), own.value),
  ]);
  return sent.ok ? succeed('sent') : sent;
}

async function probe(iface: string, hex: string): Promise<Result<string | undefined, string>> {
  const link = await lookAtLink(iface);
  if (!link.ok) return link;
  const { hardware, isRunning } = link.value;
  if (hardware === undefined) return fail(`${iface} has no neighbours`);
  if (!isRunning) return fail(`${iface} is down or has no carrier`);
  const socket = openFrames(iface, etherTypeIpv6);
  if (!socket.ok) return socket;
  const address = Buffer.from(hex, 'hex');
  try {
    return await askLink(socket.value, {
      hardware,
      frame: duplicateQuestion(hardware, address),
      claimantOf: (frame) => claimantOf6(frame, address),
      millisToListen,
    });
  } finally {
    socket.value.close();
  }
}
