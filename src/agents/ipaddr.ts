/** The built-in agents IPaddr and IPaddr2: a service address that is up on one node at a time. */
import type { Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import type { InterfaceAddress, NewAddress } from '../native/network.ts';
import { type Result, succeed } from '../result.ts';
import type { Announcer } from './announcer.ts';
import type { AddressRequest } from './ipaddr-arguments.ts';
import { placeAddress } from './ipaddr-placement.ts';
import { giveToLoopback, takeFromLoopback } from './loopback-address.ts';
import type { Network } from './network.ts';

/**
 * Starts, stops and looks for addresses, one call after the other: two starts must not choose the same label, and a stop
 * mends what the kernel deletes with an address.
 */
export class IpAddr {
  readonly #network: Network;
  readonly #announcer: Announcer;
  readonly #log: (line: LogLine) => void;
  readonly #files: string;
  /** Who was last heard to have an address: said once, for it is asked for again and again. */
  readonly #claimants: Map<string, string> = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();

  /** `files` is where agents keep what they must remember. */
  constructor(
    network: Network,
    announcer: Announcer,
    log: (line: LogLine) => void,
    files = '/run/resource-agents',
  ) {
    this.#network = network;
    this.#announcer = announcer;
    this.#log = log;
    this.#files = files;
  }

  /** Succeeds, and announces, also when the address is there already: the neighbours may have learnt another owner. */
  start(request: AddressRequest): Promise<Outcome> {
    return this.#inTurn(() => this.#start(request));
  }

  /** Removes the address wherever it is, except from `lo`; succeeds when it was not there. */
  stop(request: AddressRequest): Promise<Outcome> {
    return this.#inTurn(() => this.#stop(request));
  }

  /** Running when the address is on the interface asked for, or on any (but `lo`) when none was. */
  async status(request: AddressRequest): Promise<Outcome> {
    const listed = await this.#network.addresses();
    if (!listed.ok) return failed(listed.reason);
    const held = heldHere(listed.value, request.address);
    const runs = held.some((one) => request.iface === undefined || one.iface === request.iface);
    return { kind: runs ? 'running' : 'stopped' };
  }

  /**
   * Running when another machine on the link has the address or is about to take it; stopped when all are silent, and at once when the
   * address is here. Failed where nobody could be heard.
   */
  async probe(request: AddressRequest): Promise<Outcome> {
    const listed = await this.#network.addresses();
    if (!listed.ok) return failed(listed.reason);
    if (heldHere(listed.value, request.address).length > 0) return { kind: 'stopped' };
    const place = await this.#place(request, listed.value);
    if (!place.ok) return failed(place.reason);
    const { iface, address } = place.value;
    if (iface === 'lo') return { kind: 'stopped' };
    const answer = await this.#network.probe(iface, address);
    if (!answer.ok) return failed(answer.reason);
    if (answer.value === undefined) this.#claimants.delete(address);
    else this.#tellClaimant(request, iface, answer.value);
    return { kind: answer.value === undefined ? 'stopped' : 'running' };
  }

  #tellClaimant({ address, agent }: AddressRequest, iface: string, claimant: string): void {
    if (this.#claimants.get(address) === claimant) return;
    this.#claimants.set(address, claimant);
    const text = `${agent}: ${address} is in use on ${iface}: ${claimant} answers for it`;
    this.#log({ level: 'WARN', text });
  }

  /**
   * Tells the neighbours which other machine has the address, once it is not here: for one that does not announce again what it has had
   * all the time.
   */
  introduce(request: AddressRequest): Promise<void> {
    return this.#inTurn(() => this.#introduce(request));
  }

  /** From now on nothing is announced. */
  silence({ address }: AddressRequest): void {
    this.#announcer.stop(address);
  }

  /** Announces the address again if it is here. */
  announce(request: AddressRequest): Promise<void> {
    return this.#inTurn(() => this.#announce(request));
  }

  #inTurn<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const next = this.#last.then(act, act);
    this.#last = next;
    return next;
  }

  async #announce(request: AddressRequest): Promise<void> {
    const listed = await this.#network.addresses();
    const held = listed.ok ? heldHere(listed.value, request.address)[0] : undefined;
    if (held !== undefined) await this.#announcer.announce(held.iface, request.address);
  }

  async #introduce(request: AddressRequest): Promise<void> {
    const listed = await this.#network.addresses();
    if (!listed.ok || heldHere(listed.value, request.address).length > 0) return;
    const place = await this.#place(request, listed.value);
    if (!place.ok || place.value.iface === 'lo') return;
    const { iface, address } = place.value;
    const owner = await this.#network.probe(iface, address);
    if (!owner.ok || owner.value === undefined) return;
    await this.#announcer.announce(iface, address, owner.value);
  }

  async #start(request: AddressRequest): Promise<Outcome> {
    const listed = await this.#network.addresses();
    if (!listed.ok) return failed(listed.reason);
    const held = preferIface(heldHere(listed.value, request.address), request.iface);
    const iface =
      held === undefined
        ? await this.#add(request, listed.value)
        : await this.#alreadyOn(held, request);
    if (!iface.ok) return failed(iface.reason);
    await this.#announcer.announce(iface.value, request.address);
    return { kind: 'done' };
  }

  async #alreadyOn(
    held: InterfaceAddress,
    request: AddressRequest,
  ): Promise<Result<string, string>> {
    const { address, iface } = held;
    if (request.iface !== undefined && request.iface !== iface) {
      const text = `${request.agent}: ${address} is on ${iface} already, although ${request.iface} is asked for`;
      this.#log({ level: 'WARN', text });
    }
    return this.#bringUp(iface, request);
  }

  /** The interface, which is up now: an address on one that is down would serve nobody. */
  async #bringUp(iface: string, { agent }: AddressRequest): Promise<Result<string, string>> {
    const up = await this.#network.bringUp(iface);
    if (!up.ok) return up;
    if (up.value === 'brought-up') {
      this.#log({ level: 'info', text: `${agent}: ${iface} was down, and is up now` });
    }
    return succeed(iface);
  }

  /** Where the address is to go; the route is looked up only when the request leaves something open. */
  async #place(
    request: AddressRequest,
    addresses: readonly InterfaceAddress[],
  ): Promise<Result<NewAddress, string>> {
    const complete = request.iface !== undefined && request.prefix !== undefined;
    const route = complete ? succeed(undefined) : await this.#network.routeTo(request.address);
    return route.ok ? placeAddress(request, addresses, route.value) : route;
  }

  /** The interface that has the address now. */
  async #add(
    request: AddressRequest,
    addresses: readonly InterfaceAddress[],
  ): Promise<Result<string, string>> {
    const place = await this.#place(request, addresses);
    if (!place.ok) return place;
    const { iface, address, prefix, label = iface } = place.value;
    const up = await this.#bringUp(iface, request);
    if (!up.ok) return up;
    const free = await this.#freeFromLoopback(request, iface, addresses);
    if (!free.ok) return free;
    const added = await this.#network.addAddress(place.value);
    if (!added.ok) return added;
    const what = `${address}/${String(prefix)} added as ${label}`;
    this.#log({ level: 'info', text: `${request.agent}: ${what}` });
    return succeed(iface);
  }

  async #stop(request: AddressRequest): Promise<Outcome> {
    this.silence(request);
    const before = await this.#network.addresses();
    if (!before.ok) return failed(before.reason);
    const held = heldHere(before.value, request.address);
    for (const one of held) {
      const deleted = await this.#network.deleteAddress(one);
      if (!deleted.ok) return failed(deleted.reason);
      const what = `${one.address} (${one.label}) deleted`;
      this.#log({ level: 'info', text: `${request.agent}: ${what}` });
    }
    if (held.length > 0) await this.#restoreOthers(request.address, before.value);
    if (request.agent === 'IPaddr2') await this.#returnToLoopback(request.address);
    return { kind: 'done' };
  }

  /** IPaddr leaves `lo` alone, as C's does. */
  async #freeFromLoopback(
    { address, agent }: AddressRequest,
    iface: string,
    addresses: readonly InterfaceAddress[],
  ): Promise<Result<unknown, string>> {
    if (agent === 'IPaddr' || iface === 'lo') return succeed(undefined);
    const taken = await takeFromLoopback(this.#network, this.#files, address, addresses);
    if (taken.ok && taken.value === 'taken') {
      this.#log({ level: 'info', text: `${agent}: ${address} taken from lo until the stop` });
    }
    return taken;
  }

  /** The service address is gone by now: what fails here is no failed stop. */
  async #returnToLoopback(address: string): Promise<void> {
    const given = await giveToLoopback(this.#network, this.#files, address);
    if (!given.ok) {
      const text = `IPaddr2: ${address} is not back on lo: ${given.reason}`;
      this.#log({ level: 'WARN', text });
    } else if (given.value === 'given') {
      this.#log({ level: 'info', text: `IPaddr2: ${address} is back on lo` });
    }
  }

  /**
   * The kernel deletes the secondary addresses of a network together with its primary one, unless `promote_secondaries` is set. Ours is
   * the primary one when the interface has no other address in that network, and then the others are service addresses too.
   */
  async #restoreOthers(gone: string, before: readonly InterfaceAddress[]): Promise<void> {
    const after = await this.#network.addresses();
    if (!after.ok) {
      this.#log({ level: 'WARN', text: `IPaddr: after deleting ${gone}: ${after.reason}` });
      return;
    }
    const lost = before.filter((old) => old.address !== gone && !contains(after.value, old));
    for (const { broadcast, ...old } of lost) {
      const again = await this.#network.addAddress(
        broadcast === undefined ? old : { ...old, broadcast },
      );
      const how = again.ok ? 'restored' : `lost: ${again.reason}`;
      const text = `IPaddr: ${old.address} was deleted by the kernel together with ${gone}; ${how}`;
      this.#log({ level: again.ok ? 'info' : 'ERROR', text });
    }
  }
}

function failed(why: string): Outcome {
  return { kind: 'failed', code: 1, why };
}

/** On `lo` an address is no service address: real servers behind a load balancer have it there. */
function heldHere(addresses: readonly InterfaceAddress[], address: string): InterfaceAddress[] {
  return addresses.filter((held) => held.address === address && held.iface !== 'lo');
}

function preferIface(
  held: readonly InterfaceAddress[],
  iface: string | undefined,
): InterfaceAddress | undefined {
  return held.find((one) => one.iface === iface) ?? held[0];
}

function contains(addresses: readonly InterfaceAddress[], wanted: InterfaceAddress): boolean {
  return addresses.some(
    (one) =>
      one.iface === wanted.iface && one.address === wanted.address && one.prefix === wanted.prefix,
  );
}
