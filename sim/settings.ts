/** What the three files would say, without the files. */
import type {
  AuthKey,
  AutoFailback,
  Extensions,
  Medium,
  QuorumOptions,
  Settings,
  StopFailure,
} from '../src/config/settings.ts';
import { millis, nodeName, seconds } from '../src/units.ts';

const at = { file: 'haresources', line: 1, column: 1 };

/** A line of haresources: the owner and the resources. */
export type Group = readonly [owner: string, ...resources: string[]];

/** In milliseconds. */
export interface Timing {
  readonly keepalive: number;
  readonly deadtime: number;
  readonly warntime: number;
  readonly initdead: number;
  readonly maxRexmitDelay: number;
}

/** A cluster that loses no time. */
const quick: Timing = {
  keepalive: 200,
  deadtime: 2000,
  warntime: 1000,
  initdead: 4000,
  maxRexmitDelay: 250,
};

export interface Written {
  readonly nodes: readonly string[];
  readonly groups: readonly Group[];
  readonly autoFailback: AutoFailback;
  readonly timing?: Timing;
  /** The links; without them a link is known when it is heard. */
  readonly media?: readonly string[];
  readonly method?: AuthKey['method'];
  readonly msgfmt?: 'classic' | 'netstring';
  readonly quorum?: Partial<QuorumOptions> | undefined;
  readonly pingNodes?: readonly string[] | undefined;
  /** Nodes reset each other; `delay`: in milliseconds, for the one that runs nothing. */
  readonly fencing?: { readonly delay?: number } | undefined;
  readonly stopFailure?: StopFailure | undefined;
  /** What extensions.ini says of services that are watched, and of failback. */
  readonly watching?: Partial<Pick<Extensions, 'monitoring' | 'failback'>> | undefined;
}

/** What files with these words in them would say. */
export function settingsOf(written: Written): Settings {
  const { timing = quick, method = 'md5' } = written;
  const key = { id: 1, method, secret: method === 'crc' ? '' : 'secret' };
  return {
    haCf: {
      nodes: written.nodes.map(nodeName),
      nodesAt: at,
      stonith: [],
      keepalive: millis(timing.keepalive),
      deadtime: millis(timing.deadtime),
      warntime: millis(timing.warntime),
      initdead: millis(timing.initdead),
      deadping: millis(timing.deadtime),
      maxRexmitDelay: millis(timing.maxRexmitDelay),
      media: (written.media ?? []).map((iface): Medium => ({
        kind: 'bcast',
        iface,
        port: 694,
        at,
      })),
      pingNodes: (written.pingNodes ?? []).map((name) => ({
        name: nodeName(name),
        kind: 'ping' as const,
        hosts: [name],
        at,
      })),
      autoFailback: written.autoFailback,
      hopfudge: 1,
      msgfmt: written.msgfmt ?? 'classic',
      generationFrom: 'file',
      logging: { syslogmsgfmt: true },
      debug: 0,
      logBadpack: true,
      respawn: [],
      apiAuth: [],
      parameters: new Map(),
      env: new Map(),
    },
    authKeys: { outbound: key, byId: new Map([[1, key]]) },
    haresources: written.groups.map(([owner, ...resources]) => ({
      owner: nodeName(owner),
      key: resources[0] ?? '',
      at,
      resources: resources.map((resource) => {
        const [agent = '', ...args] = resource.split('::');
        return { text: resource, agent, args, at };
      }),
    })),
    extensions: extensionsOf(written),
    device: written.fencing && { type: 'test', parameters: new Map() },
  };
}

function extensionsOf(written: Written): Extensions {
  return {
    addressProbe: false,
    acceptCrc: false,
    stopFailure: written.stopFailure,
    fencing: { timeout: seconds(60), delay: millis(written.fencing?.delay ?? 0) },
    scriptLimits: { start: seconds(120), stop: seconds(60), status: seconds(20) },
    agentLimits: new Map(),
    monitoring: new Map(),
    failback: { hold: millis(0), limit: 0, within: seconds(3600) },
    ...written.watching,
    quorum: {
      plugins: undefined,
      policy: 'ignore',
      tiebreak: 0,
      release: seconds(5),
      ...written.quorum,
    },
    splitBrain: { onHeal: 'yield', wait: millis(3500) },
  };
}
