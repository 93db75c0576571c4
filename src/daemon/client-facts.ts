/** What API clients may ask of the running node. */
import type { ClusterFacts } from '../clients/facts.ts';
import type { HaCf } from '../config/settings.ts';
import type { NodeSettings } from '../heartbeat/effects.ts';
import type { NodeView } from '../membership/types.ts';
import { standingParameter } from './plan.ts';
import { facilityNumber } from './log-format.ts';
import type { RunningNode } from './running-node.ts';
import { versionText } from './version.ts';

const noFacility = -1;

/** Look-ups into `node`, which runs with `settings`. */
export function clientFacts({ self, settings }: NodeSettings, node: RunningNode): ClusterFacts {
  const { haCf } = settings;
  return {
    self,
    deadtime: haCf.deadtime,
    keepalive: haCf.keepalive,
    logfacility: facilityNumber(haCf.logging.logfacility ?? 'none') ?? noFacility,
    version: versionText,
    nodes: () => inFileOrder(node.nodes(), haCf),
    incomplete: () => node.incomplete(),
    holding: () => node.holding(),
    // Not a directive: what only this daemon knows, for `cl_status hbparameter -p fencing`, and for --plan.
    parameter: (name) => {
      if (name === standingParameter) return node.standing();
      if (name === 'fencing') return node.fencing();
      if (name === 'monitor') return node.monitor();
      return name === 'quorum' ? node.quorum() : haCf.parameters.get(name);
    },
  };
}

/** C lists nodes and ping nodes as ha.cf mixes them; of the nodes' places only the first is known. */
function inFileOrder(views: readonly NodeView[], haCf: HaCf): readonly NodeView[] {
  const early = haCf.pingNodes.filter(({ at }) => at.line < haCf.nodesAt.line);
  const names = new Set(early.map(({ name }) => name));
  return [
    ...views.filter(({ name }) => names.has(name)),
    ...views.filter(({ name }) => !names.has(name)),
  ];
}
