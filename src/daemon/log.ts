/**
 * Where lines of the log go: logfile (all but debug), debugfile (all), syslog, and stderr as long as somebody may be
 * looking (spec config 8). No line is lost: what no target takes goes to the next better one.
 *
 * pino is not used: its records are JSON, and turning them back into C's lines would take a parser behind each of them,
 * in a thread of its own, for nothing that is wanted here.
 */
import { resolve } from 'node:path';
import type { Level, LogLine } from '../log-line.ts';
import { type Instant, elapsed, instant, seconds } from '../units.ts';
import {
  facilityNumber,
  fileLine,
  scriptDatagram,
  scriptLine,
  type Stamp,
  syslogComplaint,
  syslogDatagram,
} from './log-format.ts';
import { LogFile } from './log-file.ts';
import { type SendDatagram, Syslog } from './syslog.ts';

/** What ha.cf says about logging; a name may be given without being usable. */
export interface LogTargets {
  readonly logfile?: string;
  readonly debugfile?: string;
  /** A syslog facility by name, `none` included. */
  readonly logfacility?: string;
  readonly syslogmsgfmt: boolean;
}

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
  readonly sendDatagram: SendDatagram;
}

const syslogSocket = '/dev/log';
const daemonFacility = 3;
/** A logfile of `/dev/null` is switched off (spec config 4). */
const nowhere = '/dev/null';
const complaintPause = seconds(1);

export class Log {
  readonly #world: LogWorld;
  readonly #syslog: Syslog;
  #logfile: LogFile | undefined;
  #debugfile: LogFile | undefined;
  #facility: number | undefined;
  #syslogmsgfmt = true;
  #hasConsole = true;
  #debugLevel = 0;
  /** When the same trouble was told last; at most one entry a file. */
  readonly #complainedAt = new Map<string, Instant>();

  constructor(world: LogWorld) {
    this.#world = world;
    this.#syslog = new Syslog(syslogSocket, world.sendDatagram);
  }

  /** The debug level, 0 to 255. */
  get debugLevel(): number {
    return this.#debugLevel;
  }

  set debugLevel(level: number) {
    this.#debugLevel = Math.min(255, Math.max(0, level));
  }

  /** Whether lines go to syslog. */
  get reachesSyslog(): boolean {
    return this.#facility !== undefined;
  }

  /** Lines go to these targets from now on; relative names are taken from the current directory. */
  setTargets(targets: LogTargets): void {
    this.#syslogmsgfmt = targets.syslogmsgfmt;
    this.#logfile = this.#file(targets.logfile);
    this.#debugfile =
      targets.debugfile === targets.logfile ? undefined : this.#file(targets.debugfile);
    const facility = facilityNumber(targets.logfacility ?? 'none');
    const isSilent = this.#logfile === undefined && this.#debugfile === undefined;
    // `kern` counts as none (spec config 3); without any target the lines would be lost.
    this.#facility = facility === undefined || facility === 0 ? undefined : facility;
    if (isSilent) this.#facility ??= daemonFacility;
  }

  /** From now on nobody reads stderr. */
  closeConsole(): void {
    this.#hasConsole = false;
  }

  /** Logs a line; debug lines only when the debug level is above 0. */
  write(line: LogLine): void {
    if (line.level === 'debug' && this.#debugLevel === 0) return;
    this.writeAlways(line);
  }

  /** Logs a line whatever the debug level is. */
  writeAlways(line: LogLine): void {
    const stamp = this.#stamp();
    const text = fileLine(line, stamp, this.#syslogmsgfmt);
    if (this.#hasConsole) this.#world.console(text);
    if (this.#facility !== undefined) {
      this.#toSyslog(line, stamp, syslogDatagram(line, stamp, this.#facility));
    }
    this.#debugfile?.append(text);
    if (line.level !== 'debug') this.#logfile?.append(text);
  }

  /** Logs a line about resources in the form that C's resource scripts have; on stderr it is as any other. */
  writeScript(line: LogLine): void {
    if (line.level === 'debug' && this.#debugLevel === 0) return;
    const stamp = this.#stamp();
    if (this.#hasConsole) this.#world.console(fileLine(line, stamp, this.#syslogmsgfmt));
    if (this.#facility !== undefined) {
      this.#toSyslog(line, stamp, scriptDatagram(line, stamp, this.#facility));
    }
    this.#debugfile?.append(scriptLine(line, stamp, 'debugfile'));
    if (line.level !== 'debug') this.#logfile?.append(scriptLine(line, stamp, 'logfile'));
  }

  /** Settles when every line so far is where it belongs. */
  async flush(): Promise<void> {
    await Promise.all([this.#logfile?.flush(), this.#debugfile?.flush()]);
    this.#syslog.flush();
  }

  /** Flushes, and closes the files. */
  async close(): Promise<void> {
    await Promise.all([this.#logfile?.close(), this.#debugfile?.close()]);
    this.#syslog.flush();
  }

  #stamp(): Stamp {
    const { host, pid, program } = this.#world;
    return { host, pid, program, time: this.#world.time() };
  }

  #text(level: Level, text: string): string {
    return fileLine({ level, text }, this.#stamp(), this.#syslogmsgfmt);
  }

  #toSyslog(line: LogLine, stamp: Stamp, datagram: Uint8Array): void {
    const canSend = this.#syslog.write(datagram);
    const isOnlyTarget = this.#logfile === undefined && this.#debugfile === undefined;
    // Without the system's library there is no syslog; a service manager may still keep stderr.
    if (!canSend && isOnlyTarget && !this.#hasConsole) {
      this.#world.console(fileLine(line, stamp, this.#syslogmsgfmt));
    }
  }

  #file(path: string | undefined): LogFile | undefined {
    if (path === undefined || path === nowhere) return undefined;
    return new LogFile(resolve(path), {
      now: this.#world.now,
      rotationLine: (name) => this.#text('info', `log-rotate detected on logfile ${name}`),
      lossLine: (lost) => this.#text('WARN', `${String(lost)} lines were lost: the disk is slow`),
      onUnwritten: (name, reason, lines) => {
        this.#unwritten(name, reason, lines);
      },
    });
  }

  /** C tells syslog that the file failed, and loses the lines; here they follow. */
  #unwritten(path: string, reason: string, lines: readonly string[]): void {
    const now = this.#world.now();
    const last = this.#complainedAt.get(path) ?? instant(Number.NEGATIVE_INFINITY);
    if (elapsed(last, now) >= complaintPause) {
      this.#complainedAt.set(path, now);
      this.#complain(`Failed to open log file ${path}: ${reason}`);
    }
    if (this.#facility !== undefined) return;
    this.#facility = daemonFacility;
    for (const line of lines) this.#complain(line.trimEnd());
  }

  #complain(text: string): void {
    this.#syslog.write(syslogComplaint(text, this.#stamp()));
  }
}
