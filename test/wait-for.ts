import { vi } from 'vitest';

/** Settles when `check` throws no more; fails with what it threw last after ten seconds, for machines may be busy. */
export const waitFor = (check: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000 });
