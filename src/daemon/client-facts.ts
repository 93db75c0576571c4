/** What API clients may ask of the running node. */
import type { ClusterFacts, NodeFact } from '../clients/facts.ts';
import type { NodeSettings } from '../heartbeat/effects.ts';
import type { NodeView } from '../membership/types.ts';
import { facilityNumber } from './log-format.ts';
import type { RunningNode } from './running-node.ts';
import { versionText } from './version.ts';

const defaultWeight = 100;
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
    nodes: () => node.nodes().map(nodeFact),
    holding: () => node.holding(),
    parameter: (name) => haCf.parameters.get(name),
  };
}

function nodeFact(view: NodeView): NodeFact {
  return { ...view, weight: defaultWeight, site: '' };
}
