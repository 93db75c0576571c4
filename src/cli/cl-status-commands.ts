/** What each sub-command of `cl_status` asks the daemon, prints and returns (spec client-api 11). */
import { askCcm, type CcmView } from '../clients/ccm.ts';
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
  /** A line on stderr as it is. */
  complain(line: string): void;
}

/** Where the daemon and the programs beside it listen. */
export interface Sockets {
  readonly register: string;
  /** Of `ccm`. */
  readonly ccm: string;
}

interface Asking {
  readonly client: ApiClient;
  readonly sockets: Sockets;
  readonly words: readonly string[];
  /** The options given, with their arguments: `m` sentences for people, `v` more, and the sub-command's own. */
  readonly given: ReadonlyMap<string, string>;
  readonly output: Output;
  /** When the time for the whole command is over. */
  readonly end: AbortSignal;
}

/** An exit code, or what went wrong that is no affair of the sub-command. */
type Outcome = Promise<Result<number, ApiError>>;

export interface SubCommand {
  /** The letters of its options, as getopt(3) takes them; absent where it does not look at any. */
  readonly options?: string;
  /** What is said of a wrong option; absent where it does not matter. */
  readonly wrongOption?: string;
  /** How many words it needs. */
  readonly needs: number;
  readonly tooFew?: string;
  readonly run: (asking: Asking) => Outcome;
}

type Sentence = (node: string, value: string) => string;

const statusIs: Sentence = (node, status) => `The cluster node ${node} is ${status}`;
const weightIs: Sentence = (node, is) => `The weight of the cluster node ${node} is ${is}`;
const siteIs: Sentence = (node, site) => `The site of the cluster node ${node} is ${site}`;
const typeIs: Sentence = (node, type) => `The node ${node}'s type: ${type}`;

/** C's words for the same mistake differ between sub-commands, and scripts may know them. */
const wrong = 'Error: getopt returnedcharacter ?.';
const wrongCode = 'Error: getopt returnedcharacter code ?.';
const notEnough = 'Not enough parameters.';
const noEnough = 'No enough parameter.';

export const subCommands: ReadonlyMap<string, SubCommand> = new Map<string, SubCommand>([
  ['hbstatus', { options: 'mv', needs: 0, run: hbStatus }],
  ['listnodes', { options: 'mnpv', wrongOption: wrongCode, needs: 0, run: listNodes }],
  ['nodestatus', { ...ofNode('nodestatus', 'st', statusIs), tooFew: notEnough }],
  ['nodeweight', { ...ofNode('nodeweight', 'weight', weightIs), tooFew: notEnough }],
  ['nodesite', { ...ofNode('nodesite', 'site', siteIs), tooFew: notEnough }],
  ['nodetype', { ...ofNode('nodetype', 'nodetype', typeIs), tooFew: noEnough }],
  [
    'listhblinks',
    { options: 'mv', wrongOption: wrongCode, needs: 1, tooFew: noEnough, run: listLinks },
  ],
  [
    'hblinkstatus',
    { options: 'm', wrongOption: wrong, needs: 2, tooFew: noEnough, run: linkStatus },
  ],
  [
    'clientstatus',
    { options: 'm', wrongOption: wrong, needs: 2, tooFew: noEnough, run: clientStatus },
  ],
  ['rscstatus', { options: 'm', wrongOption: wrong, needs: 0, run: rscStatus }],
  ['hbparameter', { options: 'mp:', wrongOption: wrongCode, needs: 0, run: hbParameter }],
  ['test', { needs: 0, run: showGreeting }],
]);

async function hbStatus(asking: Asking): Outcome {
  const { given, output, client } = asking;
  if (!given.has('v')) {
    output.print('Heartbeat is running on this machine.');
    return succeed(exit.ok);
  }
  const { version, pacemaker } = client.greeting;
  const manager = pacemaker === 'false' ? '"haresources"' : `pacemaker\t(${pacemaker})`;
  const isForPeople = given.has('m');
  output.print(isForPeople ? `Heartbeat version ${version}` : `version:\t${version}`);
  output.print(isForPeople ? `Resources controlled by ${manager}` : `managed by:\t${manager}`);
  const shown = await showCcm(asking);
  return shown.ok ? listNodes(asking) : shown;
}

/** Nothing where no `ccm` runs. */
async function showCcm({ sockets, end, output }: Asking): Promise<Result<undefined, ApiError>> {
  const view = await askCcm(sockets.ccm, end);
  if (view.ok) {
    for (const line of ccmLines(view.value)) output.print(line);
    return succeed(undefined);
  }
  if (view.reason === 'silent') return fail({ kind: 'timed-out' });
  if (view.reason === 'denied') {
    output.complain('connection denied');
    output.error('problem handling ccm membership event');
  }
  return succeed(undefined);
}

function ccmLines(view: CcmView): readonly string[] {
  if (view.kind === 'evicted') return ['', 'ccm membership evicted'];
  return [
    '',
    `ccm membership ${view.hasQuorum ? 'with' : 'WITHOUT'} quorum`,
    `\tinstance ${String(view.instance)}`,
    `\tmembers ${String(view.members.length)}`,
    ...view.members.map(
      ({ born, id, name }) => `\t\t${String(id)} ${name}\t(born: ${String(born)})`,
    ),
    `\t${view.isMember ? 'member' : 'NOT member'} of partition`,
  ];
}

