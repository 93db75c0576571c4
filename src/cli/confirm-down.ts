/** `hb_confirm_down`: what is typed, the question, and what the daemon is told through the FIFO. */
import { writeFifo } from '../clients/fifo-write.ts';
import { type Terminal, tellFailure } from './hb-request.ts';

/** The surroundings of the command. */
export interface Asking extends Pick<Terminal, 'fifo' | 'print' | 'complain'> {
  /** The answer to a question; undefined when nobody answers. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

const usage = 'usage: hb_confirm_down [-y] NODE\n';
const usageStatus = 1;
/** As `meatclient` ends. */
const cancelledStatus = 3;

/**
 * Tells the daemon that the node is down, after a question unless `-y` is given. The exit code: 0 told, 1 wrong words or no daemon, 2 without
 * permission, 3 when the answer was no. Whether anything waited for it is in the daemon's log.
 */
export async function confirmDown(words: readonly string[], terminal: Asking): Promise<number> {
  const isSure = words[0] === '-y';
  const [node, ...more] = isSure ? words.slice(1) : words;
  if (
    node === undefined ||
    more.length > 0 ||
    !/^[A-Za-z0-9._-]+$/.test(node) ||
    node.startsWith('-')
  ) {
    terminal.complain(usage);
    return usageStatus;
  }
  if (!isSure && !(await isMeant(node, terminal))) {
    terminal.print('Cancelled: nothing was said.\n');
    return cancelledStatus;
  }
  const text = `>>>\nt=hb_confirm_down\nnode=${node.toLowerCase()}\n<<<\n`;
  const written = await writeFifo(terminal.fifo, text);
  if (!written.ok) return tellFailure('hb_confirm_down', written.reason, terminal);
  terminal.print(`Heartbeat is told that ${node} is down. What it makes of that is in its log.\n`);
  return 0;
}

async function isMeant(node: string, { ask, print }: Asking): Promise<boolean> {
  print(
    `\nThis node will take over what ${node} had, at once.\n` +
      `If ${node} still runs any of it, both will write to the shared disks and hold the same addresses: data will be lost.\n` +
      `Switch ${node} off, or cut it from disks and network, before you go on.\n\n`,
  );
  const answer = await ask(`Is ${node} down for certain? [yN] `);
  return /^y/i.test(answer ?? '');
}
