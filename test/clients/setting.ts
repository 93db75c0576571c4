/** The cluster of the vectors: api1 (this node), api2 and a ping node (setting.json), without a daemon around it. */
import { readFile } from 'node:fs/promises';
import type { ClusterFacts, NodeFact } from '../../src/clients/facts.ts';
import { nodeName, seconds } from '../../src/units.ts';

const version = '3.0.6 (node: 958e11be8686759f1b99204c17812f2c2633b169)';

const bytes = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

const parameters = new Map([
  ['hbversion', '3.0.6'],
  ['keepalive', '1'],
  ['deadtime', '5'],
  ['warntime', '3'],
  ['initdead', '6'],
  ['deadping', '5000ms'],
  ['auto_failback', 'off'],
  ['udpport', '694'],
  ['baud', '19200'],
  ['hopfudge', '1'],
  ['pacemaker', 'false'],
  ['hbgenmethod', 'file'],
  ['realtime', 'true'],
  ['debug', '0'],
  ['logfile', '/var/log/ha-log'],
  ['debugfile', '/var/log/ha-debug'],
  ['cluster', 'linux-ha'],
  ['autojoin', 'none'],
  ['uuidfrom', 'file'],
  ['compression', 'zlib'],
  ['compression_threshold', '2'],
  ['traditional_compression', 'no'],
  ['msgfmt', 'classic'],
  ['conn_logd_time', '60'],
  ['max_rexmit_delay', '250'],
  ['memreserve', '6500'],
  ['log_badpack', 'true'],
  ['syslogmsgfmt', 'true'],
  ['coredumps', 'true'],
  ['record_config_changes', 'on'],
  ['record_pengine_inputs', 'on'],
  ['enable_config_writes', 'on'],
]);

const api1: NodeFact = {
  name: nodeName('api1'),
  type: 'normal',
  status: 'active',
  weight: 100,
  site: '',
  uuid: bytes('opn1dPiTRbabCarafHlpNA=='),
  links: [{ name: 'eth0', status: 'up' }],
};
const api2: NodeFact = {
  ...api1,
  name: nodeName('api2'),
  uuid: bytes('3LkHaiZVQiiLTv8AfxjiWA=='),
};
const router: NodeFact = {
  name: nodeName('172.16.200.1'),
  type: 'ping',
  status: 'ping',
  weight: 100,
  site: '',
  links: [{ name: '172.16.200.1', status: 'up' }],
};
const deadApi2: NodeFact = { ...api2, status: 'dead', links: [{ name: 'eth0', status: 'dead' }] };

function factsOf(peer: NodeFact, hold: 'local' | 'all'): ClusterFacts {
  return {
    self: api1.name,
    deadtime: seconds(5),
    keepalive: seconds(1),
    logfacility: -1,
    version,
    nodes: () => [api1, peer, router],
    incomplete: () => [],
    holding: () => hold,
    parameter: (name) => parameters.get(name),
  };
}

/** As in requests.json and registration.json. */
export const bothUp: ClusterFacts = factsOf(api2, 'local');
/** After deadtime without api2. */
export const peerDead: ClusterFacts = factsOf(deadApi2, 'all');

export interface Frame {
  readonly dir: 'client>daemon' | 'daemon>client' | 'client closes';
  readonly hex: string;
  readonly text: string;
}

export interface Conversation {
  readonly description: string;
  readonly frames: readonly Frame[];
  /** What became of the connection; absent where the next conversation goes on with it. */
  readonly end?: string;
}

/** The cases of a file in `vectors/`; the files are ours, so their shape is not checked again. */
export async function cases<Case>(file: string): Promise<readonly Case[]> {
  const { cases: all } = JSON.parse(await vector(file)) as { cases: readonly Case[] };
  return all;
}

/** A file in `vectors/` that is one whole conversation. */
export async function conversationIn(file: string): Promise<Conversation> {
  const { description, frames } = JSON.parse(await vector(file)) as Conversation;
  const sent = frames.filter(({ dir }) => dir !== 'client closes');
  return { description, frames: sent };
}

const vector = (file: string): Promise<string> =>
  readFile(new URL(`./vectors/${file}`, import.meta.url), 'utf8');
