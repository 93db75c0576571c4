/** Nodes that are believed to be alive although they say nothing. */
import type { Cluster } from './cluster.ts';
import type { Machine } from './machine.ts';

interface Silence {
  readonly listener: Machine;
  readonly silent: Machine;
  /** Milliseconds since something of it could be heard. */
  readonly lasts: number;
}

export class Ghosts {
  readonly #cluster: Cluster;
  /** By listener and node: when the listener last could hear it, or was not listening itself. */
  readonly #heardAt = new Map<string, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The node says something. */
  speaks({ name }: Machine): void {
    for (const listener of this.#cluster.hosts.keys())
      if (this.#cluster.network.reaches(name, listener))
        this.#heardAt.set(`${listener} ${name}`, this.#cluster.now);
  }

  /** Who is believed to be alive, and for how long it has been silent. */
  look(): readonly Silence[] {
    const machines = [...this.#cluster.hosts.values()];
    return machines.flatMap((listener) =>
      machines.flatMap((silent) => (listener === silent ? [] : this.#lookAt(listener, silent))),
    );
  }

  #lookAt(listener: Machine, silent: Machine): readonly Silence[] {
    const key = `${listener.name} ${silent.name}`;
    const { now } = this.#cluster;
    const { daemon, frozen } = listener;
    if (daemon === undefined || frozen) this.#heardAt.set(key, now);
    const lasts = now - (this.#heardAt.get(key) ?? now);
    const status = daemon?.statusOf(silent.name);
    return status === 'dead' || status === 'init' ? [] : [{ listener, silent, lasts }];
  }
}
