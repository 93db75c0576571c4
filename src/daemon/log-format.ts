/** How a line of the log looks in files, on stderr and in a syslog datagram, byte for byte as the C daemon's (spec config 8). */
import { encodeFrame } from '../clients/frames.ts';
import type { Level, LogLine } from '../log-line.ts';

/** Who logs, and when. */
export interface Stamp {
  readonly time: Date;
  /** `uname -n` as it is: not lower-cased, not `nodeinfo`. */
  readonly host: string;
  /** The program's name, `heartbeat`. */
  readonly program: string;
  readonly pid: number;
}

/** A line on its way to a target: who logged it and when, and whether it has the form of the daemon's or of a resource script's. */
export interface LogEntry {
  readonly line: LogLine;
  readonly stamp: Stamp;
  readonly form: 'daemon' | 'script';
}

/** C's line buffer less its NUL. */
const maxTextBytes = 5119;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** ha_logd's message type for a line of text, and the layout of what stands before the text. */
const logdText = 2;
const logdHeadBytes = 96;
const maxEntityBytes = 63;
const localUseFacility = 16;
const userFacility = 1;
const facilityNames = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
];
const severities: Readonly<Record<Level, number>> = {
  EMERG: 0,
  ALERT: 1,
  CRIT: 2,
  ERROR: 3,
  WARN: 4,
  notice: 5,
  info: 6,
  debug: 7,
};

/** Whether the entry goes to logfile: all but debug does. */
export const logsToFile = ({ line }: LogEntry): boolean => line.level !== 'debug';

/** The entry in a file, with its NL. */
export function lineOf(
  { form, line, stamp }: LogEntry,
  target: 'logfile' | 'debugfile',
  syslogmsgfmt: boolean,
): string {
  return form === 'daemon' ? fileLine(line, stamp, syslogmsgfmt) : scriptLine(line, stamp, target);
}

/** The entry for `/dev/log`; `facility` is 0 to 23. */
export function datagramOf({ form, line, stamp }: LogEntry, facility: number): Buffer {
  return form === 'daemon'
    ? syslogDatagram(line, stamp, facility)
    : scriptDatagram(line, stamp, facility);
}

/**
 * The entry for ha_logd, as a frame of its socket: `int type, facility, priority, length, withLevelWord, pid; char entity[64];
 * int64 time` in the byte order of this machine, then the text and a NUL (spec client-api 14). A script's line brings its level word
 * itself. Without a `facility` it is `user`, as in C.
 */
export function logdFrame({ form, line, stamp }: LogEntry, facility: string | undefined): Buffer {
  const isScript = form === 'script';
  const printed = printable(line.text);
  const text = Buffer.from(`${isScript ? `${line.level}: ` : ''}${printed}\0`);
  const numbers = [
    logdText,
    8 * (facilityNumber(facility ?? 'none') ?? userFacility),
    severities[line.level],
    text.length,
    isScript ? 0 : 1,
    stamp.pid,
  ];
  const head = new ArrayBuffer(logdHeadBytes);
  new Int32Array(head).set(numbers);
  Buffer.from(head).write(isScript ? scriptTag(stamp) : stamp.program, 24, maxEntityBytes);
  const time = BigInt(Math.floor(stamp.time.getTime() / 1000));
  new BigInt64Array(head, 88).set([time]);
  return encodeFrame(Buffer.concat([Buffer.from(head), text]));
}

/**
 * A line for a file or stderr, with its NL: `Nov 22 13:34:52 HOST heartbeat: [PID]: LEVEL: TEXT`, or, with
 * `syslogmsgfmt no`, `heartbeat[PID]: 2026/11/22_13:34:52 LEVEL: TEXT`. The time is local.
 */
export function fileLine(line: LogLine, stamp: Stamp, syslogmsgfmt: boolean): string {
  const { host, pid, program, time } = stamp;
  const text = printable(line.text);
  return syslogmsgfmt
    ? `${syslogTime(time, '0')} ${host} ${program}: [${String(pid)}]: ${line.level}: ${text}\n`
    : `${program}[${String(pid)}]: ${slashTime(time)} ${line.level}: ${text}\n`;
}

