/**
 * How this node stands to its haresources, in words that `heartbeat --plan` gets from the running daemon: lines parted by
 * tabs, for a value of the API has no line ends, and no word of haresources has a tab.
 */
import { nodeName, type NodeName } from '../units.ts';
import { asInFile } from './running.ts';
import { claimedBy } from './hold.ts';
import { alivePeers } from './responsibility.ts';
import type { GroupRun, GroupState, Resources } from './state.ts';

/** What a group is doing here. */
type Doing = GroupRun['kind'] | 'changing' | 'removed';

export interface StandingGroup {
  readonly owner: NodeName;
  /** As written; the first is the key. */
  readonly resources: readonly string[];
  readonly doing: Doing;
}

export interface StandingNode {
  readonly node: NodeName;
  /** `silent`: alive, and has said nothing of its resources yet. */
  readonly kind: 'dead' | 'c' | 'ours' | 'silent';
  /** Of the haresources that its daemon has; only ours say so. */
  readonly digest: string | undefined;
}

export interface Standing {
  readonly self: NodeName;
  /** Of the haresources that this daemon has. */
  readonly digest: string;
  /** Who may not be told of a group's new owner. */
  readonly isLegacy: boolean;
  /** The other nodes. */
  readonly nodes: readonly StandingNode[];
  /** Who runs, or is to run, the groups of these owners. */
  readonly holders: ReadonlyMap<NodeName, NodeName>;
  /** As the file has them that was read last, then those that it has lost and that cannot be stopped. */
  readonly groups: readonly StandingGroup[];
}

const unknown = '-';

/** What `readStanding` reads. */
export function standingWords(state: Resources): string {
  const { autoFailback, self } = state.settings;
  const lines = [
    ['file', self, state.file.digest, autoFailback === 'legacy' ? 'legacy' : 'negotiated'],
    ...[...state.peers].map(([node, { file }]) => [
      'node',
      node,
      kindOf(state, node),
      file?.digest ?? unknown,
    ]),
    ...holdersOf(state).map(([owner, node]) => ['holds', owner, node]),
    ...state.groups.map(wordsOfGroup),
  ];
  return lines.map((words) => words.join(' ')).join('\t');
}

function kindOf({ peers }: Resources, node: NodeName): StandingNode['kind'] {
  const peer = peers.get(node);
  if (peer?.alive !== true || peer.left) return 'dead';
  if (peer.isOurs === undefined) return 'silent';
  return peer.isOurs ? 'ours' : 'c';
}

function holdersOf(state: Resources): readonly (readonly [NodeName, NodeName])[] {
  const own = [...state.owners].map((owner) => [owner, state.settings.self] as const);
  const others = alivePeers(state).flatMap((node) =>
    claimedBy(state, node).map((owner) => [owner, node] as const),
  );
  return [...others, ...own];
}

function wordsOfGroup(one: GroupState): readonly string[] {
  const { becomes, run } = one;
  const { owner, resources } = asInFile(one);
  const doing =
    becomes === undefined ? run.kind : becomes.kind === 'removed' ? 'removed' : 'changing';
  return ['group', owner, doing, ...resources.map(({ text }) => text)];
}

/** Undefined when that is not what a daemon of ours says. */
export function readStanding(words: string): Standing | undefined {
  const lines = words.split('\t').map((line) => line.split(' '));
  const [first] = lines;
  const [kind, self = '', digest = '', protocol] = first ?? [];
  if (kind !== 'file' || self === '' || digest === '') return undefined;
  return {
    self: nodeName(self),
    digest,
    isLegacy: protocol === 'legacy',
    nodes: lines.flatMap(readNode),
    holders: new Map(lines.flatMap(readHolder)),
    groups: lines.flatMap(readGroup),
  };
}

const kinds: readonly StandingNode['kind'][] = ['dead', 'c', 'ours', 'silent'];

function readNode([word, node = '', given, digest]: readonly string[]): readonly StandingNode[] {
  const kind = kinds.find((one) => one === given);
  if (word !== 'node' || kind === undefined) return [];
  return [{ node: nodeName(node), kind, digest: digest === unknown ? undefined : digest }];
}

function readHolder([word, owner = '', node = '']: readonly string[]): readonly (readonly [
  NodeName,
  NodeName,
])[] {
  return word === 'holds' ? [[nodeName(owner), nodeName(node)]] : [];
}

const doings: readonly Doing[] = [
  'unknown',
  'looking',
  'found',
  'stopped',
  'starting',
  'running',
  'stopping',
  'pausing',
  'verifying',
  'failed',
  'stop-failed',
  'changing',
  'removed',
];

function readGroup([
  word,
  owner = '',
  given,
  ...resources
]: readonly string[]): readonly StandingGroup[] {
  const doing = doings.find((one) => one === given);
  if (word !== 'group' || doing === undefined) return [];
  return [{ owner: nodeName(owner), resources, doing }];
}
