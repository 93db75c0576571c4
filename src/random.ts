/** A seeded source of numbers, carried as a value, so that the core stays deterministic. */
export interface RandomState {
  readonly seed: number;
}

/** The next number in [0, 1) and the state after it (mulberry32, public domain). */
export function nextRandom(state: RandomState): {
  readonly value: number;
  readonly state: RandomState;
} {
  const seed = (state.seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296, state: { seed } };
}
