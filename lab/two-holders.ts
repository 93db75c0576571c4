/** Watches, all the time, that the two nodes never hold a thing (the address, the volume) together while they can hear each other. */
import type { ClusterNode } from './cluster.ts';
import { pause } from './wait.ts';

export interface Holding {
  /** Names of the nodes that have it. */
  readonly holders: readonly string[];
  readonly samples: number;
  /** Samples in which both had it and both cables were in. */
  readonly bothWhileHearing: number;
}

interface Watched {
  /** Milliseconds between two samples. */
  readonly interval: number;
  /** Whether the node has the thing now. */
  readonly holds: (node: ClusterNode) => Promise<boolean>;
}

/** A watch that takes samples until it is stopped. */
export class HoldingWatch {
  #holding: Holding = { holders: [], samples: 0, bothWhileHearing: 0 };
  readonly #nodes: readonly [ClusterNode, ClusterNode];
  readonly #watched: Watched;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(nodes: readonly [ClusterNode, ClusterNode], watched: Watched) {
    this.#nodes = nodes;
    this.#watched = watched;
    this.#ended = this.#watch();
  }

  get holding(): Holding {
    return this.#holding;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#sample();
      await pause(this.#watched.interval, this.#stop.signal).catch(() => undefined); // the abort ends the loop above
    }
  }

  /** The first node is read before and after the second: an address that moves between two reads is not taken for two holders. */
  async #sample(): Promise<void> {
    const [first, second] = this.#nodes;
    const { holds } = this.#watched;
    const before = await holds(first);
    const secondHolds = await holds(second);
    const firstHolds = secondHolds ? before && (await holds(first)) : before;
    const canHear = this.#nodes.every((node) => node.hasPower && !node.host.isCut());
    const both = firstHolds && secondHolds;
    const { samples, bothWhileHearing } = this.#holding;
    this.#holding = {
      holders: [...(firstHolds ? [first.name] : []), ...(secondHolds ? [second.name] : [])],
      samples: samples + 1,
      bothWhileHearing: bothWhileHearing + (both && canHear ? 1 : 0),
    };
  }
}
