/** The log of a command that runs for long: its lines go to syslog as `daemon`, as those of cluster-glue's programs do, and to stderr. */
import type { LogLine } from '../log-line.ts';
import { paths } from './paths.ts';
import { processLog, toStderr } from './process-log.ts';

/** Takes lines in the name of `program`. */
export function commandLog(program: string): (line: LogLine) => void {
  const log = processLog({ program, where: paths(), console: toStderr });
  log.setTargets({ syslogmsgfmt: true, useLogd: false });
  return (line) => {
    log.write(line);
  };
}
