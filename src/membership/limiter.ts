/** What a peer can provoke is logged at our pace, not at its (decisions: packets refused). */
import { type Instant, after, seconds } from '../units.ts';
import type { MembershipReport } from './reports.ts';
import { type Membership, type Turn, report, turn } from './state.ts';

const quietTime = seconds(60);

/** Reports at most once a minute for each `kind` and configured node; what was kept back is counted. */
export function reportSometimes(state: Membership, about: MembershipReport, now: Instant): Turn {
  const key = 'node' in about ? `${about.kind} ${about.node}` : about.kind;
  const recent = state.limiter.get(key);
  if (recent !== undefined && now < recent.until) {
    return turn(remember(state, key, { until: recent.until, suppressed: recent.suppressed + 1 }));
  }
  const next = remember(state, key, { until: after(now, quietTime), suppressed: 0 });
  const count = recent?.suppressed ?? 0;
  if (count === 0) return turn(next, report(about));
  return turn(next, report({ kind: 'suppressed', what: key, count }), report(about));
}

function remember(
  state: Membership,
  key: string,
  entry: { readonly until: Instant; readonly suppressed: number },
): Membership {
  return { ...state, limiter: new Map(state.limiter).set(key, entry) };
}
