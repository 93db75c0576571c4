/** Every agent inside this process, by its name. */
import type { BuiltIn } from './built-in.ts';
import { apache } from './apache.ts';
import { delayAgent } from './delay.ts';
import { drbddisk } from './drbddisk.ts';
import { filesystem } from './filesystem.ts';
import type { BuiltInName } from './find-agent.ts';
import { ipsrcaddrWith } from './ipsrcaddr.ts';
import { lvm } from './lvm.ts';
import { type MailOptions, mailToAgent } from './mail-to.ts';
import type { Network } from './network.ts';
import { portblock } from './portblock.ts';
import { raid1 } from './raid1.ts';
import { sendArpAgent } from './send-arp.ts';
import { type ServiceAddresses, addressAgent } from './service-addresses.ts';

export type BuiltIns = Readonly<Record<BuiltInName, BuiltIn>>;

/** What they share with the rest of the room. */
export interface Surroundings {
  readonly addresses: ServiceAddresses;
  readonly options: MailOptions & { readonly network: Network };
}

export function builtInsWith({ addresses, options }: Surroundings): BuiltIns {
  return {
    Delay: delayAgent(),
    Filesystem: filesystem,
    IPaddr: addressAgent(addresses, 'IPaddr'),
    IPaddr2: addressAgent(addresses, 'IPaddr2'),
    IPsrcaddr: ipsrcaddrWith(options.network),
    IPv6addr: addressAgent(addresses, 'IPv6addr'),
    LVM: lvm,
    MailTo: mailToAgent(options),
    Raid1: raid1,
    apache,
    SendArp: sendArpAgent(addresses.announcer),
    drbddisk,
    portblock,
  };
}
