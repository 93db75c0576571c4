/** Whether a cluster without faults has come to rest as it should. */
import type { Cluster } from './cluster.ts';
import type { Machine } from './machine.ts';
import type { Scenario } from './scenario.ts';

/** What is not as it should be: one owner of every group, and every node knows. */
export function differences(cluster: Cluster, { groups, nodes }: Scenario): readonly string[] {
  const machines = [...cluster.hosts.values()];
  const names = nodes.map(({ name }) => name);
  return [
    ...machines.flatMap((machine) => viewOf(machine, names)),
    ...groups.flatMap(([, ...resources]) => ownersOf(cluster, resources)),
    ...machines.flatMap((machine) =>
      groups.flatMap(([, ...resources]) => beliefOf(machine, resources)),
    ),
  ];
}

function viewOf({ name, daemon }: Machine, names: readonly string[]): readonly string[] {
  if (daemon === undefined) return [`${name} is down`];
  const seen = names
    .filter((other) => daemon.statusOf(other) !== 'active')
    .map((other) => `${name} sees ${other} ${daemon.statusOf(other)}`);
  return daemon.holding() === 'transition' ? [...seen, `${name} is in transition`] : seen;
}

function ownersOf(cluster: Cluster, resources: readonly string[]): readonly string[] {
  const owners = new Set(resources.map((resource) => cluster.runners(resource).join(' and ')));
  const [owner = ''] = owners;
  if (owners.size === 1 && cluster.hosts.has(owner)) return [];
  return resources.map(
    (resource) => `${resource} runs on ${cluster.runners(resource).join(' and ') || 'no node'}`,
  );
}

function beliefOf({ name, daemon, running }: Machine, resources: readonly string[]): string[] {
  const [key = ''] = resources;
  const belief = daemon?.belief(key) ?? 'free';
  const runs = resources.some((resource) => running.has(resource));
  return runs === (belief === 'runs') ? [] : [`${name} believes ${key} ${belief}`];
}
