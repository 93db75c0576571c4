/** Where this process itself writes lines of the log: logfile (all but debug), debugfile (all), syslog (spec config 8). */
import { resolve } from 'node:path';
import type { Logging } from '../config/settings.ts';
import { elapsed, instant, type Instant, seconds } from '../units.ts';
import {
  datagramOf,
  facilityNumber,
  fileLine,
  journalLine,
  lineOf,
  type LogEntry,
  logsToFile,
  type Stamp,
  syslogComplaint,
} from './log-format.ts';
import { LogFile } from './log-file.ts';
import { type SendDatagram, Syslog } from './syslog.ts';

export interface TargetsWorld {
  readonly now: () => Instant;
  readonly stamp: () => Stamp;
  readonly sendDatagram: SendDatagram;
  /** Takes a line when there is no other place for it. */
  readonly lastResort: (line: string) => void;
  /** Whether that place is systemd's journal. */
  readonly isJournal: boolean;
}

const syslogSocket = '/dev/log';
const daemonFacility = 3;
/** A logfile of `/dev/null` is switched off (spec config 4). */
const nowhere = '/dev/null';
const complaintPause = seconds(1);

/** What of ha.cf the targets are made of. */
export type TargetNames = Pick<Logging, 'logfile' | 'debugfile' | 'logfacility' | 'syslogmsgfmt'>;

export class LogTargets {
  readonly #world: TargetsWorld;
  readonly #syslog: Syslog;
  #logfile: LogFile | undefined;
  #debugfile: LogFile | undefined;
  #facility: number | undefined;
  #syslogmsgfmt = true;
  /** When the same trouble was told last; at most one entry a file. */
  readonly #complainedAt = new Map<string, Instant>();

  constructor(world: TargetsWorld) {
    this.#world = world;
    this.#syslog = new Syslog(syslogSocket, world.sendDatagram);
  }

  /** Whether lines go to syslog. */
  get reachesSyslog(): boolean {
    return this.#facility !== undefined;
  }

  /** Lines go to these targets from now on; relative names begin at `directory`. A file that stays is not opened anew. */
  use(names: TargetNames, directory: string): void {
    this.#syslogmsgfmt = names.syslogmsgfmt;
    const before = [this.#logfile, this.#debugfile];
    const file = (name: string | undefined): LogFile | undefined => {
      if (name === undefined || name === nowhere) return undefined;
      const path = resolve(directory, name);
      return before.find((each) => each?.path === path) ?? this.#file(path);
    };
    this.#logfile = file(names.logfile);
    this.#debugfile = names.debugfile === names.logfile ? undefined : file(names.debugfile);
    for (const each of before) {
      if (each !== this.#logfile && each !== this.#debugfile) void each?.close();
    }
    const facility = facilityNumber(names.logfacility ?? 'none');
    const isSilent = this.#logfile === undefined && this.#debugfile === undefined;
    // `kern` counts as none (spec config 3); without any target the lines would be lost.
    this.#facility = facility === undefined || facility === 0 ? undefined : facility;
    if (isSilent) this.#facility ??= daemonFacility;
  }

  write(entry: LogEntry): void {
    if (this.#facility !== undefined) this.#toSyslog(entry, this.#facility);
    this.#debugfile?.append(lineOf(entry, 'debugfile', this.#syslogmsgfmt));
    if (logsToFile(entry)) this.#logfile?.append(lineOf(entry, 'logfile', this.#syslogmsgfmt));
  }

  /** A line for stderr. */
  consoleLine(entry: LogEntry): string {
    if (this.#world.isJournal) return journalLine(entry.line);
    return fileLine(entry.line, entry.stamp, this.#syslogmsgfmt);
  }

  /** Settles when every line so far is where it belongs; on a disk that hangs, never. */
  async flush(): Promise<void> {
    await Promise.all([this.#logfile?.flush(), this.#debugfile?.flush()]);
    this.#syslog.flush();
  }

  /** Flushes, and closes the files. */
  async close(): Promise<void> {
    await Promise.all([this.#logfile?.close(), this.#debugfile?.close()]);
    this.#syslog.flush();
  }

  #toSyslog(entry: LogEntry, facility: number): void {
    const canSend = this.#syslog.write(datagramOf(entry, facility));
    const isOnlyTarget = this.#logfile === undefined && this.#debugfile === undefined;
    // Without the system's library there is no syslog; a service manager may still keep stderr.
    if (!canSend && isOnlyTarget) this.#world.lastResort(this.consoleLine(entry));
  }

  #file(path: string): LogFile {
    const say = (level: 'info' | 'WARN', text: string): string =>
      fileLine({ level, text }, this.#world.stamp(), this.#syslogmsgfmt);
    return new LogFile(path, {
      rotationLine: (name) => say('info', `log-rotate detected on logfile ${name}`),
      lossLine: (lost) => say('WARN', `${String(lost)} lines were lost: the disk is slow`),
      onUnwritten: (name, reason, lines) => {
        this.#unwritten(name, reason, lines);
      },
      onHanging: (name) => {
        this.#unwritten(name, 'the disk does not answer', []);
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
    this.#syslog.write(syslogComplaint(text, this.#world.stamp()));
  }
}
