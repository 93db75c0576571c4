/** Whether the files fit the machine: what the shell must find out, and what is wrong then. */
import type { NodeName } from '../units.ts';
import { addressWithin, serviceAddressOf, type ServiceAddress } from './addresses.ts';
import { type DeviceFacts, devicesFor, resolveDevice } from './fencing-device.ts';
import { isHelper } from './helpers.ts';
import { inTextOrder, type Problem, type Report } from './problem.ts';
import type {
  HaCf,
  Medium,
  PingNode,
  Position,
  Resource,
  ResourceGroup,
  Settings,
} from './settings.ts';
import { suggest } from './suggest.ts';

/** What the files say, as far as it could be understood; enough to check, not to run. */
export type Understood = Pick<Settings, 'haCf' | 'haresources'>;

/** What the shell must ask the system for. */
export interface Questions {
  /** Host names and addresses of ucast and ping lines, IPv4; the nodes where the own name is not among them. */
  readonly hosts: readonly string[];
  /** Names or numbers. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Full paths that must be executable files. */
  readonly commands: readonly string[];
}

interface InterfaceAddress {
  /** Dotted quad. */
  readonly address: string;
  readonly prefix: number;
  /** None on an interface without broadcasts. */
  readonly broadcast?: string;
}

export interface Interface {
  readonly name: string;
  /** IPv4 only. */
  readonly addresses: readonly InterfaceAddress[];
}

/** The machine as the shell found it; `hosts` and the three `no...` sets answer the questions of the same names. */
export interface Surroundings {
  /** `uname -n` or the first line of nodeinfo. */
  readonly self: NodeName;
  /** Every interface, also those without an address. */
  readonly interfaces: readonly Interface[];
  /** IPv4 addresses of every host asked for; none for a name that nobody knows. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  readonly noUsers: ReadonlySet<string>;
  readonly noGroups: ReadonlySet<string>;
  readonly noCommands: ReadonlySet<string>;
  /** Every name a resource may have: scripts, units, and what is built in. */
  readonly agents: ReadonlySet<string>;
  /** Of the fencing devices of this node. */
  readonly devices: DeviceFacts;
  /** How the text of each IPaddr resource is understood: `ip/prefix/interface/broadcast`; undefined when it is not. */
  readonly addressForms: ReadonlyMap<string, string | undefined>;
  /** By the text of a resource, why the agent inside the daemon would refuse its arguments. */
  readonly badArguments: ReadonlyMap<string, string>;
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];

/** What is to be found out for `checkSurroundings` on the machine named `self`, each thing once. */
export function questionsOf({ haCf }: Understood, self: NodeName): Questions {
  const targets = haCf.media.flatMap((medium) => (medium.kind === 'ucast' ? [medium.host] : []));
  const pinged = haCf.pingNodes.filter((node) => node.kind !== 'ping6');
  return {
    hosts: unique([
      ...targets,
      ...pinged.flatMap((node) => node.hosts),
      ...(haCf.nodes.includes(self) ? [] : haCf.nodes),
    ]),
    users: unique([
      ...haCf.respawn.map((program) => program.user),
      ...haCf.apiAuth.flatMap((entry) => entry.uids),
    ]),
    groups: unique(haCf.apiAuth.flatMap((entry) => entry.gids)),
    commands: unique(haCf.respawn.map((program) => program.command)),
  };
}

function checkSelf(haCf: HaCf, around: Surroundings, report: Report): void {
  const { nodes, nodesAt } = haCf;
  const { self } = around;
  if (nodes.includes(self)) return;
  const facts = { self, nodes, suggestion: nodeForSelf(nodes, around) };
  report({ kind: 'own-name-missing', severity: 'error', at: nodesAt, ...facts });
}

/**
 * The node that this machine was meant to be: the only one whose name leads here, else the one of about the same name.
 * Never one whose name leads to another machine, for that is the peer.
 */
