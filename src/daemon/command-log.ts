/** The log of a command that runs for long: its lines go to syslog as `daemon`, as those of cluster-glue's programs do, and to stderr. */
import { hostname } from 'node:os';
import type { LogLine } from '../log-line.ts';
import { sendUnixDatagram } from '../native/unix-datagram.ts';
import { instant } from '../units.ts';
import { Log } from './log.ts';

/** Takes lines in the name of `program`. */
export function commandLog(program: string): (line: LogLine) => void {
  const log = new Log({
    host: hostname(),
    program,
    pid: process.pid,
    time: () => new Date(),
    now: () => instant(Math.floor(performance.now())),
    console: (line) => void process.stderr.write(line),
    sendDatagram: sendUnixDatagram,
  });
  log.setTargets({ syslogmsgfmt: true });
  return (line) => {
    log.write(line);
  };
}
