/** What `heartbeat --check --peer` looks for: where another node is set up differently from this one. */
import { usersOnMovingFiles } from './accounts.ts';
import { parseHaCf } from './ha-cf.ts';
import { parseHaresources } from './haresources.ts';
import type { FileRole, Problem, Report, Severity } from './problem.ts';
import type { HaCf, ResourceGroup } from './settings.ts';
import { checkExportsOf } from './storage.ts';
import { parseExports } from './system-files.ts';
import { nodeName, type NodeName } from '../units.ts';
import { startOf } from './words.ts';

/** A problem as the other node's own check tells it. */
export interface ToldByPeer {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: Severity;
  readonly kind: string;
  readonly message: string;
  readonly mend: string;
}

/** One of the four files here and there: SHA-256 sums, and the text of those that may be seen. */
export interface ComparedFile {
  readonly role: FileRole;
  /** Its path here. */
  readonly file: string;
  readonly here: string | undefined;
  readonly there: string | undefined;
  readonly textThere: string | undefined;
}

/** Another node as it answered. */
export interface PeerView {
  readonly node: NodeName;
  /** Its `uname -n`. */
  readonly name: string;
  readonly files: readonly ComparedFile[];
  /** Its users by name. */
  readonly users: ReadonlyMap<string, number>;
  /** What its running daemon says of each node (`active`, `dead`, ...); empty where none runs. */
  readonly statuses: ReadonlyMap<string, string>;
  /** Undefined where it cannot check itself: it runs C heartbeat. */
  readonly told: readonly ToldByPeer[] | undefined;
}

/** This node, as the files and the system say. */
export interface OwnView {
  readonly haCf: HaCf;
  readonly haresources: readonly ResourceGroup[];
  readonly haCfFile: string;
  readonly self: NodeName;
  readonly users: ReadonlyMap<string, number>;
  /** As of the peer. */
  readonly statuses: ReadonlyMap<string, string>;
}

/** What one comparison looks at. */
interface Comparing {
  readonly own: OwnView;
  readonly peer: PeerView;
  readonly report: Report;
}

/** Files that must be the same on all nodes; an ha.cf may name other addresses, and is compared by what it means. */
function checkFiles({ peer, report }: Comparing): void {
  for (const { role, file, here, there } of peer.files) {
    if (here === there || (role === 'ha.cf' && there !== undefined)) continue;
    const is = there === undefined ? 'missing' : here === undefined ? 'only-there' : 'different';
    const facts = { at: startOf(file), peer: peer.node, role, is } as const;
    report({ kind: 'peer-file', severity: 'warning', ...facts });
  }
}

const textOf = (peer: PeerView, role: FileRole): string | undefined =>
  peer.files.find((file) => file.role === role)?.textThere;

/** What the two ha.cf must agree in (spec config 15). */
function checkHaCf({ own, peer, report }: Comparing, there: HaCf): void {
  const { nodes, nodesAt, autoFailback } = own.haCf;
  const isSame =
    nodes.length === there.nodes.length && nodes.every((node) => there.nodes.includes(node));
  if (!isSame) {
    const facts = { at: nodesAt, peer: peer.node, nodes: there.nodes };
    report({ kind: 'peer-nodes-differ', severity: 'error', ...facts });
  }
  if (autoFailback !== there.autoFailback) {
    const facts = { peer: peer.node, here: autoFailback, there: there.autoFailback };
    report({
      kind: 'peer-failback-differs',
      severity: 'warning',
      at: startOf(own.haCfFile),
      ...facts,
    });
  }
}

/** The same group with another owner: each node would start it as its own. */
function checkOwners({ own, peer, report }: Comparing, there: HaCf): void {
  const text = textOf(peer, 'haresources');
  if (text === undefined) return;
  const known = { nodes: there.nodes, pingNodes: there.pingNodes.map(({ name }) => name) };
  const { value: groups } = parseHaresources(text, 'haresources', known);
  for (const { key, owner, at } of own.haresources) {
    const other = groups.find((group) => group.key === key);
    if (other === undefined || other.owner === owner) continue;
    const facts = { at, peer: peer.node, key, here: owner, there: other.owner };
    report({ kind: 'group-owner-differs', severity: 'error', ...facts });
  }
}

