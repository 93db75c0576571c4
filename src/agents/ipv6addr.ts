/** The built-in agent IPv6addr: a service address that is up on one node at a time (spec resources 12). */
import type { Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import type { Address6 } from '../native/inet6.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { Announcer } from './announcer.ts';
import { failed } from './built-in.ts';
import type { Address6Request } from './ipv6addr-arguments.ts';
import type { Network6, Place6 } from './network6.ts';

/** Starts, stops and looks for IPv6 addresses. `announcer` is to speak through `Network6.advertise`. */
export class Ipv6Addr {
  readonly #network: Network6;
  readonly #announcer: Announcer;
  readonly #log: (line: LogLine) => void;

  constructor(network: Network6, announcer: Announcer, log: (line: LogLine) => void) {
    this.#network = network;
    this.#announcer = announcer;
    this.#log = log;
  }

  /** Fails when another machine answers for the address. Where it is here already it is announced. */
  async start(request: Address6Request): Promise<Outcome> {
    const held = await this.#held(request);
    if (!held.ok) return failed(held.reason);
    const usable = held.value.filter((one) => !one.isDuplicate);
    const here = usable.find(({ iface }) => iface === request.iface) ?? usable[0];
    const place =
      here === undefined
        ? await this.#add(request, held.value)
        : await this.#alreadyOn(here, request);
    if (!place.ok) return failed(place.reason);
    await this.#announcer.announce(place.value.iface, request.hex);
    return { kind: 'done' };
  }

  /** Removes the address wherever it is, except from `lo`; succeeds when it was not there. */
  async stop(request: Address6Request): Promise<Outcome> {
    this.silence(request);
    const held = await this.#held(request);
    if (!held.ok) return failed(held.reason);
    for (const one of held.value) {
      const removed = await this.#remove(request, one);
      if (!removed.ok) return failed(removed.reason);
    }
    return { kind: 'done' };
  }

  /** Running when the address is on the interface asked for, or on any (but `lo`) when none was, and the kernel uses it. */
  async status(request: Address6Request): Promise<Outcome> {
    const held = await this.#held(request);
    if (!held.ok) return failed(held.reason);
    const runs = held.value.some(
      ({ iface, isDuplicate }) =>
        !isDuplicate && (request.iface === undefined || request.iface === iface),
    );
    return { kind: runs ? 'running' : 'stopped' };
  }

  /** Running when another machine on the link has the address; failed where nobody could be heard. */
  async probe(request: Address6Request): Promise<Outcome> {
    const claimant = await this.#claimant(request);
    if (!claimant.ok) return failed(claimant.reason);
    if (claimant.value === undefined) return { kind: 'stopped' };
    this.#tell('WARN', inUse(request, claimant.value));
    return { kind: 'running' };
  }

  /** Tells the neighbours which other machine has the address, once it is not here. */
  async introduce(request: Address6Request): Promise<void> {
    const claimant = await this.#claimant(request);
    if (!claimant.ok || claimant.value === undefined) return;
    const { iface, hardware } = claimant.value;
    await this.#announcer.announce(iface, request.hex, hardware);
  }

  /** Announces the address again if it is here. */
  async announce(request: Address6Request): Promise<void> {
    const held = await this.#held(request);
    const [here] = held.ok ? held.value : [];
    if (here !== undefined) await this.#announcer.announce(here.iface, request.hex);
  }

  /** From now on nothing is announced. */
  silence({ hex }: Address6Request): void {
    this.#announcer.stop(hex);
  }

  /** As IPaddr does: it is left where it is, and an address on an interface that is down would serve nobody. */
  async #alreadyOn(here: Address6, request: Address6Request): Promise<Result<Address6, string>> {
    const { iface } = here;
    if (request.iface !== undefined && request.iface !== iface) {
      const where = `is on ${iface} already, although ${request.iface} is asked for`;
      this.#tell('WARN', `${request.address} ${where}`);
    }
    const up = await this.#bringUp(iface);
    return up.ok ? succeed(here) : up;
  }

  async #bringUp(iface: string): Promise<Result<unknown, string>> {
    const up = await this.#network.bringUp(iface);
    if (up.ok && up.value === 'brought-up') this.#tell('info', `${iface} was down, and is up now`);
    return up;
  }

  /** On `lo` it is no service address. */
  async #held({ hex }: Address6Request): Promise<Result<readonly Address6[], string>> {
    const listed = await this.#network.addresses();
    if (!listed.ok) return listed;
    return succeed(listed.value.filter((one) => one.hex === hex && one.iface !== 'lo'));
  }

  async #place(request: Address6Request): Promise<Result<Place6, string>> {
    const { address, hex, iface, prefix } = request;
    if (iface !== undefined && prefix !== undefined) return succeed({ hex, iface, prefix });
    const route = await this.#network.routeTo(hex);
    if (!route.ok) return route;
    const found = route.value;
    if (found === undefined || (iface !== undefined && iface !== found.iface)) {
      const example = `${address}/64/${iface ?? 'eth0'}`;
      return fail(`no interface is connected to the network of ${address}; write ${example}`);
    }
    return succeed({ hex, iface: found.iface, prefix: prefix ?? found.prefix });
  }

  /** Nothing is asked about an address that is up here. */
  async #claimant(request: Address6Request): Promise<Result<Claimant | undefined, string>> {
    const held = await this.#held(request);
    if (!held.ok) return held;
    if (held.value.some(({ isDuplicate }) => !isDuplicate)) return succeed(undefined);
    const place = await this.#place(request);
    if (!place.ok) return place;
    const { iface } = place.value;
    if (iface === 'lo') return succeed(undefined);
    const answer = await this.#network.probe(iface, request.hex);
    if (!answer.ok) return answer;
    return succeed(answer.value === undefined ? undefined : { iface, hardware: answer.value });
  }

  /** An address that the kernel has found to be another's is asked about anew: that machine may be gone. */
  async #add(
    request: Address6Request,
    duplicates: readonly Address6[],
  ): Promise<Result<Place6, string>> {
    const place = await this.#place(request);
    if (!place.ok) return place;
    const { iface, prefix } = place.value;
    const up = await this.#bringUp(iface);
    if (!up.ok) return up;
    const claimant = await this.#claimant(request);
    if (!claimant.ok) this.#tell('WARN', `not known whether it is in use: ${claimant.reason}`);
    else if (claimant.value !== undefined) return fail(inUse(request, claimant.value));
    for (const one of duplicates) {
      const removed = await this.#remove(request, one);
      if (!removed.ok) return removed;
    }
    const added = await this.#network.add(place.value);
    if (!added.ok) return added;
    this.#tell('info', `${request.address}/${String(prefix)} added to ${iface}`);
    return place;
  }

  /** Somebody else may have been faster. */
  async #remove(request: Address6Request, place: Address6): Promise<Result<undefined, string>> {
    const removed = await this.#network.remove(place);
    if (!removed.ok) {
      const held = await this.#held(request);
      const isGone = held.ok && !held.value.some(({ iface }) => iface === place.iface);
      return isGone ? succeed(undefined) : removed;
    }
    this.#tell('info', `${request.address} deleted from ${place.iface}`);
    return removed;
  }

  #tell(level: LogLine['level'], text: string): void {
    this.#log({ level, text: `IPv6addr: ${text}` });
  }
}

interface Claimant {
  /** Where it was heard. */
  readonly iface: string;
  readonly hardware: string;
}

function inUse({ address }: Address6Request, { iface, hardware }: Claimant): string {
  return `${address} is in use on ${iface}: ${hardware} answers for it`;
}
