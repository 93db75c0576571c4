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
  /** Brings an interface up that is administratively down; any other is left alone. */
  readonly bringUp: (iface: string) => Promise<Result<'was-up' | 'brought-up', string>>;
  readonly routeTo: (address: string) => Promise<Result<Route | undefined, string>>;
  /**
   * One gratuitous ARP request and one reply, to all; without effect where the interface has no ARP (`lo`). They name `owner`, a hardware
   * address as `probe` gives it, where another machine has the address, and the interface's own otherwise.
   */
  readonly sendArp: (
    iface: string,
    address: string,
    owner?: string,
  ) => Promise<Result<'sent' | 'no-arp', string>>;
  /**
   * Asks all on the link who has an address that this machine does not have. The hardware address of who answers, or undefined when nobody
   * does. Takes about half a second when all are silent. Fails where an answer could not be heard: no carrier, no ARP.
   */
  readonly probe: (iface: string, address: string) => Promise<Result<string | undefined, string>>;
}
