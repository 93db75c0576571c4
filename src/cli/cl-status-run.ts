/**
 * The command line of `cl_status` (spec client-api 11). Its order is C's: the sub-command, then the sign-on, and only
 * then the options, so that a script learns first whether heartbeat runs; a parser for whole command lines cannot do that.
 */
import { signOn, type ApiClient, type ApiError } from '../clients/client.ts';
import {
  exit,
  subCommands,
  type Output,
  type Sockets,
  type SubCommand,
} from './cl-status-commands.ts';
import { faultWords, parseOptions, type ParsedOptions } from './getopt.ts';

/** C's alarm: a daemon that answers nothing for so long is given up, in milliseconds. */
const patienceMillis = 5000;

/** What is typed without a sub-command. */
export const usage = `Usage: cl_status <sub-command> [<options>] [<parameters>]

Sub-commands:
clientstatus <node-name> <client-id> [<timeout>]
	Show whether a client of heartbeat is signed on; the timeout is in milliseconds.
hblinkstatus <node-name> <link-name>
	Show the status of a heartbeat link.
hbstatus
	Show whether heartbeat runs on this machine.
	-v	also what "listnodes -v" shows
listnodes
	List the nodes of the cluster.
	-p	ping nodes only
	-n	normal nodes only
	-v	also type, status and links
listhblinks <node-name>
	List the heartbeat links of a node.
	-v	also their status
nodestatus <node-name>
nodeweight <node-name>
nodesite <node-name>
nodetype <node-name>
	Show the status, weight, site or type of a node.
rscstatus
	Show which resources this machine holds: none, local, foreign or all.
hbparameter -p <parameter-name>
	Show a directive of ha.cf as it is in force.

Each of them takes -m: sentences for people.
Exit codes: 0 yes, 1 no, 11 wrong parameters, 12 no answer within 5 s, 13 no such thing.`;

/** The exit code of `cl_status words...`, asked at the daemon's socket. */
export async function clStatus(
  words: readonly string[],
  sockets: Sockets,
  output: Output,
  patience: number = patienceMillis,
): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || (name === '-h' && rest.length === 0)) {
    output.print(usage);
    return exit.ok;
  }
  const command = subCommands.get(name);
  if (command === undefined) {
    output.error(`${name}: invalid sub-command.`);
    return exit.badParameter;
  }
  const end = AbortSignal.timeout(patience);
  const client = await signOn(sockets.register, end);
  if (!client.ok) {
    if (name !== 'hbstatus') return withoutDaemon(client.reason, output);
    return notRunning(client.reason, optionsOf(command, { name, rest }, output), output);
  }
  try {
    return await ask({ client: client.value, sockets, output, end }, command, { name, rest });
  } finally {
    client.value.close();
  }
}

interface Given {
  readonly name: string;
  readonly rest: readonly string[];
}

interface Around {
  readonly client: ApiClient;
  readonly sockets: Sockets;
  readonly output: Output;
  readonly end: AbortSignal;
}

async function ask(around: Around, command: SubCommand, given: Given): Promise<number> {
  const { output } = around;
  const options = optionsOf(command, given, output);
  if (options.faults.length > 0 && command.wrongOption !== undefined) {
    output.error(command.wrongOption);
    return exit.badParameter;
  }
  if (options.words.length < command.needs) {
    output.complain(command.tooFew ?? '');
    return exit.badParameter;
  }
  const outcome = await command.run({ ...around, words: options.words, given: options.given });
  return outcome.ok ? outcome.value : failed(outcome.reason, output);
}

/** What is wrong is told: all of it where it does not matter, else what the sub-command fails for. */
function optionsOf(command: SubCommand, { name, rest }: Given, output: Output): ParsedOptions {
  if (command.options === undefined) return { given: new Map(), words: rest, faults: [] };
  const options = parseOptions(rest, command.options);
  const isFatal = command.wrongOption !== undefined;
  const told = isFatal ? options.faults.slice(0, 1) : options.faults;
  for (const fault of told) output.complain(faultWords(name, fault));
  return options;
}

/** For `hbstatus` "no daemon" and "not for you" are answers. */
function notRunning(reason: ApiError, { given }: ParsedOptions, output: Output): number {
  const isVerbose = given.has('v');
  switch (reason.kind) {
    case 'no-daemon':
      output.print('Heartbeat is stopped on this machine.');
      if (isVerbose) output.print(`(hb_api_signon: ${cannotConnect})`);
      return exit.failed;
    case 'refused':
      output.print('Heartbeat is apparently running on this machine, but refuses my connection');
      if (isVerbose) output.print(`(${reason.info})`);
      return exit.ok;
    case 'not-permitted':
    case 'bad-request':
    case 'lost':
    case 'timed-out':
      return failed(reason, output);
  }
}

function withoutDaemon(reason: ApiError, output: Output): number {
  if (reason.kind !== 'no-daemon' && reason.kind !== 'refused') return failed(reason, output);
  output.error('Cannot signon with heartbeat');
  output.error(
    `REASON: ${reason.kind === 'refused' ? reason.info : `hb_api_signon: ${cannotConnect}`}`,
  );
  return exit.failed;
}

const cannotConnect = "Can't initiate connection to heartbeat";

/** What can happen to any sub-command. */
function failed(reason: ApiError, output: Output): number {
  switch (reason.kind) {
    case 'timed-out':
      output.error('heartbeat does not answer');
      return exit.timedOut;
    case 'not-permitted':
      output.error(
        'not permitted to ask heartbeat: be root, or run "sg haclient -c ..." as a member of haclient',
      );
      return exit.failed;
    case 'no-daemon':
      output.error(reason.why);
      return exit.failed;
    case 'refused':
    case 'bad-request':
      output.error(`heartbeat refused: ${reason.info}`);
      return exit.unknown;
    case 'lost':
      output.error('the connection to heartbeat was lost');
      return exit.unknown;
  }
}