/** A line for a stderr that ends in the journal, which notes time, host, program and process itself: `<6>info: TEXT` (sd-daemon(3)). */
export function journalLine({ level, text }: LogLine): string {
  return `<${String(severities[level])}>${level}: ${printable(text)}\n`;
}

/** A datagram for `/dev/log`: `<PRI>Nov 22 13:34:52 heartbeat: [PID]: LEVEL: TEXT` and a NUL. `facility` is 0 to 23. */
export function syslogDatagram(line: LogLine, stamp: Stamp, facility: number): Buffer {
  const priority = facility * 8 + severities[line.level];
  return datagram(priority, stamp, `${line.level}: ${printable(line.text)}`);
}

/**
 * A line about resources as C's ResourceManager script writes it: `2026/11/22_13:34:52  TAG:    LEVEL: TEXT` in logfile,
 * and in debugfile the tag, a tab, and then the time.
 */
function scriptLine(line: LogLine, stamp: Stamp, target: 'logfile' | 'debugfile'): string {
  const text = `${line.level}: ${printable(line.text)}\n`;
  const tag = scriptTag(stamp);
  const time = slashTime(stamp.time);
  return target === 'logfile' ? `${time}  ${tag}:    ${text}` : `${tag}:\t${time} ${text}`;
}

/** The same for `/dev/log`, as logger(1) sends it for a script. */
function scriptDatagram(line: LogLine, stamp: Stamp, facility: number): Buffer {
  const priority = facility * 8 + severities[line.level];
  const text = `${line.level}: ${printable(line.text)}`;
  const time = syslogTime(stamp.time, ' ');
  return Buffer.from(`<${String(priority)}>${time} ${scriptTag(stamp)}: ${text}\0`);
}

/** C's tag of its resource manager, which is a script there. */
function scriptTag({ pid }: Stamp): string {
  return `ResourceManager(default)[${String(pid)}]`;
}

/** What the log has to say about itself, as C does: facility user, level err, no level word. */
export function syslogComplaint(text: string, stamp: Stamp): Buffer {
  return datagram(userFacility * 8 + severities.ERROR, stamp, printable(text));
}

function datagram(priority: number, stamp: Stamp, text: string): Buffer {
  const { pid, program, time } = stamp;
  return Buffer.from(
    `<${String(priority)}>${syslogTime(time, ' ')} ${program}: [${String(pid)}]: ${text}\0`,
  );
}

/** The number of a `logfacility`; undefined for a name syslog does not have, and for `none` (spec config 3). */
export function facilityNumber(name: string): number | undefined {
  const aliased = name === 'security' ? 'auth' : name;
  const local = /^local([0-7])$/.exec(aliased);
  if (local !== null) return localUseFacility + Number(local[1]);
  const number = facilityNames.indexOf(aliased);
  return number === -1 ? undefined : number;
}

/** One line, at most 5119 bytes: control characters are shown escaped, so that no peer's value can forge a line of ours. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const oneLine = text.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  const bytes = Buffer.from(oneLine);
  if (bytes.length <= maxTextBytes) return oneLine;
  // A character cut in its middle becomes the replacement character, which is longer than what is left of it.
  return bytes
    .subarray(0, maxTextBytes)
    .toString()
    .replace(/\ufffd$/, '');
}

function syslogTime(time: Date, dayPad: '0' | ' '): string {
  const month = months[time.getMonth()] ?? '';
  return `${month} ${String(time.getDate()).padStart(2, dayPad)} ${clockTime(time)}`;
}

function slashTime(time: Date): string {
  const date = [String(time.getFullYear()), two(time.getMonth() + 1), two(time.getDate())];
  return `${date.join('/')}_${clockTime(time)}`;
}

function clockTime(time: Date): string {
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
