/** Virtual time: what is to happen when, in the order of moments, and of being put down within one. */

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** A binary heap of acts, and the moment that has been reached. */
export class Agenda {
  /** Milliseconds; moves only when an act is due, or by `skipTo`. */
  now = 1000;
  readonly #heap: Entry[] = [];
  #order = 0;

  /** `wait` is 0 or more milliseconds from now. */
  add(wait: number, act: () => void): void {
    this.#order += 1;
    this.#rise({ at: this.now + wait, order: this.#order, act });
  }

  /** When the next act is due; undefined when nothing is going to happen any more. */
  nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Takes out the next act and sets the clock to its moment. */
  take(): (() => void) | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (last !== first) this.#sink(last);
    this.now = Math.max(this.now, first.at);
    return first.act;
  }

  /** Nothing happens until `at`, and it is that late. */
  skipTo(at: number): void {
    this.now = at;
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (isBefore(entry, child)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = entry;
  }
}