/** Two daemons that run and do not hear each other would both serve: a firewall, or media that lead elsewhere. */
function checkHearing({ own, peer, report }: Comparing): void {
  if (own.statuses.size === 0 || peer.statuses.size === 0) return;
  const [medium] = own.haCf.media;
  const facts = { severity: 'warning', at: medium?.at ?? own.haCf.nodesAt } as const;
  const port = medium?.port ?? 694;
  if (own.statuses.get(peer.node) === 'dead') {
    report({ kind: 'peer-not-heard', ...facts, port, speaker: peer.node, listener: own.self });
  }
  if (peer.statuses.get(own.self) === 'dead') {
    report({ kind: 'peer-not-heard', ...facts, port, speaker: own.self, listener: peer.node });
  }
}

function checkUsers(
  own: OwnView,
  peer: string,
  users: ReadonlyMap<string, number>,
  report: Report,
): void {
  const [first] = own.haresources;
  if (first === undefined) return;
  for (const user of usersOnMovingFiles(own.haresources)) {
    const [here, there] = [own.users.get(user), users.get(user)];
    if (here === there) continue;
    const facts = { at: startOf(first.at.file), peer, user, here, there };
    report({ kind: 'account-differs', severity: 'warning', ...facts });
  }
}

/** What its own check says, but for what is said of the same text here. */
function passOn({ peer, report }: Comparing, told: readonly Problem[]): void {
  for (const { file, line, column, severity, kind, message, mend } of peer.told ?? []) {
    const isSameFile = peer.files.some((each) => each.file === file && each.here === each.there);
    const isTold = told.some(
      ({ at, kind: known }) =>
        known === kind && at.line === line && at.file === file && at.column === column,
    );
    if (isSameFile && isTold && !aboutTheMachine.has(kind)) continue;
    const at = { file: `${peer.node}:${file}`, line, column };
    const facts = { peer: peer.node, original: kind, message, mend };
    report({ kind: 'peer-problem', severity, at, ...facts });
  }
}

/** Kinds that concern the other machine although its file is the same. */
const aboutTheMachine: ReadonlySet<string> = new Set([
  ...['agent-missing', 'interface-missing', 'address-interface-missing', 'enabled-at-boot'],
  ...['mount-point-not-empty', 'mounted-at-boot', 'not-executable', 'unknown-user', 'unknown-id'],
  ...['address-without-network', 'host-unknown', 'node-without-address', 'own-name-missing'],
  ...['nodes-share-address', 'own-name-elsewhere', 'peer-has-own-address', 'bad-arguments'],
]);

/** The machine that a file system of haresources is mounted from, as it answered. */
export interface StorageHost {
  /** As haresources has it. */
  readonly host: string;
  readonly users: ReadonlyMap<string, number>;
  /** The text of its /etc/exports. */
  readonly exports: string;
}

/** Where the host keeps services of the nodes from their files: exports for it, and accounts of another number. */
export function checkStorageHost(own: OwnView, storage: StorageHost): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const { host } = storage;
  const exports = parseExports(storage.exports, `${host}:/etc/exports`);
  checkExportsOf(host, exports, own.haresources, report);
  // Accounts that the host does not have are no fault: its files have numbers.
  const known = new Map([...own.users].filter(([user]) => storage.users.has(user)));
  checkUsers({ ...own, users: known }, host, storage.users, report);
  return problems;
}

/** Everything in which `peer` differs; `told` are the problems known of this node. */
export function checkPeer(
  own: OwnView,
  peer: PeerView,
  told: readonly Problem[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const comparing: Comparing = { own, peer, report: (problem) => problems.push(problem) };
  const at = own.haCf.nodesAt;
  if (nodeName(peer.name) !== peer.node) {
    const facts = { at, peer: peer.node, name: peer.name };
    problems.push({ kind: 'peer-has-other-name', severity: 'error', ...facts });
  }
  const haCf = textOf(peer, 'ha.cf');
  if (haCf !== undefined) {
    const { value: there } = parseHaCf(haCf, 'ha.cf');
    checkHaCf(comparing, there);
    checkOwners(comparing, there);
  }
  checkFiles(comparing);
  checkUsers(own, peer.node, peer.users, comparing.report);
  checkHearing(comparing);
  if (peer.told === undefined) {
    problems.push({ kind: 'peer-not-checked', severity: 'warning', at, peer: peer.node });
  }
  passOn(comparing, told);
  return problems;
}
