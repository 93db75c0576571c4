/** What there is to log about membership, as data, and its words (spec membership 13). */
import type { Level, LogLine } from '../log-line.ts';
import type { Millis, NodeName } from '../units.ts';

/** The address a packet came from, if it is known. */
interface Source {
  readonly from: string | undefined;
}

interface ReportFacts {
  'local-status': { readonly status: 'up' | 'active' };
  'comm-up': object;
  link: { readonly node: NodeName; readonly link: string; readonly status: 'up' | 'dead' };
  'node-status': { readonly node: NodeName; readonly status: string };
  'node-restarted': { readonly node: NodeName };
  'node-renewed': { readonly node: NodeName };
  renewed: { readonly generation: number; readonly why: 'missed' | 'behind' };
  'node-dead': { readonly node: NodeName };
  /** `tooLate`: later than our own deadtime, and not only than warntime. */
  'late-heartbeat': {
    readonly node: NodeName;
    readonly interval: Millis;
    readonly tooLate: boolean;
  };
  'returning-after-partition': { readonly node: NodeName };
  'partition-advice': { readonly advice: Advice };
  'lost-packets': {
    readonly node: NodeName;
    readonly count: number;
    readonly from: number;
    readonly to: number;
  };
  'lost-a-lot': object;
  'none-missing': { readonly node: NodeName };
  'irretrievably-lost': { readonly node: NodeName; readonly seq: number };
  replay: { readonly node: NodeName; readonly generation: number; readonly known: number };
  'unknown-node': { readonly name: string } & Source;
  'uuid-changed': { readonly node: NodeName; readonly uuid: string };
  /** `known` is what the packet contradicts, in words. */
  'uuid-conflict': {
    readonly node: NodeName;
    readonly uuid: string;
    readonly known: string;
  } & Source;
  'name-clash': {
    readonly self: NodeName;
    readonly uuid: string;
    readonly generation: number;
    /** We are not active yet, and wait. */
    readonly waits: boolean;
  } & Source;
  'corrupt-ack': {
    readonly node: NodeName;
    readonly ackseq: number;
    readonly highest: number;
  };
  'bad-rexmit': { readonly node: NodeName };
  'rexmit-beyond': { readonly seq: number; readonly highest: number };
  'flow-control-off': object;
  'node-lists-differ': {
    readonly node: NodeName;
    readonly theirs: readonly NodeName[];
    readonly ours: readonly NodeName[];
  };
  'adding-node': { readonly name: NodeName };
  'node-exists': { readonly name: NodeName };
  'too-many-nodes': { readonly name: NodeName };
  'removing-node': { readonly name: NodeName };
  'not-a-node': { readonly name: NodeName };
  'deleted-not-dead': { readonly name: NodeName };
  /** Of a node that is not to be deleted. */
  'others-not-alive': { readonly name: NodeName; readonly status: string };
  frozen: { readonly duration: Millis };
  'dispatch-delayed': { readonly delay: Millis; readonly limit: Millis };
  /** Reports of one kind that were held back since the last one that was let through. */
  suppressed: { readonly what: string; readonly count: number };
}

/** Something about membership that an operator should read; `kind` tells which facts it has. */
export type MembershipReport<Kind extends keyof ReportFacts = keyof ReportFacts> = {
  readonly [K in Kind]: { readonly kind: K } & ReportFacts[K];
}[Kind];

type Advice = 'split-brain' | 'deadtime' | 'faq' | 'heavy-load';

const partitionAdvice: Readonly<Record<Advice, LogLine>> = {
  'split-brain': {
    level: 'info',
    text: 'For information on cluster partitions, See URL: http://linux-ha.org/wiki/Split_Brain',
  },
  deadtime: { level: 'WARN', text: 'Deadtime value may be too small.' },
  faq: { level: 'info', text: 'See FAQ for information on tuning deadtime.' },
  'heavy-load': { level: 'info', text: 'URL: http://linux-ha.org/wiki/FAQ#Heavy_Load' },
};

type Words = { readonly [K in keyof ReportFacts]: (facts: ReportFacts[K]) => LogLine };

