/** What the three files would say, without the files. */
import type { AutoFailback, Settings } from '../src/config/settings.ts';
import { millis, nodeName, seconds } from '../src/units.ts';

const at = { file: 'haresources', line: 1, column: 1 };
const key = { id: 1, method: 'md5', secret: 'secret' } as const;

/** A line of haresources: the owner and the resources. */
export type Group = readonly [owner: string, ...resources: string[]];

export interface Written {
  readonly nodes: readonly string[];
  readonly groups: readonly Group[];
  readonly autoFailback: AutoFailback;
}

/** The settings of a quick cluster. */
export function settingsOf(written: Written): Settings {
  return {
    haCf: {
      nodes: written.nodes.map(nodeName),
      nodesAt: at,
      stonith: [],
      keepalive: millis(200),
      deadtime: seconds(2),
      warntime: seconds(1),
      initdead: seconds(4),
      deadping: seconds(2),
      maxRexmitDelay: millis(250),
      media: [],
      pingNodes: [],
      autoFailback: written.autoFailback,
      hopfudge: 1,
      msgfmt: 'classic',
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
    extensions: {
      acceptCrc: false,
      scriptLimits: { start: seconds(120), stop: seconds(60), status: seconds(20) },
    },
  };
}
