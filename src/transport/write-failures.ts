/** What is logged of datagrams that could not be sent, in C's words (spec membership 2.4), at most one line a second and reason. */
import type { LogLine } from '../log-line.ts';
import type { Instant } from '../units.ts';

const millisBetweenLines = 1_000;
/** So many failures in a row are told, then no more until the count starts again. */
const toldInARow = 10;
const countStartsAgainAt = 1_000;
/** Reasons are words of the kernel for sendmsg(2): few; a bound all the same. */
const maxReasons = 32;

export class WriteFailures {
  readonly #medium: string;
  readonly #report: (line: LogLine) => void;
  readonly #lastTold = new Map<string, Instant>();
  #inARow = 0;

  /** `medium` is `bcast eth0`. */
  constructor(medium: string, report: (line: LogLine) => void) {
    this.#medium = medium;
    this.#report = report;
  }

  succeeded(): void {
    this.#inARow = 0;
  }

  failed(why: string, now: Instant): void {
    this.#inARow = this.#inARow >= countStartsAgainAt ? 1 : this.#inARow + 1;
    if (this.#inARow > toldInARow) return;
    if (this.#mayTell(why, now)) {
      const text = `write_child: write failure on ${this.#medium}.: ${why}`;
      this.#report({ level: 'ERROR', text });
    }
    if (this.#inARow === toldInARow) this.#giveUpTelling();
  }

  #mayTell(why: string, now: Instant): boolean {
    const last = this.#lastTold.get(why);
    if (last !== undefined && now - last < millisBetweenLines) return false;
    if (this.#lastTold.size >= maxReasons) this.#lastTold.clear();
    this.#lastTold.set(why, now);
    return true;
  }

  #giveUpTelling(): void {
    this.#report({ level: 'WARN', text: 'Temporarily Suppressing write error messages' });
    this.#report({ level: 'WARN', text: `Is a cable unplugged on ${this.#medium}?` });
  }
}
