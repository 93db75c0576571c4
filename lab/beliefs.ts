/** What a node believes about the cluster, from the words of its own `cl_status` (spec client-api 11). */

export interface NodeBelief {
  readonly name: string;
  readonly status: string;
  readonly links: readonly { readonly name: string; readonly status: string }[];
}

export type Belief =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'running';
      readonly nodes: readonly NodeBelief[];
      /** The answer of `rscstatus`: none, local, foreign, all, transition. */
      readonly holds: string;
    };

/**
 * The nodes that `cl_status listnodes -v` names: an empty line, `name TAB status TAB (nodetype: type)`, then a line
 * `TAB interface TAB status` for each link. Other lines are passed over. The order is by name.
 */
export function parseNodes(output: string): readonly NodeBelief[] {
  const nodes: { name: string; status: string; links: { name: string; status: string }[] }[] = [];
  for (const line of output.split('\n')) {
    const node = /^(\S+)\t(\S+)\t\(nodetype: \w+\)/.exec(line);
    const link = /^\t(\S+)\t(\S+)$/.exec(line);
    if (node !== null) nodes.push({ name: node[1] ?? '', status: node[2] ?? '', links: [] });
    else if (link !== null) {
      nodes.at(-1)?.links.push({ name: link[1] ?? '', status: link[2] ?? '' });
    }
  }
  return nodes.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A node is settled when it runs, believes every one of `names` active, and no resources are changing hands. */
export function isSettled(belief: Belief, names: readonly string[]): boolean {
  return (
    belief.kind === 'running' &&
    belief.holds !== 'transition' &&
    names.every((name) => statusIn(belief, name) === 'active')
  );
}

/** What the belief says about a node's status; undefined when it says nothing. */
export function statusIn(belief: Belief, name: string): string | undefined {
  if (belief.kind !== 'running') return undefined;
  return belief.nodes.find((node) => node.name === name)?.status;
}
