/** What `heartbeat --check` looks for beyond a start: node names and their addresses, and what the system starts at boot. */
import type { NodeName } from '../units.ts';
import type { HostsEntry } from './hosts-file.ts';
import { inTextOrder, type Problem, type Report, type Unseen } from './problem.ts';
import type { HaCf, Position, ResourceGroup } from './settings.ts';
import { ownAddresses, type Surroundings, type Understood } from './surroundings.ts';
import { startOf } from './words.ts';

/** What the shell found out. */
export interface CloserLook {
  /** /etc/hosts. */
  readonly hostsFile: readonly HostsEntry[];
  /** What the name service says of nodes that are not in /etc/hosts; a name without an answer is left out. */
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  /** The agents of haresources that the system starts on its own. */
  readonly atBoot: ReadonlyMap<string, 'systemd' | 'init'>;
  /** What could not be looked into, and the file that it is about. */
  readonly unseen: readonly { readonly what: Unseen; readonly file: string }[];
}

/** A node and the first address it is known by. */
interface Located {
  readonly node: NodeName;
  readonly address: string;
  readonly at: Position;
}

function locate(node: NodeName, haCf: HaCf, look: CloserLook): Located | undefined {
  const entry = look.hostsFile.find(({ name }) => name === node);
  if (entry !== undefined) return { node, address: entry.address, at: entry.at };
  const [address] = look.resolved.get(node) ?? [];
  return address === undefined ? undefined : { node, address, at: haCf.nodesAt };
}

const isLoopback = (address: string): boolean => address.startsWith('127.');

function checkShared(located: readonly Located[], report: Report): void {
  for (const [index, { node, address, at }] of located.entries()) {
    const other = located.slice(0, index).find((each) => each.address === address);
    if (other === undefined) continue;
    const nodes = [other.node, node];
    report({ kind: 'nodes-share-address', severity: 'warning', at, nodes, address });
  }
}

/** The name of a node must lead to that machine: scripts, and ucast by name, rely on it. */
function checkNodes(haCf: HaCf, around: Surroundings, look: CloserLook, report: Report): void {
  const own = ownAddresses(around);
  const located = haCf.nodes.flatMap((node) => locate(node, haCf, look) ?? []);
  const shared = located.filter(({ address, node }) =>
    located.some((other) => other.address === address && other.node !== node),
  );
  for (const node of haCf.nodes) {
    const found = located.find((each) => each.node === node);
    if (found === undefined) {
      report({ kind: 'node-without-address', severity: 'warning', at: haCf.nodesAt, node });
    } else if (!shared.includes(found)) checkPlace(found, around.self, own, report);
  }
  checkShared(located, report);
}

function checkPlace(
  { node, address, at }: Located,
  self: NodeName,
  own: readonly string[],
  report: Report,
): void {
  const isHere = isLoopback(address) || own.includes(address);
  if (node === self && !isHere) {
    const known = own.filter((each) => !isLoopback(each));
    report({ kind: 'own-name-elsewhere', severity: 'warning', at, node, address, own: known });
  }
  if (node !== self && isHere) {
    report({ kind: 'peer-has-own-address', severity: 'warning', at, node, address });
  }
}

/** ping nodes that are a cluster node under another name; those that the start already tells of are left out. */
function checkPings(
  { haCf, around }: { readonly haCf: HaCf; readonly around: Surroundings },
  told: readonly Problem[],
  look: CloserLook,
  report: Report,
): void {
  for (const { hosts, at } of haCf.pingNodes) {
    for (const host of hosts) {
      const isTold = told.some((problem) => 'host' in problem && problem.host === host);
      const addresses = around.hosts.get(host) ?? [host];
      const node = haCf.nodes.find((each) => {
        const address = locate(each, haCf, look)?.address;
        return address !== undefined && addresses.includes(address);
      });
      if (node === undefined || isTold) continue;
      report({ kind: 'ping-is-node', severity: 'warning', at, host, node });
    }
  }
}

function checkBoot(groups: readonly ResourceGroup[], look: CloserLook, report: Report): void {
  const resources = groups.flatMap((group) => group.resources);
  for (const [agent, by] of look.atBoot) {
    const at = resources.find((resource) => resource.agent === agent)?.at;
    if (at === undefined) continue;
    report({ kind: 'enabled-at-boot', severity: 'warning', at, agent, by });
  }
}

/** What is doubtful beyond `told`, which are the problems of the same files known so far. */
export function checkCloser(
  understood: Understood,
  around: Surroundings,
  told: readonly Problem[],
  look: CloserLook,
): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const { haCf, haresources } = understood;
  checkNodes(haCf, around, look, report);
  checkPings({ haCf, around }, told, look, report);
  checkBoot(haresources, look, report);
  for (const { what, file } of look.unseen) {
    report({ kind: 'not-looked-at', severity: 'warning', at: startOf(file), what });
  }
  return inTextOrder(problems);
}
