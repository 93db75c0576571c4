/** The command line of `heartbeat`: C's options, one command at the end (spec config 9). */
import { Command, CommanderError, Option } from 'commander';
import { backgroundOption } from '../daemon/pid-file.ts';
import { type Result, fail, succeed } from '../result.ts';

/** How a daemon is to be started. */
export interface StartOptions {
  /** Stay in the foreground, and log to stderr as well. */
  readonly foreground: boolean;
  /** Internal: this is the process that `heartbeat` started in the background. */
  readonly isBackground: boolean;
  /** How often `-d` was given. */
  readonly debug: number;
  /** False with `-M`: haresources is not read. */
  readonly manageResources: boolean;
}

export type HeartbeatCommand =
  | { readonly kind: 'version' }
  | { readonly kind: 'defaults'; readonly wiki: boolean }
  | {
      readonly kind: 'check';
      readonly start: StartOptions;
      readonly form: 'text' | 'json';
      /** Whether the other nodes are asked too. */
      readonly peer: boolean;
    }
  /** What a reload would do. */
  | { readonly kind: 'plan'; readonly start: StartOptions; readonly form: 'text' | 'json' }
  /** Asks the fencing device of this node for its status, and resets nobody. */
  | { readonly kind: 'fence-test'; readonly node: string; readonly start: StartOptions }
  | { readonly kind: 'stop' }
  | { readonly kind: 'status' }
  /** `-R`: C's daemon executes itself with it; this one never does. */
  | { readonly kind: 'restart-exec' }
  | { readonly kind: 'reload'; readonly start: StartOptions }
  | { readonly kind: 'start'; readonly start: StartOptions; readonly show: boolean };

/** Nothing is to be done but to print: help (status 0), or what is wrong with the words (status 2). */
export interface UsageText {
  readonly status: 0 | 2;
  readonly text: string;
}

const usage = [
  '',
  'Usage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]',
  '\t-C only valid with -R',
  '\t-r is mutually exclusive with -R',
  '',
].join('\n');
const usageError = 2;

/** The command that `words` (without the program's name) ask for; words that are no options are ignored, as in C. */
export function parseHeartbeatOptions(
  words: readonly string[],
): Result<HeartbeatCommand, UsageText> {
  let printed = '';
  const program = declare((text) => {
    printed += text;
  });
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return fail(
      error.exitCode === 0
        ? { status: 0, text: printed }
        : { status: usageError, text: `${printed}${usage}` },
    );
  }
  return choose(program.opts<Given>());
}

interface Given {
  readonly V?: true;
  readonly D?: true;
  readonly W?: true;
  readonly k?: true;
  readonly s?: true;
  readonly r?: true;
  readonly R?: true;
  readonly C?: string;
  readonly M?: true;
  readonly v?: true;
  readonly d: number;
  readonly foreground?: true;
  readonly check?: true;
  readonly plan?: true;
  readonly json?: true;
  readonly peer?: true;
  readonly fenceTest?: string;
  readonly inBackground?: true;
}

function declare(print: (text: string) => void): Command {
  return new Command('heartbeat')
    .description('Starts, stops and asks the heartbeat daemon of this machine.')
    .helpOption('--help', 'show this')
    .allowExcessArguments()
    .option('-f, --foreground', 'stay in the foreground, and log to stderr as well')
    .option('-k', 'stop the daemon, and wait until it has gone')
    .option('-s', 'say whether the daemon runs (exit status 0), or not (1, 3)')
    .option(
      '-r',
      'check the files, and have the daemon read them again; start it if it is not running',
    )
    .option('-d', 'more debug lines; may be repeated', (_: string, count: number) => count + 1, 0)
    .option('-D', 'show the directives of ha.cf that have defaults')
    .option('-W', 'with -D: as wiki text')
    .option('-M', 'leave the resources alone: haresources is not read')
    .option('-v', 'show the configuration that is in force before starting')
    .option('-V', 'show the version')
    .option(
      '--check',
      'say everything that is wrong or doubtful in the files, and start nothing; ends with 0 (nothing), 1 (warnings) or 2 (errors)',
    )
    .option(
      '--plan',
      'say what -r would start, stop, move and leave alone after an edit of haresources, and do nothing; ends with 0 (nothing to do), 1 (something), 3 (no daemon), 5 (no answer) or 6 (the files have errors)',
    )
    .option('--json', 'with --check or --plan: as JSON, for programs')
    .option('--peer', 'with --check: ask the other nodes too, by ssh as root, and compare')
    .option(
      '--fence-test <node>',
      'say whether the fencing device of this machine is operational and controls that node (exit status 0), and reset nobody',
    )
    .addOption(new Option('-l').hideHelp())
    .addOption(new Option('-R').hideHelp())
    .addOption(new Option('-C <state>').hideHelp())
    .addOption(new Option(backgroundOption).hideHelp())
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: print });
}

/** The order of decision is C's: -V, -D, -k, -s, -R, -r, start; our own --check and --plan come before what acts. */
function choose(given: Given): Result<HeartbeatCommand, UsageText> {
  if (given.V === true) return succeed({ kind: 'version' });
  if (given.C !== undefined && given.R !== true) return fail({ status: usageError, text: usage });
  if (given.D === true) return succeed({ kind: 'defaults', wiki: given.W === true });
  if (given.check === true) return succeed(checkCommand(given));
  if (given.plan === true && given.peer !== true && given.M !== true)
    return succeed(planCommand(given));
  const isOdd = given.plan === true || given.json === true || given.peer === true;
  if (isOdd) return fail({ status: usageError, text: usage });
  return act(given);
}

function act(given: Given): Result<HeartbeatCommand, UsageText> {
  if (given.fenceTest !== undefined) {
    return succeed({ kind: 'fence-test', node: given.fenceTest, start: startOptions(given) });
  }
  if (given.k === true) return succeed({ kind: 'stop' });
  if (given.s === true) return succeed({ kind: 'status' });
  if (given.R === true) return succeed({ kind: 'restart-exec' });
  const start = startOptions(given);
  if (given.r === true) return succeed({ kind: 'reload', start });
  return succeed({ kind: 'start', start, show: given.v === true });
}

function checkCommand(given: Given): HeartbeatCommand {
  const form = given.json === true ? 'json' : 'text';
  return { kind: 'check', start: startOptions(given), form, peer: given.peer === true };
}

function planCommand(given: Given): HeartbeatCommand {
  return { kind: 'plan', start: startOptions(given), form: given.json === true ? 'json' : 'text' };
}

function startOptions(given: Given): StartOptions {
  return {
    foreground: given.foreground === true,
    isBackground: given.inBackground === true,
    debug: given.d,
    manageResources: given.M !== true,
  };
}
