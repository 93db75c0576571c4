/** What `heartbeat --check` looks for beyond a start: node names and their addresses, and what the system starts at boot. */
import type { NodeName } from '../units.ts';
import type { HostsEntry } from './hosts-file.ts';
import { inTextOrder, type Problem, type Report, type Unseen } from './problem.ts';
import type { HaCf, Position, ResourceGroup } from './settings.ts';
import { checkStorage, type StorageLook } from './storage.ts';
import { ownAddresses, type Surroundings, type Understood } from './surroundings.ts';
import { startOf } from './words.ts';

/** What the shell found out. */
export interface CloserLook {
  /** /etc/hosts. */
  readonly hostsFile: readonly HostsEntry[];
  /** What the name service says of nodes that are not in /etc/hosts; a name without an answer is left out. */
  readonly resolved: ReadonlyMap<string, readonly string[]>;
  /** The agents of haresources that the system starts on its own, and under which name. */
  readonly atBoot: ReadonlyMap<string, StartedService>;
  readonly storage: StorageLook;
  /** What could not be looked into, and the file that it is about. */
  readonly unseen: readonly { readonly what: Unseen; readonly file: string }[];
}

/** A service that the system starts. */
export interface StartedService {
  readonly service: string;
  readonly by: 'systemd' | 'init';
}

/** A node and an address it is known by. */
interface Located {
  readonly node: NodeName;
  readonly address: string;
  readonly at: Position;
}

/** /etc/hosts goes first, as on most systems. */
function locate(node: NodeName, haCf: HaCf, look: CloserLook): readonly Located[] {
  const entries = look.hostsFile.filter(({ name }) => name === node);
  if (entries.length > 0) return entries.map(({ address, at }) => ({ node, address, at }));
  const addresses = look.resolved.get(node) ?? [];
  return addresses.map((address) => ({ node, address, at: haCf.nodesAt }));
}

const isLoopback = (address: string): boolean => address.startsWith('127.');

/** The name of a node must lead to that machine: scripts, and ucast by name, rely on it. */
function checkNodes(haCf: HaCf, around: Surroundings, look: CloserLook, report: Report): void {
  const before: Located[] = [];
  for (const node of haCf.nodes) {
    const located = locate(node, haCf, look);
    const same = before.find(({ address }) => located.some((each) => each.address === address));
    if (located.length === 0) {
      report({ kind: 'node-without-address', severity: 'warning', at: haCf.nodesAt, node });
    } else if (same === undefined) checkPlaces(located, around, report);
    else {
      const { address, at } = located.find((each) => each.address === same.address) ?? same;
      const nodes = [same.node, node];
      report({ kind: 'nodes-share-address', severity: 'warning', at, nodes, address });
    }
    before.push(...located);
  }
}

/** One address of the own name must be here, and none of another's. */
function checkPlaces(located: readonly Located[], around: Surroundings, report: Report): void {
  const own = ownAddresses(around);
  const here = located.find(({ address }) => isLoopback(address) || own.includes(address));
  const [first] = located;
  if (first?.node === around.self && here === undefined) {
    const { node, address, at } = first;
    const known = own.filter((each) => !isLoopback(each));
    report({ kind: 'own-name-elsewhere', severity: 'warning', at, node, address, own: known });
  }
  if (here !== undefined && here.node !== around.self) {
    const { node, address, at } = here;
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
      const node = haCf.nodes.find((each) =>
        locate(each, haCf, look).some(({ address }) => addresses.includes(address)),
      );
      if (node === undefined || isTold) continue;
      report({ kind: 'ping-is-node', severity: 'warning', at, host, node });
    }
  }
}

function checkBoot(groups: readonly ResourceGroup[], look: CloserLook, report: Report): void {
  const resources = groups.flatMap((group) => group.resources);
  for (const [agent, started] of look.atBoot) {
    const at = resources.find((resource) => resource.agent === agent)?.at;
    if (at === undefined) continue;
    report({ kind: 'enabled-at-boot', severity: 'warning', at, agent, ...started });
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
  problems.push(...checkStorage(haresources, ownAddresses(around), look.storage));
  return inTextOrder(problems);
}

/**
 * The problems as another user than root should read them: a file that is closed to that user could not be checked, which
 * is no fault of the file. Without ha.cf nothing can be checked, and that stays an error.
 */
export const seenWithoutRoot = (problems: readonly Problem[]): readonly Problem[] =>
  problems.map((problem) => {
    if (problem.kind !== 'cannot-open' || problem.why !== 'permission') return problem;
    const { at, role } = problem;
    if (role === 'ha.cf') return problem;
    return { kind: 'not-looked-at', severity: 'warning', at, what: role };
  });