function nodeForSelf(nodes: readonly NodeName[], around: Surroundings): string | undefined {
  const { self } = around;
  const own = ownAddresses(around);
  const here = (address: string): boolean => address.startsWith('127.') || own.includes(address);
  const addressesFor = (node: NodeName): readonly string[] => around.hosts.get(node) ?? [];
  const [onlyHere, ...alsoHere] = nodes.filter((node) => addressesFor(node).some(here));
  if (onlyHere !== undefined && alsoHere.length === 0) return onlyHere;
  const possible = nodes.filter(
    (node) => addressesFor(node).length === 0 || addressesFor(node).some(here),
  );
  const short = (name: string): string => name.replace(/\..*$/, '');
  return (
    possible.find((node) => short(node) === short(self)) ??
    suggest(
      self,
      possible.filter((node) => !areSiblings(node, self)),
    )
  );
}

/** node1 and node2, or db-a and db-b: names of two machines and no slip. */
function areSiblings(one: string, other: string): boolean {
  const digits = (name: string): string => name.replace(/\D+/g, ' ');
  return digits(one) !== digits(other) || one.slice(0, -1) === other.slice(0, -1);
}

/** A name that is no word for an address, or that nobody knows, has none. */
const addressesOf = (host: string, around: Surroundings): readonly string[] =>
  around.hosts.get(host) ?? [host];

const isUnknown = (host: string, around: Surroundings): boolean =>
  addressesOf(host, around).length === 0;

/** The interface in whose network `address` lies, else the only one of this machine that leads anywhere: systems rename eth0. */
function likelyInterface(
  address: string | undefined,
  interfaces: readonly Interface[],
): string | undefined {
  const usable = interfaces.filter(({ name, addresses }) => name !== 'lo' && addresses.length > 0);
  const near = usable.find(({ addresses }) =>
    addresses.some((each) => addressWithin(address ?? '', each.address, each.prefix)),
  );
  return near?.name ?? (usable.length === 1 ? usable[0]?.name : undefined);
}

function checkMedium(medium: Medium, around: Surroundings, report: Report): void {
  const { iface, at } = medium;
  const found = around.interfaces.find((each) => each.name === iface);
  if (found === undefined) {
    const known = around.interfaces.map((each) => each.name);
    const host = medium.kind === 'ucast' ? addressesOf(medium.host, around)[0] : undefined;
    const suggestion = suggest(iface, known) ?? likelyInterface(host, around.interfaces);
    const facts = { medium: medium.kind, iface, known, suggestion };
    report({ kind: 'interface-missing', severity: 'error', at, ...facts });
    return;
  }
  const hasBroadcast = found.addresses.some((each) => each.broadcast !== undefined);
  if (medium.kind === 'bcast' && !hasBroadcast && iface !== 'lo') {
    report({ kind: 'no-broadcast-address', severity: 'error', at, iface });
  } else if ((medium.kind === 'mcast' || medium.kind === 'ucast') && found.addresses.length === 0) {
    report({ kind: 'no-address-yet', severity: 'warning', at, iface });
  }
}

function checkHosts(haCf: HaCf, around: Surroundings, report: Report): void {
  for (const medium of haCf.media) {
    if (medium.kind !== 'ucast' || !isUnknown(medium.host, around)) continue;
    const facts = { medium: 'ucast', iface: medium.iface, host: medium.host };
    report({ kind: 'host-unknown', severity: 'error', at: medium.at, ...facts });
  }
  for (const node of haCf.pingNodes) {
    const severity = node.kind === 'ping' ? 'error' : 'warning';
    for (const host of node.hosts.filter((each) => isUnknown(each, around))) {
      const facts = { medium: node.kind, iface: '', host };
      report({ kind: 'host-unknown', severity, at: node.at, ...facts });
    }
  }
}

