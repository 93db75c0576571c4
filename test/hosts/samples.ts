/** Who has the service's address, every 50 ms, whatever the cables do. */
import { setTimeout as later } from 'node:timers/promises';
import type { Pair } from './pair.ts';

const interval = 50;

/** Samples until `stop`. */
export class Samples {
  /** `1`, `2`, `both` or `none`, in their order. */
  readonly holders: string[] = [];
  readonly #pair: Pair;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(pair: Pair) {
    this.#pair = pair;
    this.#ended = this.#watch();
  }

  /** What was seen, repetitions left out: `1`, `none`, `2`. */
  async stop(): Promise<readonly string[]> {
    this.#stop.abort();
    await this.#ended;
    return this.holders.filter((holder, at) => holder !== this.holders[at - 1]);
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.holders.push(await this.#look());
      await later(interval, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    // What ended the wait is seen, too, however soon after it the end comes.
    this.holders.push(await this.#look());
  }

  /** The first is read before and after the second: an address that moves between two reads has one holder. */
  async #look(): Promise<string> {
    const { first, second } = this.#pair;
    const before = await first.holdsAddress();
    const other = await second.holdsAddress();
    const after = await first.holdsAddress();
    if (before && other && after) return 'both';
    if (other) return '2';
    return before || after ? '1' : 'none';
  }
}
