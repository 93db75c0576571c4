/** Tests of one pair, which follow each other, inside groups that run side by side (`describe.concurrent`). */
import { test } from 'vitest';

/** A test that starts when the one before it in its group has ended. */
export function inTurn(name: string, steps: () => Promise<void>): void {
  test(name, { concurrent: false }, steps);
}
