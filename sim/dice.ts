/** All chance of a simulation, drawn from one seed. */
import { nextRandom, type RandomState } from '../src/random.ts';

/** Stirs a seed, so that neighbouring seeds and labels have nothing in common. */
function stirred(seed: number, label: string): number {
  let mixed = seed ^ 0x9e3779b9;
  for (const letter of label) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
  return mixed ^ (mixed >>> 15);
}

export class Dice {
  readonly #seed: number;
  #random: RandomState;

  /** Dice with another `label` fall differently, however often the others are thrown. */
  constructor(seed: number, label: string) {
    this.#seed = seed;
    this.#random = { seed: stirred(seed, label) };
  }

  /** Dice of their own for a part of the same simulation. */
  for(label: string): Dice {
    return new Dice(this.#seed, label);
  }

  /** In [0, 1). */
  next(): number {
    const { value, state } = nextRandom(this.#random);
    this.#random = state;
    return value;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  happens(share: number): boolean {
    return this.next() < share;
  }

  /** Throws when there is nothing to choose from. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Some of the items, in their order. */
  some<Item>(items: readonly Item[]): Item[] {
    return items.filter(() => this.happens(0.5));
  }
}
