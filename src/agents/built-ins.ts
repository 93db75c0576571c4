/** Every agent inside this process, by its name. */
import { succeed } from '../result.ts';
import type { Announcer } from './announcer.ts';
import type { BuiltIn } from './built-in.ts';
import { delayAgent } from './delay.ts';
import { drbddisk } from './drbddisk.ts';
import { filesystem } from './filesystem.ts';
import type { BuiltInName } from './find-agent.ts';
import { type AddressAgent, parseAddressRequest } from './ipaddr-arguments.ts';
import type { IpAddr } from './ipaddr.ts';
import { ipsrcaddrWith } from './ipsrcaddr.ts';
import { lvm } from './lvm.ts';
import { type MailOptions, mailToAgent } from './mail-to.ts';
import type { Network } from './network.ts';
import { portblock } from './portblock.ts';
import { raid1 } from './raid1.ts';
import { sendArpAgent } from './send-arp.ts';

export type BuiltIns = Readonly<Record<BuiltInName, BuiltIn>>;

/** What they share with the rest of the room. */
export interface Surroundings {
  readonly ipAddr: IpAddr;
  readonly announcer: Announcer;
  readonly options: MailOptions & { readonly network: Network };
}

export function builtInsWith({ announcer, ipAddr, options }: Surroundings): BuiltIns {
  return {
    Delay: delayAgent(),
    Filesystem: filesystem,
    IPaddr: ipaddrWith(ipAddr, 'IPaddr'),
    IPaddr2: ipaddrWith(ipAddr, 'IPaddr2'),
    IPsrcaddr: ipsrcaddrWith(options.network),
    LVM: lvm,
    MailTo: mailToAgent(options),
    Raid1: raid1,
    SendArp: sendArpAgent(announcer),
    drbddisk,
    portblock,
  };
}

function ipaddrWith(ipAddr: IpAddr, agent: AddressAgent): BuiltIn {
  return (args) => {
    const request = parseAddressRequest(args, agent);
    if (!request.ok) return request;
    return succeed({
      start: () => ipAddr.start(request.value),
      stop: () => ipAddr.stop(request.value),
      status: () => ipAddr.status(request.value),
    });
  };
}
