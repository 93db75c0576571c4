/** What each sub-command of `cl_status` asks the daemon, prints and returns (spec client-api 11). */
import type { ParseArgsConfig } from 'node:util';
import type { ApiClient, ApiError } from '../clients/client.ts';
import { fail, succeed, type Result } from '../result.ts';

/** C's exit codes. */
export const exit = { ok: 0, failed: 1, badParameter: 11, timedOut: 12, unknown: 13 } as const;

/** Where a command's words go. */
export interface Output {
  /** A line of the answer, on stdout. */
  print(line: string): void;
  /** A line of an error, on stderr, with a log line's head. */
  error(text: string): void;
}

/** The options, all of them off unless given; which ones a sub-command knows is in its `options`. */
export interface Flags {
  /** `-m`: sentences for people. */
  readonly m: boolean;
  /** `-v`: more. */
  readonly v: boolean;
  /** `-n`: normal nodes only. */
  readonly n: boolean;
  /** `-p`: ping nodes only. */
  readonly p: boolean;
  /** The word behind the `-p` of `hbparameter`. */
  readonly parameter: string | undefined;
}

type Options = NonNullable<ParseArgsConfig['options']>;

const forPeople: Options = { m: { type: 'boolean', short: 'm' } };
const verbose: Options = { ...forPeople, v: { type: 'boolean', short: 'v' } };
const choosing: Options = {
  ...verbose,
  n: { type: 'boolean', short: 'n' },
  p: { type: 'boolean', short: 'p' },
};
const naming: Options = { ...forPeople, parameter: { type: 'string', short: 'p' } };

interface Asking {
  readonly client: ApiClient;
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly output: Output;
}

/** An exit code, or what went wrong that is no affair of the sub-command. */
type Outcome = Promise<Result<number, ApiError>>;

export interface SubCommand {
  readonly options: Options;
  /** The words it needs. */
  readonly needs: readonly string[];
  readonly run: (asking: Asking) => Outcome;
}

export const subCommands: ReadonlyMap<string, SubCommand> = new Map<string, SubCommand>([
  ['hbstatus', { options: verbose, needs: [], run: hbStatus }],
  ['listnodes', { options: choosing, needs: [], run: listNodes }],
  ['nodestatus', ofNode('st', 'nodestatus', (node, st) => `The cluster node ${node} is ${st}`)],
  [
    'nodeweight',
    ofNode(
      'weight',
      'nodeweight',
      (node, weight) => `The weight of the cluster node ${node} is ${weight}`,
    ),
  ],
  [
    'nodesite',
    ofNode('site', 'nodesite', (node, site) => `The site of the cluster node ${node} is ${site}`),
  ],
  ['nodetype', ofNode('nodetype', 'nodetype', (node, type) => `The node ${node}'s type: ${type}`)],
  ['listhblinks', { options: verbose, needs: ['node-name'], run: listLinks }],
  ['hblinkstatus', { options: forPeople, needs: ['node-name', 'link-name'], run: linkStatus }],
  ['clientstatus', { options: forPeople, needs: ['node-name', 'client-id'], run: clientStatus }],
  ['rscstatus', { options: forPeople, needs: [], run: rscStatus }],
  ['hbparameter', { options: naming, needs: [], run: hbParameter }],
]);

async function hbStatus(asking: Asking): Outcome {
  const { flags, output, client } = asking;
  if (!flags.v) {
    output.print('Heartbeat is running on this machine.');
    return succeed(exit.ok);
  }
  const { version, pacemaker } = client.greeting;
  const manager = pacemaker === 'false' ? '"haresources"' : `pacemaker\t(${pacemaker})`;
  output.print(flags.m ? `Heartbeat version ${version}` : `version:\t${version}`);
  output.print(flags.m ? `Resources controlled by ${manager}` : `managed by:\t${manager}`);
  return listNodes(asking);
}

/** The last node of ha.cf comes first, as the C library hands them out. */
async function listNodes({ client, flags, output }: Asking): Outcome {
  const nodes = await client.request('nodelist');
  if (!nodes.ok) return nodes;
  if (flags.m) output.print('The nodes are as follow:');
  for (const node of nodes.value.toReversed()) {
    const name = node.get('node') ?? '';
    const type = node.get('nodetype') ?? '';
    if (!isWanted(type, flags)) continue;
    if (!flags.v) {
      output.print(name);
      continue;
    }
    output.print(`\n${name}\t${node.get('st') ?? ''}\t(nodetype: ${type})`);
    const links = await listLinks({ client, flags, output, words: [name] });
    if (!links.ok) return links;
  }
  return succeed(exit.ok);
}

/** Both options together mean all nodes, as none does. */
function isWanted(type: string, flags: Flags): boolean {
  if (flags.n === flags.p) return true;
  return type === (flags.p ? 'ping' : 'normal');
}

