/** Which machines hear each other, and since when: seen from outside, and by what their daemons say of each other. */
import type { Cluster } from './cluster.ts';
import type { Machine } from './machine.ts';

const awake = (machine: Machine): boolean => machine.daemon !== undefined && !machine.frozen;

const believesIn = (machine: Machine, other: Machine): boolean => {
  const status = machine.daemon?.statusOf(other.name);
  return status !== 'dead' && status !== 'init' && status !== undefined;
};

export class Pairs {
  readonly #cluster: Cluster;
  readonly #since = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** To be called often: a quarrel that begins and ends between two calls is not seen. */
  look(): void {
    const machines = [...this.#cluster.hosts.values()];
    for (const one of machines)
      for (const other of machines) if (one.name < other.name) this.#lookAt(one, other);
  }

  /** One of them has declared another dead, or has begun a new life. */
  part(node: string): void {
    for (const other of this.#cluster.hosts.keys()) this.#since.delete(keyOf(node, other));
  }

  /** For how many milliseconds the two have heard each other without a break; 0 when they do not. */
  together(one: string, other: string): number {
    const since = this.#since.get(keyOf(one, other));
    return since === undefined ? 0 : this.#cluster.now - since;
  }

  #lookAt(one: Machine, other: Machine): void {
    const key = keyOf(one.name, other.name);
    if (!this.#hear(one, other)) this.#since.delete(key);
    else if (!this.#since.has(key)) this.#since.set(key, this.#cluster.now);
  }

  #hear(one: Machine, other: Machine): boolean {
    const { network } = this.#cluster;
    return (
      awake(one) &&
      awake(other) &&
      network.reaches(one.name, other.name) &&
      network.reaches(other.name, one.name) &&
      believesIn(one, other) &&
      believesIn(other, one)
    );
  }
}

const keyOf = (one: string, other: string): string =>
  one < other ? `${one} ${other}` : `${other} ${one}`;
