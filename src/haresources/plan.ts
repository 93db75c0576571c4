/** What a reload of haresources would do: the file as it is now, held against what the running daemon has. */
import type { ResourceGroup } from '../config/settings.ts';
import type { NodeName } from '../units.ts';
import { viewOf } from './file-view.ts';
import type { Standing, StandingGroup, StandingNode } from './standing.ts';

/** These members stop, in this order, and then those start. */
interface MemberChanges {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

/** What becomes of one group; `on` is undefined when nobody is known to run it. */
export type PlannedGroup = { readonly key: string; readonly resources: readonly string[] } & (
  | { readonly kind: 'stays'; readonly on: NodeName | undefined }
  | { readonly kind: 'starts'; readonly on: NodeName | undefined }
  | { readonly kind: 'stops'; readonly on: NodeName | undefined }
  /** Another owner: it goes on on `from` until `to` has read the file, too; then it stops, and starts on `to`. */
  | {
      readonly kind: 'moves';
      readonly from: NodeName | undefined;
      readonly to: NodeName | undefined;
    }
  /** Another owner, whose groups run on the same node: it goes on there. */
  | ({
      readonly kind: 'belongs';
      readonly owner: NodeName;
      readonly on: NodeName | undefined;
    } & MemberChanges)
  /** Another owner, and a node that cannot be told so: it stays as it is. */
  | ({
      readonly kind: 'cannot-move';
      readonly owner: NodeName;
      readonly on: NodeName | undefined;
    } & MemberChanges)
  | ({ readonly kind: 'changes'; readonly on: NodeName | undefined } & MemberChanges)
  /** A reload before has brought it, or changed it, and it waits for other nodes or for a stop. */
  | { readonly kind: 'waits'; readonly on: NodeName | undefined }
);

/** What another node's daemon has read: this very file, what this daemon has, something else; or nobody knows. */
export type PeerReading = 'new' | 'old' | 'other' | 'c' | 'dead' | 'silent';

export interface Plan {
  readonly groups: readonly PlannedGroup[];
  readonly peers: readonly { readonly node: NodeName; readonly has: PeerReading }[];
  /** The file differs from what the daemon has, or another daemon's does, or something waits. */
  readonly isOpen: boolean;
  /** The daemon has read this very file. */
  readonly isRead: boolean;
  /** Nothing of the file is taken in: this resource belongs to `owner`, and somebody cannot be told of another. */
  readonly refusal: Refusal | undefined;
}

interface Refusal {
  readonly resource: string;
  readonly owner: NodeName;
}

/** Holds the groups of the file against those of the daemon. */
export function planOf(standing: Standing, file: readonly ResourceGroup[]): Plan {
  const digest = viewOf(file).digest;
  const refusal = refusalOf(standing, file);
  if (refusal !== undefined)
    return { ...refused(standing), peers: peersOf(standing, digest), isRead: false, refusal };
  const planned = file.map((group) => planGroup(standing, group));
  const keys = new Set(file.map(({ key }) => key));
  const gone = standing.groups.filter(({ resources: [key = ''] }) => !keys.has(key));
  const groups = [...planned, ...gone.map((group) => goes(standing, group))];
  const peers = peersOf(standing, digest);
  const isRead = digest === standing.digest;
  const differs = !isRead || peers.some(({ has }) => has === 'other');
  return {
    groups,
    peers,
    isOpen: differs || groups.some(({ kind }) => kind !== 'stays'),
    isRead,
    refusal,
  };
}

const peersOf = (standing: Standing, digest: string): Plan['peers'] =>
  standing.nodes.map((node) => ({ node: node.node, has: readingOf(standing, node, digest) }));

/** Everything stays as it is. */
const refused = (standing: Standing): Pick<Plan, 'groups' | 'isOpen'> => ({
  groups: standing.groups.map(({ owner, resources }) => {
    const [key = ''] = resources;
    return { key, resources, kind: 'stays', on: holderOf(standing, owner) };
  }),
  isOpen: true,
});

/** A part of a line that would change hands where that cannot be told; what an earlier reload has dropped is not known. */
function refusalOf(standing: Standing, file: readonly ResourceGroup[]): Refusal | undefined {
  if (!isUntold(standing)) return undefined;
  const had = (text: string): readonly StandingGroup[] =>
    standing.groups.filter(({ resources }) => resources.includes(text));
  const torn = file.flatMap((group) => {
    const before = standing.groups.find(({ resources: [first] }) => first === group.key);
    const keeps = before?.owner ?? group.owner;
    return group.resources.flatMap(({ text }) => {
      const all = had(text);
      const [first] = all;
      const isTorn = first !== undefined && all.every(({ owner }) => owner !== keeps);
      return isTorn ? [{ resource: text, owner: first.owner }] : [];
    });
  });
  return torn[0];
}

function readingOf(standing: Standing, { digest, kind }: StandingNode, file: string): PeerReading {
  if (kind !== 'ours') return kind;
  if (digest === file) return 'new';
  return digest === standing.digest ? 'old' : 'other';
}

function planGroup(standing: Standing, group: ResourceGroup): PlannedGroup {
  const { key, owner } = group;
  const resources = group.resources.map(({ text }) => text);
  const to = holderOf(standing, owner);
  const before = standing.groups.find(({ resources: [first] }) => first === key);
  if (before === undefined || before.doing === 'removed')
    return { key, resources, kind: 'starts', on: to };
  const from = holderOf(standing, before.owner);
  const keep = sameFromLeft(before.resources, resources);
  const stop = before.resources.slice(keep).toReversed();
  const changes = { stop, start: resources.slice(keep) };
  if (before.owner !== owner)
    return { key, resources, ...moves(standing, owner, { from, to, changes }) };
  if (keep === resources.length && keep === before.resources.length)
    return { key, resources, kind: isWaiting(standing, before) ? 'waits' : 'stays', on: from };
  return { key, resources, kind: 'changes', on: from, ...changes };
}

interface Way {
  readonly from: NodeName | undefined;
  readonly to: NodeName | undefined;
  readonly changes: MemberChanges;
}

/** Somebody cannot be told of another owner. */
const isUntold = ({ isLegacy, nodes }: Standing): boolean =>
  isLegacy || nodes.some(({ kind }) => kind === 'c');

function moves(standing: Standing, owner: NodeName, { changes, from, to }: Way) {
  if (isUntold(standing)) return { kind: 'cannot-move', owner, on: from, ...changes } as const;
  if (from === to) return { kind: 'belongs', owner, on: from, ...changes } as const;
  return { kind: 'moves', from, to } as const;
}

/** Taken in, and not there yet: on this node at least, that is known. */
function isWaiting(standing: Standing, { doing, owner }: StandingGroup): boolean {
  const isHere = standing.holders.get(owner) === standing.self;
  return doing === 'changing' || (isHere && (doing === 'unknown' || doing === 'stopped'));
}

function goes(standing: Standing, { owner, resources }: StandingGroup): PlannedGroup {
  const [key = ''] = resources;
  return { key, resources, kind: 'stops', on: holderOf(standing, owner) };
}

/** Who has groups of this owner, else the owner itself if it is there, else this node if it is alone. */
function holderOf({ holders, nodes, self }: Standing, owner: NodeName): NodeName | undefined {
  const holder = holders.get(owner);
  if (holder !== undefined || owner === self) return holder ?? owner;
  const living = nodes.filter(({ kind }) => kind !== 'dead').map(({ node }) => node);
  if (living.includes(owner)) return owner;
  return living.length === 0 ? self : undefined;
}

function sameFromLeft(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((text, at) => text !== other[at]);
  return differs === -1 ? one.length : differs;
}
