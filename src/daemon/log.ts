/**
 * The log: every line goes to stderr as long as somebody may be looking, and to ha_logd where ha.cf wants that and one runs;
 * else to logfile, debugfile and syslog (spec config 8). No line is lost: what no target takes goes to the next better one.
 *
 * pino is not used: its records are JSON, and turning them back into C's lines would take a parser behind each of them,
 * in a thread of its own, for nothing that is wanted here.
 */
import { logsToSyslog } from '../config/parameters.ts';
import type { Logging } from '../config/settings.ts';
import type { LogLine } from '../log-line.ts';
import { type Instant, seconds } from '../units.ts';
import type { LogEntry, Stamp } from './log-format.ts';
import { LogTargets } from './log-targets.ts';
import { LogdClient } from './logd-client.ts';
import type { SendDatagram } from './syslog.ts';

/** The world around the log. */
export interface LogWorld {
  /** `uname -n`. */
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  readonly time: () => Date;
  readonly now: () => Instant;
  /** Writes a whole line to stderr, or to whoever waits for the daemon to be up. */
  readonly console: (line: string) => void;
  /** Whether stderr ends in systemd's journal. */
  readonly isJournal: boolean;
  readonly sendDatagram: SendDatagram;
  /** Where relative names of log files begin. */
  readonly directory: string;
  /** Where ha_logd listens. */
  readonly logdSocket: string;
}

const maxDebugLevel = 255;
const usualLogdPause = seconds(60);

export class Log {
  readonly #world: LogWorld;
  readonly #targets: LogTargets;
  #logd: LogdClient | undefined;
  #hasConsole = true;
  #isWithoutLogd = false;
  #debugLevel = 0;

  constructor(world: LogWorld) {
    this.#world = world;
    this.#targets = new LogTargets({
      now: world.now,
      stamp: () => this.#stamp(),
      sendDatagram: world.sendDatagram,
      isJournal: world.isJournal,
      lastResort: (line) => {
        if (!this.#hasConsole) world.console(line);
      },
    });
  }

  /** The debug level, 0 to 255. */
  get debugLevel(): number {
    return this.#debugLevel;
  }

  set debugLevel(level: number) {
    this.#debugLevel = Math.min(maxDebugLevel, Math.max(0, level));
  }

  /** Whether lines go to syslog. */
  get reachesSyslog(): boolean {
    return this.#targets.reachesSyslog;
  }

  /** Lines go to these targets from now on. Names may be given without being usable. */
  setTargets(logging: Logging): void {
    this.#targets.use(logging, this.#world.directory);
    void this.#logd?.close();
    this.#logd = wantsLogd(logging) ? this.#makeLogd(logging) : undefined;
  }

  /** From now on nobody reads stderr. */
  closeConsole(): void {
    this.#hasConsole = false;
  }

  /** Logs a line; debug lines only when the debug level is above 0. */
  write(line: LogLine): void {
    if (line.level !== 'debug' || this.#debugLevel > 0) this.#log(line, 'daemon');
  }

  /** Logs a line whatever the debug level is. */
  writeAlways(line: LogLine): void {
    this.#log(line, 'daemon');
  }

  /** Logs a line about resources in the form that C's resource scripts have; on stderr it is as any other. */
  writeScript(line: LogLine): void {
    if (line.level !== 'debug' || this.#debugLevel > 0) this.#log(line, 'script');
  }

  /** Settles when every line so far is where it belongs; on a disk that hangs, never. */
  async flush(): Promise<void> {
    await this.#logd?.flush();
    await this.#targets.flush();
  }

  /** Flushes, and closes the files. */
  async close(): Promise<void> {
    await this.#logd?.close();
    await this.#targets.close();
  }

  #log(line: LogLine, form: LogEntry['form']): void {
    const entry = { line, stamp: this.#stamp(), form };
    if (this.#hasConsole) this.#world.console(this.#targets.consoleLine(entry));
    if (this.#logd?.write(entry) !== true) this.#targets.write(entry);
  }

  #makeLogd({ connLogdTime, logfacility }: Logging): LogdClient {
    this.#isWithoutLogd = false;
    return new LogdClient({
      path: this.#world.logdSocket,
      pause: connLogdTime ?? usualLogdPause,
      facility: logfacility,
      now: this.#world.now,
      onFailed: (why, entries) => {
        this.#withoutLogd(why);
        for (const entry of entries) this.#targets.write(entry);
      },
    });
  }

  /** Told once, as in C: most of those who have `use_logd` in their ha.cf do not know that they could have a logd. */
  #withoutLogd(why: string): void {
    if (this.#isWithoutLogd) return;
    this.#isWithoutLogd = true;
    const text = `Initializing connection to logging daemon failed. Logging daemon may not be running (${why})`;
    const entry = { line: { level: 'WARN', text }, stamp: this.#stamp(), form: 'daemon' } as const;
    this.#targets.write(entry);
  }

  #stamp(): Stamp {
    const { host, pid, program } = this.#world;
    return { host, pid, program, time: this.#world.time() };
  }
}

/** Without a word about it, and without any target, C switches it on, too (spec config 3). */
function wantsLogd(logging: Logging): boolean {
  const { debugfile, logfile, useLogd } = logging;
  return useLogd ?? (debugfile === undefined && logfile === undefined && !logsToSyslog(logging));
}
