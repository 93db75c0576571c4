/** Watches all the time that the service's address is never on both hosts while they can hear each other. */
import { setTimeout as later } from 'node:timers/promises';
import type { Host } from '../../lab/hosts.ts';
import { hasAddress } from '../../lab/local-addresses.ts';

const interval = 100;

/** A watch that takes a sample every 100 ms until it is stopped. */
export class HoldersWatch {
  /** A sentence for each sample in which both had it. */
  readonly violations: string[] = [];
  samples = 0;
  readonly #hosts: readonly [Host, Host];
  readonly #address: string;
  readonly #interfaces: readonly string[];
  readonly #began = performance.now();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #excuses = 0;

  /** The hosts hear each other by `interfaces`, as long as one of them is plugged in on both. */
  constructor(
    hosts: readonly [Host, Host],
    address: string,
    interfaces: readonly string[] = ['eth0'],
  ) {
    this.#hosts = hosts;
    this.#interfaces = interfaces;
    this.#address = address;
    this.#ended = this.#watch();
  }

  /** Does something in which the hosts cannot hear each other, or one is frozen; two holders are no fault meanwhile. */
  async excuse<T>(meanwhile: () => Promise<T>): Promise<T> {
    this.#excuses += 1;
    try {
      return await meanwhile();
    } finally {
      this.#excuses -= 1;
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (await this.#bothHold()) {
        const at = Math.round(performance.now() - this.#began);
        this.violations.push(`both hosts have ${this.#address} at ${String(at)} ms`);
      }
      this.samples += 1;
      await later(interval, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  #canHear(): boolean {
    return this.#interfaces.some((iface) => this.#hosts.every((host) => !host.isCut(iface)));
  }

  /** The first host is read before and after the second: an address that moves between two reads has one holder. */
  async #bothHold(): Promise<boolean> {
    const [first, second] = this.#hosts;
    if (this.#excuses > 0 || !this.#canHear()) return false;
    return (
      (await hasAddress(first.pid, this.#address)) &&
      (await hasAddress(second.pid, this.#address)) &&
      (await hasAddress(first.pid, this.#address)) &&
      this.#excuses === 0
    );
  }
}
