/** `hb_standby` and `hb_takeover`: what is typed, and what the daemon is told through the FIFO (spec resources 11). */
import { writeFifo, type FifoWriteError } from '../clients/fifo-write.ts';

/** Which of the two commands it is. */
export type Request = 'hb_standby' | 'hb_takeover';

/** The surroundings of the command. */
export interface Terminal {
  /** The path it was called by: C's usage shows it. */
  readonly program: string;
  readonly fifo: string;
  /** Somebody is looking: a word of what happens is welcome. Scripts see nothing, as with C. */
  readonly isWatched: boolean;
  print(text: string): void;
  complain(text: string): void;
}

const words = ['all', 'foreign', 'local', 'failback'];

/** C's shell ends so when it may not open the FIFO. */
const notPermittedStatus = 2;

/**
 * Asks the daemon and returns the exit code: 0 as soon as the request is in the FIFO, whatever comes of it; 1 for wrong
 * words, for `--help` too (all as in C), and when no daemon runs; 2 without permission.
 */
export async function request(
  kind: Request,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [hold = 'all', ...more] = args;
  if (more.length > 0) return misused('too many arguments', terminal);
  if (hold === '--help') return misused(undefined, terminal);
  if (!words.includes(hold)) return misused(`wrong resources(${hold}).`, terminal);
  const written = await writeFifo(terminal.fifo, fifoText(kind, hold));
  if (!written.ok) return tellFailure(kind, written.reason, terminal);
  if (terminal.isWatched) terminal.complain(`${going(kind)} [${hold}].\n`);
  return 0;
}

/** `hb_standby failback` means foreign; `hb_takeover failback` says so, and the daemon knows what is meant. */
function fifoText(kind: Request, hold: string): string {
  const lines =
    kind === 'hb_standby'
      ? ['t=ask_resources', `rsc_hold=${hold === 'failback' ? 'foreign' : hold}`, 'info=me']
      : ['t=hb_takeover', `rsc_hold=${hold}`];
  return `>>>\n${lines.join('\n')}\n<<<\n`;
}

function going(kind: Request): string {
  return kind === 'hb_standby' ? 'Going standby' : 'Asking for takeover';
}

function misused(what: string | undefined, terminal: Terminal): number {
  if (what !== undefined) terminal.print(`${terminal.program}: ${what}\n`);
  terminal.print('usage:\n');
  terminal.complain(`${terminal.program} [${words.join('|')}]\n`);
  return 1;
}

/** Tells why nothing reached the daemon; the answer is the exit code of command `name`: 2 without permission, else 1. */
export function tellFailure(
  name: string,
  reason: FifoWriteError,
  terminal: Pick<Terminal, 'fifo' | 'complain'>,
): number {
  terminal.complain(`${name}: ${explain(reason, terminal.fifo)}\n`);
  return reason.kind === 'not-permitted' ? notPermittedStatus : 1;
}

function explain(reason: FifoWriteError, fifo: string): string {
  switch (reason.kind) {
    case 'no-daemon':
      return `heartbeat does not run on this machine (nobody reads ${fifo}). Start it first.`;
    case 'not-permitted':
      return `${fifo}: Permission denied. Only root may do this.`;
    case 'full':
      return `heartbeat does not read ${fifo}: look at its log. Nothing was asked.`;
    case 'failed':
      return `${fifo}: ${reason.why}`;
  }
}
