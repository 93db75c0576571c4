/** A network in memory, which deletes secondary addresses with their primary as the kernel does. */
import type { Network } from '../../src/agents/network.ts';
import type { InterfaceAddress, Route } from '../../src/native/network.ts';
import { lastAddress } from '../../src/native/ipv4.ts';
import { fail, succeed } from '../../src/result.ts';

export type Held = Pick<InterfaceAddress, 'iface' | 'address' | 'prefix'> &
  Partial<InterfaceAddress>;

export function held(address: Held): InterfaceAddress {
  return { index: 2, label: address.iface, broadcast: undefined, ...address };
}

export class FakeNetwork implements Network {
  list: InterfaceAddress[];
  route: Route | undefined;
  readonly arps: string[] = [];
  /** Interfaces that are administratively down. */
  readonly down: Set<string> = new Set<string>();
  /** Who answers a probe, by `iface address`; a probe never ends where that is a promise without an end. */
  readonly others: Map<string, string | Promise<string>> = new Map<
    string,
    string | Promise<string>
  >();
  readonly probes: string[] = [];
  /** What every call answers instead, when set. */
  broken: string | undefined;

  constructor(...addresses: readonly Held[]) {
    this.list = addresses.map(held);
  }

  readonly addresses: Network['addresses'] = () => this.#answer(() => succeed([...this.list]));

  readonly addAddress: Network['addAddress'] = (wanted) =>
    this.#answer(() => {
      this.list.push(held(wanted));
      return succeed('added' as const);
    });

  readonly deleteAddress: Network['deleteAddress'] = (old) =>
    this.#answer(() => {
      const at = this.list.findIndex(
        (one) => one.iface === old.iface && one.address === old.address,
      );
      const networkOf = (one: Held): string =>
        `${one.iface} ${String(one.prefix)} ${lastAddress(one.address, one.prefix) ?? ''}`;
      const isPrimary = this.list.findIndex((one) => networkOf(one) === networkOf(old)) === at;
      this.list = this.list.filter((one, index) =>
        isPrimary ? networkOf(one) !== networkOf(old) : index !== at,
      );
      return succeed('deleted' as const);
    });

  readonly bringUp: Network['bringUp'] = (iface) =>
    this.#answer(() => succeed(this.down.delete(iface) ? 'brought-up' : 'was-up'));

  readonly probe: Network['probe'] = async (iface, address) => {
    this.probes.push(`${iface} ${address}`);
    const owner = await this.others.get(`${iface} ${address}`);
    return this.#answer(() => succeed(owner));
  };

  readonly routeTo: Network['routeTo'] = () => this.#answer(() => succeed(this.route));

  readonly sendArp: Network['sendArp'] = (iface, address, owner) =>
    this.#answer(() => {
      this.arps.push([iface, address, ...(owner === undefined ? [] : [owner])].join(' '));
      return succeed('sent' as const);
    });

  #answer<Answer>(act: () => Answer): Promise<Answer | ReturnType<typeof fail<string>>> {
    return Promise.resolve(this.broken === undefined ? act() : fail(this.broken));
  }
}