/** What is asked of one node and answered by one field; only a node's status makes a difference to the exit code. */
function ofNode(
  field: string,
  reqtype: string,
  sentence: (node: string, value: string) => string,
): SubCommand {
  const run = async ({ client, words, flags, output }: Asking): Outcome => {
    const node = words[0] ?? '';
    const value = await client.value(reqtype, field, { node });
    if (!value.ok) {
      return orElse(value.reason, exit.badParameter, output, [`${node}: no node of this name`]);
    }
    const shown = value.value ?? '';
    output.print(flags.m ? sentence(node, shown) : shown);
    return succeed(field !== 'st' || isAlive(shown) ? exit.ok : exit.failed);
  };
  return { options: forPeople, needs: ['node-name'], run };
}

function isAlive(status: string): boolean {
  return status === 'active' || status === 'up' || status === 'ping';
}

async function listLinks({ client, words, flags, output }: Asking): Outcome {
  const links = await client.request('iflist', { node: words[0] ?? '' });
  if (!links.ok) {
    return orElse(links.reason, exit.unknown, output, [
      'Cannot start heartbeat link interface walk.',
      `REASON: ${infoOf(links.reason)}`,
    ]);
  }
  if (flags.m) output.print('\tthis node has the following heartbeat links:');
  for (const link of links.value.toReversed()) {
    const name = link.get('ifname') ?? '';
    output.print(flags.v ? `\t${name}\t${link.get('st') ?? ''}` : `\t${name}`);
  }
  return succeed(exit.ok);
}

async function linkStatus({ client, words, flags, output }: Asking): Outcome {
  const [node = '', ifname = ''] = words;
  const status = await client.value('ifstatus', 'st', { node, ifname });
  if (!status.ok) {
    return orElse(status.reason, exit.unknown, output, [
      'Cannot get heartbeat link status',
      `REASON: no node ${node} with a link ${ifname}`,
    ]);
  }
  const shown = status.value ?? '';
  output.print(flags.m ? `The node ${node}'s heartbeat link ${ifname} is ${shown}` : shown);
  return succeed(shown === 'up' ? exit.ok : exit.failed);
}

const defaultPatience = '500';

async function clientStatus({ client, words, output }: Asking): Outcome {
  const [node = '', cn = '', patience = defaultPatience] = words;
  if (!/^\d{1,6}$/.test(patience)) {
    output.error(`${patience}: not a number of milliseconds`);
    return succeed(exit.badParameter);
  }
  const waiting = AbortSignal.timeout(Number(patience));
  const status = await client.clientStatus(node, cn, waiting);
  if (!status.ok) {
    const isLate = status.reason.kind === 'timed-out' && waiting.aborted;
    if (!isLate && status.reason.kind !== 'bad-request') return status;
    output.error(`Cannot get heartbeat client ${cn}'s status`);
    output.error(`REASON: ${isLate ? 'No timely response.' : `no node ${node}`}`);
    return succeed(exit.unknown);
  }
  output.print(status.value);
  return succeed(status.value === 'online' ? exit.ok : exit.failed);
}

async function rscStatus({ client, flags, output }: Asking): Outcome {
  const hold = await client.value('getrsc', 'rsc_hold');
  if (!hold.ok) {
    return orElse(hold.reason, exit.failed, output, [
      'Cannot get cluster resource status',
      `REASON: ${infoOf(hold.reason)}`,
    ]);
  }
  const shown = hold.value ?? '';
  output.print(flags.m ? `This node is holding ${shown} resources.` : shown);
  return succeed(exit.ok);
}

/** `hbversion` is what the daemon said at sign-on, which tells more than the parameter. */
async function hbParameter({ client, flags, output }: Asking): Outcome {
  const name = flags.parameter;
  if (name === undefined) {
    output.error('parameter name required');
    return succeed(exit.badParameter);
  }
  const asked: Result<string | undefined, ApiError> =
    name === 'hbversion'
      ? succeed(client.greeting.version)
      : await client.value('getparm', 'pvalue', { pname: name });
  if (!asked.ok) return asked;
  if (asked.value === undefined) {
    output.error(`Cannot get parameter ${name}'s value`);
    output.error('REASON: it is not set');
    return succeed(exit.failed);
  }
  output.print(flags.m ? `Heartbeat parameter ${name}'s value: ${asked.value}` : asked.value);
  return succeed(exit.ok);
}

/** A request that the daemon would not answer ends the sub-command with `code`; anything else is not its affair. */
function orElse(
  reason: ApiError,
  code: number,
  output: Output,
  lines: readonly string[],
): Result<number, ApiError> {
  if (reason.kind !== 'bad-request') return fail(reason);
  for (const line of lines) output.error(line);
  return succeed(code);
}

function infoOf(reason: ApiError): string {
  return 'info' in reason ? reason.info : reason.kind;
}
