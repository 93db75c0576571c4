/** Keeps clients from filling the log: the first report of each kind at once, then one a second, with a count. */
import type { LogLine } from '../log-line.ts';

const quietMillis = 1000;

/** Reports by kind; the kinds are a closed list, so what is remembered is bounded. */
export class ReportLimit<Kind extends string> {
  readonly #report: (line: LogLine) => void;
  readonly #now: () => number;
  readonly #seen = new Map<Kind, { readonly at: number; readonly unsaid: number }>();

  /** `now` is a monotonic clock in milliseconds. */
  constructor(report: (line: LogLine) => void, now: () => number = () => performance.now()) {
    this.#report = report;
    this.#now = now;
  }

  say(kind: Kind, level: LogLine['level'], words: string): void {
    const now = this.#now();
    const last = this.#seen.get(kind);
    if (last !== undefined && now - last.at < quietMillis) {
      this.#seen.set(kind, { at: last.at, unsaid: last.unsaid + 1 });
      return;
    }
    this.#seen.set(kind, { at: now, unsaid: 0 });
    const more = last?.unsaid ?? 0;
    this.#report({ level, text: more === 0 ? words : `${words} (and ${String(more)} more)` });
  }
}