/** What the checks of the targets look at. */
interface Looking {
  readonly haCf: HaCf;
  readonly around: Surroundings;
  /** The addresses of this machine. */
  readonly own: ReadonlySet<string>;
  readonly report: Report;
}

const isOneOf = (set: ReadonlySet<string>, host: string, around: Surroundings): boolean =>
  addressesOf(host, around).some((address) => set.has(address));

/** ucast that reaches only ourselves: the peer would be declared dead, and both would own everything. */
function checkUcastTargets({ haCf, around, own, report }: Looking): void {
  const [first] = haCf.media;
  const hosts = haCf.media.map((medium) => (medium.kind === 'ucast' ? medium.host : undefined));
  const named = hosts.filter((host) => host !== undefined);
  if (first === undefined || haCf.nodes.length < 2 || named.length < hosts.length) return;
  if (!named.every((host) => isOneOf(own, host, around))) return;
  report({ kind: 'ucast-only-to-self', severity: 'warning', at: first.at, hosts: unique(named) });
}

/** Hosts that are to tell something about the network must not move with the service. */
function checkTargets(looking: Looking, services: readonly ServiceAddress[]): void {
  const { haCf, around, report } = looking;
  const moving = new Set(services.map((service) => service.address));
  for (const medium of haCf.media) {
    if (medium.kind !== 'ucast' || !isOneOf(moving, medium.host, around)) continue;
    const facts = { at: medium.at, directive: 'ucast', host: medium.host };
    report({ kind: 'host-is-service-address', severity: 'warning', ...facts });
  }
  for (const node of haCf.pingNodes) checkPing(node, moving, looking);
}

/** A ping node tells a lost network from a dead peer: it must be neither peer, nor self, nor move with the service. */
function checkPing(node: PingNode, moving: ReadonlySet<string>, looking: Looking): void {
  const { haCf, around, own, report } = looking;
  const targets = haCf.media.flatMap((medium) => (medium.kind === 'ucast' ? [medium.host] : []));
  const sentTo = new Set(targets.flatMap((host) => addressesOf(host, around)));
  const warning = { severity: 'warning', at: node.at } as const;
  for (const host of node.hosts) {
    const name = haCf.nodes.find((each) => each === host.toLowerCase());
    if (isOneOf(moving, host, around)) {
      report({ kind: 'host-is-service-address', ...warning, directive: node.kind, host });
    } else if (isOneOf(own, host, around)) {
      report({ kind: 'ping-is-own-address', ...warning, host });
    } else if (name !== undefined || isOneOf(sentTo, host, around)) {
      report({ kind: 'ping-is-node', ...warning, host, node: name });
    }
  }
}

function checkPrograms(haCf: HaCf, around: Surroundings, report: Report): void {
  for (const { kind, user, command, args, at } of haCf.respawn) {
    const helper = isHelper(command);
    const severity = helper ? 'warning' : 'error';
    // A number is no name: C heartbeat looks users up by name here.
    if (around.noUsers.has(user) || /^\d+$/.test(user)) {
      report({ kind: 'unknown-user', severity, at, directive: kind, user });
    }
    if (!around.noCommands.has(command)) continue;
    report({ kind: 'not-executable', severity, at, command, args, helper });
  }
}

function checkApiAuth(haCf: HaCf, around: Surroundings, report: Report): void {
  for (const { client, uids, gids, at } of haCf.apiAuth) {
    for (const id of uids.filter((each) => around.noUsers.has(each))) {
      report({ kind: 'unknown-id', severity: 'error', at, list: 'uid', id, ids: uids, client });
    }
    for (const id of gids.filter((each) => around.noGroups.has(each))) {
      report({ kind: 'unknown-id', severity: 'error', at, list: 'gid', id, ids: gids, client });
    }
  }
}

