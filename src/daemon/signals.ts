/** Signals to the daemon, and what they ask for (spec config 11). */
import type { LogLine } from '../log-line.ts';
import { heartbeatVersion } from './version.ts';

export interface SignalHooks {
  readonly stop: () => void;
  readonly reload: () => void;
  /** The debug level goes up or down by one; the answer is the new level. */
  readonly changeDebug: (by: 1 | -1) => number;
  readonly log: (line: LogLine) => void;
  /** Said whatever the debug level is. */
  readonly logAlways: (line: LogLine) => void;
}

/** The C daemon ignores these; Node.js ends the process for most of them. */
const ignored = ['SIGPIPE', 'SIGTTIN', 'SIGTTOU', 'SIGQUIT'] as const;

/**
 * Follows the signals from now on. In the foreground a person's Ctrl-C (INT) asks for a stop as TERM does; in the
 * background it is ignored.
 */
export function followSignals(hooks: SignalHooks, foreground: boolean): void {
  process.on('SIGTERM', hooks.stop);
  process.on('SIGINT', foreground ? hooks.stop : nothing);
  process.on('SIGHUP', hooks.reload);
  // Without a listener USR1 would open the debugger of Node.js.
  process.on('SIGUSR1', () => {
    raiseDebug(hooks);
  });
  process.on('SIGUSR2', () => {
    tellDebug(hooks, hooks.changeDebug(-1));
  });
  process.on('SIGALRM', () => {
    hooks.log({ level: 'ERROR', text: `Unexpected alarm in process ${String(process.pid)}` });
  });
  for (const name of ignored) process.on(name, nothing);
}

function raiseDebug(hooks: SignalHooks): void {
  const level = hooks.changeDebug(1);
  tellDebug(hooks, level);
  if (level !== 1) return;
  hooks.log({ level: 'info', text: `heartbeat: version ${heartbeatVersion}` });
}

function tellDebug({ logAlways }: SignalHooks, level: number): void {
  const text = `debug now set to ${String(level)} [pid ${String(process.pid)}]`;
  logAlways({ level: 'debug', text });
}

function nothing(): void {
  // The signal is taken and means nothing: without a listener it would end the process.
}
