/** The log of a program that the daemon runs: it goes where the daemon's own goes (spec client-api 14). */
import { hostname } from 'node:os';
import { sendUnixDatagram } from '../native/unix-datagram.ts';
import { instant } from '../units.ts';
import { Log } from './log.ts';

/** A log to the targets that the environment names (`HA_logfile` and the like), and to stderr. */
export function helperLog(program: string, environment: NodeJS.ProcessEnv = process.env): Log {
  const log = new Log({
    host: hostname(),
    program,
    pid: process.pid,
    time: () => new Date(),
    now: () => instant(performance.now()),
    console: (line) => void process.stderr.write(line),
    sendDatagram: sendUnixDatagram,
  });
  const { HA_logfile, HA_debugfile, HA_logfacility, HA_syslogmsgfmt } = environment;
  log.setTargets({
    ...(HA_logfile === undefined ? {} : { logfile: HA_logfile }),
    ...(HA_debugfile === undefined ? {} : { debugfile: HA_debugfile }),
    ...(HA_logfacility === undefined ? {} : { logfacility: HA_logfacility }),
    syslogmsgfmt: HA_syslogmsgfmt !== 'false',
  });
  return log;
}
