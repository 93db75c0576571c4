/**
 * The command line of `cl_status` (spec client-api 11). Its order is C's: the sub-command, then the sign-on, and only
 * then the options, so that a script learns first whether heartbeat runs; a parser for whole command lines cannot do that.
 */
import { parseArgs } from 'node:util';
import { signOn, type ApiClient, type ApiError } from '../clients/client.ts';
import { fail, succeed, type Result } from '../result.ts';
import {
  exit,
  subCommands,
  type Flags,
  type Output,
  type SubCommand,
} from './cl-status-commands.ts';

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
  socket: string,
  output: Output,
  patience: number = patienceMillis,
): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '-h') {
    output.print(usage);
    return exit.ok;
  }
  const command = subCommands.get(name);
  if (command === undefined) {
    output.error(`${name}: invalid sub-command.`);
    return exit.badParameter;
  }
  const client = await signOn(socket, AbortSignal.timeout(patience));
  if (!client.ok) {
    if (name === 'hbstatus') return notRunning(client.reason, rest, output);
    return withoutDaemon(client.reason, output);
  }
  try {
    return await ask(client.value, command, { name, rest }, output);
  } finally {
    client.value.close();
  }
}

async function ask(
  client: ApiClient,
  command: SubCommand,
  given: { readonly name: string; readonly rest: readonly string[] },
  output: Output,
): Promise<number> {
  const parsed = parse(command, given.rest);
  if (!parsed.ok) {
    output.error(`${given.name}: ${parsed.reason}`);
    return exit.badParameter;
  }
  const { words, flags } = parsed.value;
  if (words.length < command.needs.length) {
    const needed = command.needs.map((word) => `<${word}>`).join(' ');
    output.error(`Not enough parameters: cl_status ${given.name} ${needed}`);
    return exit.badParameter;
  }
  const outcome = await command.run({ client, words, flags, output });
  return outcome.ok ? outcome.value : failed(outcome.reason, output);
}

/** Words and options may come in any order, as with getopt(3); more words than needed do no harm. */
function parse(
  command: SubCommand,
  args: readonly string[],
): Result<{ readonly words: readonly string[]; readonly flags: Flags }, string> {
  try {
    const { options } = command;
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    return succeed({ words: parsed.positionals, flags: flagsOf(parsed.values) });
  } catch (error) {
    if (!isUsageError(error)) throw error;
    return fail(error.message);
  }
}

function flagsOf(values: Readonly<Record<string, unknown>>): Flags {
  const parameter = values['parameter'];
  return {
    m: values['m'] === true,
    v: values['v'] === true,
    n: values['n'] === true,
    p: values['p'] === true,
    parameter: typeof parameter === 'string' ? parameter : undefined,
  };
}

/** What `parseArgs` throws for the operator's words, and not for our own. */
function isUsageError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return String(error.code).startsWith('ERR_PARSE_ARGS_');
}

/** For `hbstatus` "no daemon" and "not for you" are answers. */
function notRunning(reason: ApiError, rest: readonly string[], output: Output): number {
  const isVerbose = rest.includes('-v');
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
