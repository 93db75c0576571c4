/** The log of this process, in the name of a program. */
import { hostname } from 'node:os';
import { sendUnixDatagram } from '../native/unix-datagram.ts';
import { stderrIsJournal } from './journal.ts';
import { Log } from './log.ts';
import type { Paths } from './paths.ts';
import { now } from './running-node.ts';

export interface ProcessLogOptions {
  readonly program: string;
  readonly where: Paths;
  /** Takes a whole line for stderr. */
  readonly console: (line: string) => void;
}

/** A log with this machine's clock, syslog and logd; it has no targets yet. Relative names begin where the daemon works. */
export function processLog({ console, program, where }: ProcessLogOptions): Log {
  return new Log({
    host: hostname(),
    program,
    pid: process.pid,
    time: () => new Date(),
    now,
    console,
    isJournal: stderrIsJournal(),
    sendDatagram: sendUnixDatagram,
    directory: where.coreDir,
    logdSocket: where.logdSocket,
  });
}

/** Whole lines to stderr, whoever reads it. */
export const toStderr = (line: string): void => void process.stderr.write(line);
