/** At most one line a second for each reason, with a count of what was left out (decisions: packets refused). */
import { after, seconds, type Instant } from '../units.ts';
import type { LogLine } from '../log-line.ts';

/** Keyed by the kind of the reason, a closed list: never by what a sender claims. */
export type Limiter = ReadonlyMap<
  string,
  { readonly quietUntil: Instant; readonly leftOut: number }
>;

const pause = seconds(1);

/** The lines to log now, none if this reason has spoken within the last second. */
export function limit(
  limiter: Limiter,
  reason: string,
  lines: readonly LogLine[],
  now: Instant,
): { readonly limiter: Limiter; readonly lines: readonly LogLine[] } {
  const known = limiter.get(reason);
  if (known !== undefined && now < known.quietUntil) {
    const counted = { ...known, leftOut: known.leftOut + 1 };
    return { limiter: new Map(limiter).set(reason, counted), lines: [] };
  }
  const leftOut = known?.leftOut ?? 0;
  const next = new Map(limiter).set(reason, { quietUntil: after(now, pause), leftOut: 0 });
  if (leftOut === 0) return { limiter: next, lines };
  const counted = lines.map((line, at) =>
    at === 0 ? { ...line, text: `${line.text} (and ${String(leftOut)} more like it)` } : line,
  );
  return { limiter: next, lines: counted };
}
