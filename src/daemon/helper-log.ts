/** The log of a program that the daemon runs: it goes where the daemon's own goes (spec client-api 14). */
import { parseBoolean } from '../config/values.ts';
import type { Log } from './log.ts';
import { paths } from './paths.ts';
import { processLog, toStderr } from './process-log.ts';

/** A log to the targets that the environment names (`HA_logfile` and the like), and to stderr. */
export function helperLog(program: string, environment: NodeJS.ProcessEnv = process.env): Log {
  const log = processLog({ program, where: paths(), console: toStderr });
  const { HA_logfile, HA_debugfile, HA_logfacility, HA_syslogmsgfmt, HA_use_logd } = environment;
  log.setTargets({
    ...(HA_logfile === undefined ? {} : { logfile: HA_logfile }),
    ...(HA_debugfile === undefined ? {} : { debugfile: HA_debugfile }),
    ...(HA_logfacility === undefined ? {} : { logfacility: HA_logfacility }),
    ...(HA_use_logd === undefined ? {} : { useLogd: parseBoolean(HA_use_logd) === true }),
    syslogmsgfmt: HA_syslogmsgfmt !== 'false',
  });
  return log;
}
