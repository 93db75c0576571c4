/** The command line of `cl_respawn`: options, then the program with its own arguments. */
import { Command, CommanderError } from 'commander';
import { fail, succeed, type Result } from '../result.ts';

/** What is to be kept running, and how. */
export interface RespawnPlan {
  /** A path, as typed. */
  readonly program: string;
  readonly args: readonly string[];
  /** The program's own word for "do not start me again", 0 to 255. */
  readonly magicExitCode: number;
  readonly pidFile: string | undefined;
  /** Options that were given and have no effect here. */
  readonly idle: readonly string[];
}

/** What is printed instead: help (exit code 0), or what is wrong with the words (2). */
export interface RespawnUsage {
  readonly status: 0 | 2;
  /** For stderr; empty for help. */
  readonly complaint: string;
}

export const respawnUsage = `Usage: cl_respawn [-m CODE] [-p FILE] PROGRAM [ARGUMENT]...

Starts PROGRAM, and starts it again whenever it ends.
  -m CODE      an exit code (0 to 255) that means "not again"; 100 unless given
  -p FILE      keep the process id of cl_respawn in FILE, and do nothing when one that runs is in it
  -h, --help   show this
  -i, -w, -l   are taken for the sake of old scripts, and have no effect

PROGRAM is a path. TERM ends both; INT and HUP are ignored.
Exit codes: 0 ended by TERM or by that code, or runs already; 1 FILE cannot be written; 2 wrong words.
`;

/** C's, and the one heartbeat's own `respawn` has (spec membership 9). */
const defaultMagicExitCode = 100;

interface Given {
  readonly m?: string;
  readonly p?: string;
  readonly i?: string;
  readonly w?: string;
  readonly l?: true;
  readonly r?: true;
  readonly help?: true;
}

/** The plan that `words` (without the program's own name) ask for. */
export function parseRespawnOptions(words: readonly string[]): Result<RespawnPlan, RespawnUsage> {
  const command = declare();
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return misused(error.message.replace(/^error: /, ''));
  }
  return choose(command.opts<Given>(), command.args);
}

function declare(): Command {
  const unheard = { writeOut: () => undefined, writeErr: () => undefined };
  return new Command('cl_respawn')
    .helpOption(false)
    .argument('[words...]')
    .passThroughOptions()
    .option('-h, --help')
    .option('-m <code>')
    .option('-p <file>')
    .option('-i <interval>')
    .option('-w <warntime>')
    .option('-l')
    .option('-r')
    .exitOverride()
    .configureOutput(unheard);
}

function choose(given: Given, words: readonly string[]): Result<RespawnPlan, RespawnUsage> {
  if (given.help === true) return fail({ status: 0, complaint: '' });
  if (given.r === true) return misused('-r is for a recovery manager, which there is none of here');
  const [program, ...args] = words;
  if (program === undefined) return misused('which program is to be run?');
  const magicExitCode = given.m === undefined ? defaultMagicExitCode : exitCode(given.m);
  if (magicExitCode === undefined) return misused(`-m ${given.m ?? ''}: no exit code (0 to 255)`);
  const idle = (['i', 'w', 'l'] as const).filter((name) => given[name] !== undefined);
  return succeed({
    program,
    args,
    magicExitCode,
    pidFile: given.p,
    idle: idle.map((name) => `-${name}`),
  });
}

function exitCode(text: string): number | undefined {
  return /^[0-9]{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

const misused = (complaint: string): Result<RespawnPlan, RespawnUsage> =>
  fail({ status: 2, complaint });
