/** Throws when our own program is wrong; never for what a peer, a file or an operator did. */
export function assert(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`assertion failed: ${what}`);
}

/** For the default of an exhaustive switch: the compiler refuses a missing case. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