const words: Words = {
  'local-status': (is) => line('info', `Local status now set to: '${is.status}'`),
  'comm-up': () => line('info', 'Comm_now_up(): updating status to active'),
  link: (is) => line('info', `Link ${is.node}:${is.link} ${is.status}.`),
  'node-status': (is) =>
    line('info', `Status update for node ${is.node}: status ${shown(is.status)}`),
  'node-restarted': (is) => line('info', `Heartbeat restart on node ${is.node}`),
  'node-renewed': (is) =>
    line('info', `node ${is.node} goes on with a new generation: it may have been declared dead`),
  renewed: (is) => line('info', `Heartbeat generation: ${n(is.generation)}, ${raisedFor[is.why]}`),
  'node-dead': (is) => line('WARN', `node ${is.node}: is dead`),
  'late-heartbeat': lateHeartbeat,
  'returning-after-partition': (is) =>
    line('CRIT', `Cluster node ${is.node} returning after partition.`),
  'partition-advice': (is) => partitionAdvice[is.advice],
  'lost-packets': (is) =>
    line('WARN', `${n(is.count)} lost packet(s) for [${is.node}] [${n(is.from)}:${n(is.to)}]`),
  'lost-a-lot': () => line('ERROR', 'lost a lot of packets!'),
  'none-missing': (is) => line('info', `No pkts missing from ${is.node}!`),
  'irretrievably-lost': (is) =>
    line('ERROR', `Irretrievably lost packet: node ${is.node} seq ${n(is.seq)}`),
  replay: replayAttack,
  'unknown-node': unknownNode,
  'uuid-changed': (is) => line('info', `node ${is.node} changed its uuid to ${shownUuid(is.uuid)}`),
  'uuid-conflict': uuidConflict,
  'name-clash': nameClash,
  'corrupt-ack': (is) =>
    line(
      'ERROR',
      `HBDoMsg_T_ACK: corrupted ackseq ${n(is.ackseq)} from ${is.node}, highest sent is ${n(is.highest)}`,
    ),
  'bad-rexmit': (is) => line('ERROR', `Invalid rexmit seqnos from ${is.node}`),
  'rexmit-beyond': (is) =>
    line('WARN', `Rexmit of seq ${n(is.seq)} requested. ${n(is.highest)} is max.`),
  'flow-control-off': () =>
    line('info', 'flow control disabled due to different version heartbeat'),
  'node-lists-differ': nodeListsDiffer,
  'adding-node': (is) =>
    line('info', `hb_add_one_node: Adding new node[${shown(is.name)}] to configuration.`),
  'node-exists': (is) => line('ERROR', `hb_add_one_node: node(${is.name}) already exists`),
  'too-many-nodes': (is) =>
    line('ERROR', `hb_add_one_node: node(${shown(is.name)}) not added: there are 100 nodes`),
  'removing-node': (is) => line('info', `Removing node [${shown(is.name)}] from configuration.`),
  'not-a-node': (is) =>
    line('ERROR', `hb_remove_one_node: node ${shown(is.name)} not found in config`),
  'deleted-not-dead': (is) => line('WARN', `deletion failed: node ${is.name} is not dead`),
  'others-not-alive': (is) =>
    line(
      'ERROR',
      `HBDoMsg_T_DELNODE: deletion failed. We don't have all required nodes alive (${is.name} is ${is.status})`,
    ),
  frozen: (is) =>
    line(
      'WARN',
      `This node was frozen for ${n(is.duration)} ms, longer than its deadtime: the others have declared it dead.`,
    ),
  'dispatch-delayed': (is) =>
    line(
      'WARN',
      `Gmain_timeout_dispatch: Dispatch function for send local status was delayed ${n(is.delay)} ms (> ${n(is.limit)} ms) before being called`,
    ),
  suppressed: (is) =>
    line('info', `${n(is.count)} more like the next line were not logged: ${is.what}`),
};

/** The line for the log: the C daemon's words and level where it has that line, ours at WARN or info otherwise. */
export function membershipWords<Kind extends keyof ReportFacts>(
  report: MembershipReport<Kind>,
): LogLine {
  return words[report.kind](report);
}

function lateHeartbeat(is: ReportFacts['late-heartbeat']): LogLine {
  const what = `Late heartbeat: Node ${is.node}: interval ${n(Math.round(is.interval))} ms`;
  return is.tooLate ? line('CRIT', `${what} (> deadtime)`) : line('WARN', what);
}

const raisedFor = {
  missed: 'raised for those who may have declared us dead',
  behind: 'raised for those who have heard a higher one of this node',
} as const;

function replayAttack(is: ReportFacts['replay']): LogLine {
  const generations = `[gen = ${n(is.generation)}, curgen = ${n(is.known)}]`;
  return line('ERROR', `should_drop_message: attempted replay attack [${is.node}]? ${generations}`);
}

function unknownNode(is: ReportFacts['unknown-node']): LogLine {
  const bad = `process_status_message: bad node [${shown(is.name)}] in message`;
  const advice = 'its packets are ignored; does another cluster use our network, port and key?';
  return line('ERROR', is.from === undefined ? bad : `${bad}${source(is)}: ${advice}`);
}

function uuidConflict(is: ReportFacts['uuid-conflict']): LogLine {
  const packet = `packet of node ${is.node}${source(is)} with uuid ${shownUuid(is.uuid)}`;
  return line('WARN', `${packet} refused: it contradicts ${is.known}. Was a disk cloned?`);
}

function nameClash(is: ReportFacts['name-clash']): LogLine {
  const other = `uuid ${shownUuid(is.uuid)}, generation ${n(is.generation)}`;
  const what = `another node has our name [${is.self}]${source(is)} (${other})`;
  const waits = is.waits ? ', and this node does not become active while it speaks' : '';
  return line('ERROR', `${what}: its packets are ignored${waits}`);
}

const source = ({ from }: Source): string => (from === undefined ? '' : ` from ${from}`);

function nodeListsDiffer(is: ReportFacts['node-lists-differ']): LogLine {
  const theirs = is.theirs.slice(0, 100).map(shown).join(' ');
  const text = `node ${is.node} has other nodes in its ha.cf [${theirs}] than we [${is.ours.join(' ')}]`;
  return line('WARN', `${text}: ours are kept`);
}

function line(level: Level, text: string): LogLine {
  return { level, text };
}

const n = (count: number): string => String(count);

/** Text of a peer as it may stand in a log: printable, at most 99 characters. */
function shown(text: string): string {
  return text.slice(0, 99).replace(/[^ -~]/g, '?');
}

/** A uuid's 16 bytes in the usual 8-4-4-4-12 form; whatever else was given, in hex. */
function shownUuid(bytes: string): string {
  const hex = Array.from(bytes.slice(0, 16), (byte) =>
    (byte.charCodeAt(0) & 0xff).toString(16).padStart(2, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
