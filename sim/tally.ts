/** What many seeds come to. */
import type { Violation } from './judges.ts';
import type { Verdict } from './simulation.ts';

/** The sum of some verdicts; plain data, so that it can travel between processes. */
export interface Tally {
  readonly seeds: number;
  readonly virtualMillis: number;
  readonly faults: Readonly<Record<string, number>>;
  /** By rising seed. */
  readonly violations: readonly (Violation & { readonly seed: number })[];
}

export const nothing: Tally = { seeds: 0, virtualMillis: 0, faults: {}, violations: [] };

export function tallyOf({ seed, violation, virtualMillis, faults }: Verdict): Tally {
  return {
    seeds: 1,
    virtualMillis,
    faults: Object.fromEntries(faults),
    violations: violation === undefined ? [] : [{ ...violation, seed }],
  };
}

export function add(one: Tally, other: Tally): Tally {
  const faults = { ...one.faults };
  for (const [kind, count] of Object.entries(other.faults))
    faults[kind] = (faults[kind] ?? 0) + count;
  return {
    seeds: one.seeds + other.seeds,
    virtualMillis: one.virtualMillis + other.virtualMillis,
    faults,
    violations: [...one.violations, ...other.violations].sort((a, b) => a.seed - b.seed),
  };
}

/** The report for people; `again` is the command that brings a seed back. */
export function summary(tally: Tally, again: (seed: number) => string): string {
  const total = Object.values(tally.faults).reduce((sum, count) => sum + count, 0);
  const kinds = Object.entries(tally.faults)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${kind} ${String(count)}`);
  const hours = (tally.virtualMillis / 3_600_000).toFixed(1);
  const failed = tally.violations.map(
    ({ seed, rule, at, text }) =>
      `seed ${String(seed)}: ${rule} at ${(at / 1000).toFixed(3)} s: ${text}\n  again: ${again(seed)}`,
  );
  return [
    ...failed,
    `${String(tally.seeds)} clusters, ${hours} virtual hours, ${String(total)} faults and commands: ${kinds.join(', ')}`,
    `${String(tally.violations.length)} violations`,
  ].join('\n');
}
