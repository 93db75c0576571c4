/** The command line of `ha_propagate`. */
import { Command, CommanderError } from 'commander';
import { fail, succeed, type Result } from '../result.ts';

/** What is to be done. */
export interface PropagatePlan {
  /** Only these of the other nodes; all of them when empty. */
  readonly nodes: readonly string[];
  /** Show what differs, and do nothing. */
  readonly isDryRun: boolean;
  /** Do not ask before copying. */
  readonly isAgreed: boolean;
  /** Copy files that have errors, too. */
  readonly isForced: boolean;
  /** Never ask for a password or about a key. */
  readonly isBatch: boolean;
  /** For each node: once for looking, once for copying. */
  readonly limitSeconds: number;
}

/** Nothing is to be done but to print: help (status 0), or what is wrong with the words (status 2). */
export interface PropagateUsage {
  readonly status: 0 | 2;
  readonly text: string;
}

interface Given {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly force?: true;
  readonly batch?: true;
  readonly timeout: string;
}

const defaultSeconds = '60';
const maxSeconds = 3600;
const after = `
Copies ha.cf, authkeys, haresources and extensions.ini to /etc/ha.d of the other nodes of ha.cf, as root, with ssh and
scp. First it shows what differs there, but never a key. All files of a node are replaced at once or not at all.
It restarts nothing: heartbeat reads the files at "heartbeat -r", or at its next start.

Exit codes: 0 all nodes have the files (or there was only to be looked); 1 a node failed, the files have errors, or the
answer was no; 2 wrong words.`;

/** The plan that `words` (without the program's own name) ask for. */
export function parsePropagateOptions(
  words: readonly string[],
): Result<PropagatePlan, PropagateUsage> {
  let printed = '';
  const command = declare((text) => {
    printed += text;
  });
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return fail({ status: error.exitCode === 0 ? 0 : 2, text: printed });
  }
  return choose(command.opts<Given>(), command.args);
}

function declare(print: (text: string) => void): Command {
  return new Command('ha_propagate')
    .description("Gives this machine's configuration to the other nodes.")
    .argument('[node...]', 'only these of the other nodes')
    .option('-n, --dry-run', 'show what differs, and do nothing')
    .option('-y, --yes', 'do not ask before copying')
    .option('-f, --force', 'copy files that have errors, too')
    .option('-b, --batch', 'never ask for a password or about a host key')
    .option('-t, --timeout <seconds>', 'limit for each node, to look and to copy', defaultSeconds)
    .helpOption('-h, --help', 'show this')
    .addHelpText('after', after)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: print });
}

function choose(given: Given, nodes: readonly string[]): Result<PropagatePlan, PropagateUsage> {
  const limitSeconds = /^[0-9]{1,4}$/.test(given.timeout) ? Number(given.timeout) : 0;
  if (limitSeconds === 0 || limitSeconds > maxSeconds) {
    const text = `error: --timeout ${given.timeout}: a number of seconds, 1 to ${String(maxSeconds)}\n`;
    return fail({ status: 2, text });
  }
  return succeed({
    nodes,
    isDryRun: given.dryRun === true,
    isAgreed: given.yes === true,
    isForced: given.force === true,
    isBatch: given.batch === true,
    limitSeconds,
  });
}