/** The last node of ha.cf comes first, as the C library hands them out. */
async function listNodes(asking: Asking): Outcome {
  const { client, given, output } = asking;
  const nodes = await client.request('nodelist');
  if (!nodes.ok) return nodes;
  if (given.has('m')) output.print('The nodes are as follow:');
  for (const node of nodes.value.toReversed()) {
    const name = node.get('node') ?? '';
    const type = node.get('nodetype') ?? '';
    if (!isWanted(type, given)) continue;
    if (!given.has('v')) {
      output.print(name);
      continue;
    }
    output.print(`\n${name}\t${node.get('st') ?? ''}\t(nodetype: ${type})`);
    const links = await listLinks({ ...asking, words: [name] });
    if (!links.ok) return links;
  }
  return succeed(exit.ok);
}

/** Both options together mean all nodes, as none does. */
function isWanted(type: string, given: Asking['given']): boolean {
  if (given.has('n') === given.has('p')) return true;
  return type === (given.has('p') ? 'ping' : 'normal');
}

/** What is asked of one node and answered by one field; only a node's status makes a difference to the exit code. */
function ofNode(reqtype: string, field: string, sentence: Sentence): SubCommand {
  const unknown =
    field === 'weight'
      ? 'Error. Maybe due to incorrect node name.'
      : 'Error. May be due to incorrect node name';
  const run = async ({ client, words, given, output }: Asking): Outcome => {
    const node = words[0] ?? '';
    const value = await client.value(reqtype, field, { node });
    if (!value.ok) {
      if (value.reason.kind !== 'bad-request') return value;
      output.complain(unknown);
      return succeed(exit.badParameter);
    }
    const shown = value.value ?? '';
    output.print(given.has('m') ? sentence(node, shown) : shown);
    return succeed(field !== 'st' || isAlive(shown) ? exit.ok : exit.failed);
  };
  return { options: 'm', wrongOption: wrong, needs: 1, run };
}

function isAlive(status: string): boolean {
  return status === 'active' || status === 'up' || status === 'ping';
}

async function listLinks({ client, words, given, output }: Asking): Outcome {
  const links = await client.request('iflist', { node: words[0] ?? '' });
  if (!links.ok) {
    return orElse(links.reason, exit.unknown, output, [
      'Cannot start heartbeat link interface walk.',
      `REASON: ${infoOf(links.reason)}`,
    ]);
  }
  if (given.has('m')) output.print('\tthis node has the following heartbeat links:');
  for (const link of links.value.toReversed()) {
    const name = link.get('ifname') ?? '';
    output.print(given.has('v') ? `\t${name}\t${link.get('st') ?? ''}` : `\t${name}`);
  }
  return succeed(exit.ok);
}

async function linkStatus({ client, words, given, output }: Asking): Outcome {
  const [node = '', ifname = ''] = words;
  const status = await client.value('ifstatus', 'st', { node, ifname });
  if (!status.ok) {
    return orElse(status.reason, exit.unknown, output, [
      'Cannot get heartbeat link status',
      'REASON: ',
    ]);
  }
  const shown = status.value ?? '';
  output.print(given.has('m') ? `The node ${node}'s heartbeat link ${ifname} is ${shown}` : shown);
  return succeed(shown === 'up' ? exit.ok : exit.failed);
}

const defaultPatience = '500';

async function clientStatus({ client, words, output }: Asking): Outcome {
  const [node = '', cn = '', patience = defaultPatience] = words;
  const waiting = AbortSignal.timeout(leadingNumber(patience));
  const status = await client.clientStatus(node, cn, waiting);
  if (!status.ok) {
    const isLate = status.reason.kind === 'timed-out' && waiting.aborted;
    if (!isLate && status.reason.kind !== 'bad-request') return status;
    output.error(`Cannot get heartbeat client ${cn}'s status`);
    output.error('REASON: No timely response.');
    return succeed(exit.unknown);
  }
  output.print(status.value);
  return succeed(status.value === 'online' ? exit.ok : exit.failed);
}

/** As C's `atoi`, for a time that people type: no number is no time. At most a day, in milliseconds. */
function leadingNumber(word: string): number {
  const digits = /^\s*\+?(\d{1,9})/.exec(word)?.[1];
  return Math.min(Number(digits ?? '0'), 24 * 60 * 60 * 1000);
}

async function rscStatus({ client, given, output }: Asking): Outcome {
  const hold = await client.value('getrsc', 'rsc_hold');
  if (!hold.ok) {
    return orElse(hold.reason, exit.failed, output, [
      'Cannot get cluster resource status',
      `REASON: ${infoOf(hold.reason)}`,
    ]);
  }
  const shown = hold.value ?? '';
  output.print(given.has('m') ? `This node is holding ${shown} resources.` : shown);
  return succeed(exit.ok);
}

/** `hbversion` is what the daemon said at sign-on, which tells more than the parameter. */
async function hbParameter({ client, given, output }: Asking): Outcome {
  const name = given.get('p');
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
    output.error('REASON: ');
    return succeed(exit.failed);
  }
  output.print(
    given.has('m') ? `Heartbeat parameter ${name}'s value: ${asked.value}` : asked.value,
  );
  return succeed(exit.ok);
}

/** For people who look for a fault: what the daemon said at the sign-on. */
async function showGreeting({ client, output }: Asking): Outcome {
  const hold = await client.value('getrsc', 'rsc_hold');
  if (!hold.ok) return hold;
  const { deadtime, keepalive, node } = client.greeting;
  output.print(`Dead time: ${String(deadtime)}`);
  output.print(` keeplive time: ${String(keepalive)}`);
  output.print(` mynodeid: ${node}`);
  output.print(` rsc: ${hold.value ?? ''}`);
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
