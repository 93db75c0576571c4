/** What the address agent needs of this machine's network: the kernel itself, the `ip` command, and tests make one. */
import type { InterfaceAddress, NewAddress, Route } from '../native/network.ts';
import type { Result } from '../result.ts';

/** Every call fails with words for the operator, and none takes longer than its maker's limit. */
export interface Network {
  readonly addresses: () => Promise<Result<readonly InterfaceAddress[], string>>;
  readonly addAddress: (address: NewAddress) => Promise<Result<'added' | 'present', string>>;
  readonly deleteAddress: (
    address: Pick<NewAddress, 'iface' | 'address' | 'prefix'>,
  ) => Promise<Result<'deleted' | 'absent', string>>;
  readonly routeTo: (address: string) => Promise<Result<Route | undefined, string>>;
  /** One gratuitous ARP request and one reply, to all; without effect where the interface has no ARP (`lo`). */
  readonly sendArp: (iface: string, address: string) => Promise<Result<'sent' | 'no-arp', string>>;
}