function checkAgent(resource: Resource, around: Surroundings, report: Report): void {
  const { agent, at, text } = resource;
  const why = around.badArguments.get(text);
  if (why !== undefined) report({ kind: 'bad-arguments', severity: 'warning', at, agent, why });
  if (around.agents.has(agent)) return;
  const suggestion = suggest(agent, around.agents);
  report({ kind: 'agent-missing', severity: 'warning', at, agent, suggestion });
}

/** Forms that not every agent understands; the words of the mask and the label of an interface are common. */
const isOddForm = (text: string): boolean => /\/(?:\/|$)/.test(text) || /^[^/]*\/[^/\d]/.test(text);

function checkAddressForm(resource: Resource, around: Surroundings, report: Report): void {
  const { text, args, at } = resource;
  if (!around.addressForms.has(text)) return;
  const means = around.addressForms.get(text);
  const written = args.join('::');
  if (means === undefined) {
    report({ kind: 'address-not-understood', severity: 'warning', at, written });
  } else if (isOddForm(written)) {
    report({ kind: 'address-form', severity: 'warning', at, written, means });
  }
}

function checkAddress(service: ServiceAddress, around: Surroundings, report: Report): void {
  const { address, iface, at } = service;
  const known = around.interfaces.map((each) => each.name);
  if (iface !== undefined) {
    if (known.includes(iface)) return;
    const suggestion = suggest(iface, known) ?? likelyInterface(address, around.interfaces);
    const facts = { at, iface, known, suggestion };
    report({ kind: 'address-interface-missing', severity: 'warning', ...facts });
    return;
  }
  const addresses = around.interfaces.flatMap((each) => each.addresses);
  if (addresses.some((each) => addressWithin(address, each.address, each.prefix))) return;
  report({ kind: 'address-without-network', severity: 'warning', at, address });
}

const servicesOf = ({ resources }: ResourceGroup): readonly ServiceAddress[] =>
  resources.flatMap((resource) => serviceAddressOf(resource) ?? []);

/** Groups move on their own: one address in two of them would be held twice. Those with one key are an error already. */
function checkAddressesOnce(groups: readonly ResourceGroup[], report: Report): void {
  const places = new Map<string, { readonly group: ResourceGroup; readonly at: Position }>();
  for (const group of groups) {
    for (const { address, at } of servicesOf(group)) {
      const before = places.get(address);
      if (before === undefined) places.set(address, { group, at });
      else if (before.group !== group && before.group.key !== group.key) {
        report({ kind: 'address-twice', severity: 'warning', at, address, before: before.at });
      }
    }
  }
}

function checkGroups(
  groups: readonly ResourceGroup[],
  around: Surroundings,
  report: Report,
): readonly ServiceAddress[] {
  const services = groups.flatMap(servicesOf);
  for (const resource of groups.flatMap((group) => group.resources)) {
    checkAgent(resource, around, report);
    checkAddressForm(resource, around, report);
  }
  for (const service of services) checkAddress(service, around, report);
  checkAddressesOnce(groups, report);
  return services;
}

/** The IPv4 addresses of the machine. */
export const ownAddresses = ({ interfaces }: Surroundings): readonly string[] =>
  interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));

/** Everything in which ha.cf and haresources do not fit the machine; ha.cf first. */
export function checkSurroundings(
  understood: Understood,
  around: Surroundings,
): readonly Problem[] {
  const { haCf, haresources } = understood;
  const problems: Problem[] = [];
  const later: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const looking: Looking = { haCf, around, own: new Set(ownAddresses(around)), report };
  checkSelf(haCf, around, report);
  for (const medium of haCf.media) checkMedium(medium, around, report);
  checkHosts(haCf, around, report);
  checkUcastTargets(looking);
  checkPrograms(haCf, around, report);
  checkApiAuth(haCf, around, report);
  resolveDevice(devicesFor(haCf.stonith, around.self), around.devices, report);
  const services = checkGroups(haresources, around, (problem) => later.push(problem));
  checkTargets(looking, services);
  return [...inTextOrder(problems), ...inTextOrder(later)];
}
