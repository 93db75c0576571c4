/** The first line of /proc/loadavg, for the `ld` field of our messages: read in the background, never waited for. */
import { readFile } from 'node:fs/promises';
import { type Instant, after, instant, seconds } from '../units.ts';

const maxAge = seconds(1);
/** The field of the C daemon has 64 bytes with its NUL. */
const maxCharacters = 63;

export class LoadAverage {
  readonly #path: string;
  #line = '0.00 0.00 0.00 0/0 0';
  #readAgainAt: Instant = instant(0);

  constructor(path = '/proc/loadavg') {
    this.#path = path;
  }

  /** What was read last; asks for a new reading when that is older than a second. */
  line(now: Instant): string {
    if (now >= this.#readAgainAt) {
      this.#readAgainAt = after(now, maxAge);
      void this.refresh();
    }
    return this.#line;
  }

  /** Settles when the line was read; where it cannot be read, the last one stays. */
  async refresh(): Promise<void> {
    const text = await readFile(this.#path, 'latin1').catch(() => undefined);
    const line = text?.split('\n')[0]?.slice(0, maxCharacters);
    if (line !== undefined && line !== '') this.#line = line;
  }
}
