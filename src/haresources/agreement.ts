/**
 * What the nodes know of each other's haresources, so that no resource gets two owners while their files differ.
 *
 * Each node says in its statements which resources its file gives to whom, and what still runs there although its file
 * does not say so any more. From that follows what may be started:
 *   - nothing that a living node's file gives to another owner, or that still runs there as a remnant;
 *   - what came with a reload only when every living node has the same of it, and says so knowing that we have it. Of two
 *     nodes that take in contrary files at the same moment one has then heard of the other's before it starts anything.
 * Whose groups a node runs is settled by the owner as ever; these rules see to it that the owner is the same everywhere.
 */
import type { ResourceGroup } from '../config/settings.ts';
import type { NodeName } from '../units.ts';
import {
  isRemnantIn,
  nameOf,
  nameOfWords,
  pairOf,
  partsOf,
  remnantWord,
  textsOf,
  type Obstacle,
  type PeerFile,
} from './file-view.ts';
import { asInFile, isLeftOver } from './running.ts';
import type { GroupState, Peer, Resources } from './state.ts';

/** What this node says of its file. */
export function fileWords({ file, fresh, groups }: Resources): string {
  const remnants = [...remnantsIn(groups).keys()].map(nameOf);
  const left = remnants.length === 0 ? [] : [remnantWord(remnants)];
  return [file.words, ...left, ...(fresh.size === 0 ? [] : ['?'])].join(' ');
}

/** What it says that it has heard of the others' files. */
export const heardWords = ({ peers }: Resources): string =>
  [...peers].flatMap(([node, { file }]) => (file ? [`${node}=${file.name}`] : [])).join(' ');

/** Whether everybody who waits for it has been told, with `heard`, that we have heard of its file. */
export const hasToldAskers = ({ peers }: Resources, heard: string): boolean =>
  [...peers].every(
    ([node, { file }]) => file?.asks !== true || heard.split(' ').includes(`${node}=${file.name}`),
  );

/** By the text of a resource. */
type GroupsByText = ReadonlyMap<string, readonly GroupState[]>;

/** Asked for again and again while the groups are as they were. */
const knownRemnants = new WeakMap<readonly GroupState[], GroupsByText>();

/** What may run here although it should not, and the groups that it is still a part of. */
function remnantsIn(groups: readonly GroupState[]): GroupsByText {
  const known = knownRemnants.get(groups);
  if (known !== undefined) return known;
  const remnants = new Map<string, readonly GroupState[]>();
  for (const one of groups)
    for (const text of remnantsOf(one)) remnants.set(text, [...(remnants.get(text) ?? []), one]);
  knownRemnants.set(groups, remnants);
  return remnants;
}

/**
 * The resources of a group that may run here although the file does not say so any more, or although an older daemon has left
 * it, which may have had another file.
 */
function remnantsOf(one: GroupState): readonly string[] {
  const { becomes, group } = one;
  if (becomes === undefined) return isRemainder(one) ? textsOf(group) : [];
  if (becomes.kind === 'removed' || becomes.group.owner !== group.owner) return textsOf(group);
  const stays = new Set(textsOf(becomes.group));
  return textsOf(group).filter((text) => !stays.has(text));
}

/** What is stopped in the usual course is claimed until it is down. */
function isRemainder(one: GroupState): boolean {
  const { run, wanted } = one;
  const isStuck = run.kind === 'stop-failed' || ('step' in run && run.step.hadFailed);
  return !wanted && (isStuck || isLeftOver(one));
}

/** The lines of the file that have a resource. */
const knownLines = new WeakMap<readonly GroupState[], GroupsByText>();

function linesWith(groups: readonly GroupState[]): GroupsByText {
  const known = knownLines.get(groups);
  if (known !== undefined) return known;
  const lines = new Map<string, readonly GroupState[]>();
  for (const one of groups) {
    if (one.becomes?.kind === 'removed') continue;
    for (const text of textsOf(asInFile(one))) lines.set(text, [...(lines.get(text) ?? []), one]);
  }
  knownLines.set(groups, lines);
  return lines;
}

/** The lines to which something of this group goes, from here or from its owner. */
function destinationsOf({ groups }: Resources, one: GroupState): readonly GroupState[] {
  if (one.becomes === undefined) return [];
  const lines = linesWith(groups);
  return [...new Set(remnantsOf(one).flatMap((text) => lines.get(text) ?? []))];
}

export const goesElsewhere = (state: Resources, one: GroupState): boolean =>
  destinationsOf(state, one).length > 0;

/**
 * Something of this group goes to a line that cannot be started yet, because a living node has not read it: until then it had
 * better go on here. Undefined: nothing is waited for.
 */
export const awaitedElsewhere = (state: Resources, one: GroupState): Obstacle | undefined =>
  firstAwaited(state, one, new Set());

function firstAwaited(
  state: Resources,
  one: GroupState,
  seen: Set<GroupState>,
): Obstacle | undefined {
  seen.add(one);
  for (const line of destinationsOf(state, one)) {
    const onward = seen.has(line) ? undefined : firstAwaited(state, line, seen);
    const obstacle = fileObstacle(state, line) ?? onward;
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** What keeps a group that this node should run from being started; undefined when it may be. */
export function obstacleTo(state: Resources, one: GroupState): Obstacle | undefined {
  return remnantOf(state, one) ?? fileObstacle(state, one) ?? remnantElsewhere(state, one);
}

/** What the others have read, or not read, forbids it. */
export function fileObstacle(state: Resources, one: GroupState): Obstacle | undefined {
  const group = asInFile(one);
  return untold(state) ?? disagreement(state, group) ?? conflict(state, group);
}

/** Something of it may run where it does not belong any more, here or elsewhere. */
export const remnantAnywhere = (state: Resources, one: GroupState): Obstacle | undefined =>
  remnantOf(state, one) ?? remnantElsewhere(state, one);

const remnantElsewhere = (state: Resources, one: GroupState): Obstacle | undefined =>
  foundElsewhere(state, asInFile(one), isRemnantIn);

/** Something of this group may run here as a part of another one, where it does not belong any more. */
export function remnantOf(state: Resources, one: GroupState): Obstacle | undefined {
  const remnants = remnantsIn(state.groups);
  const other = textsOf(asInFile(one))
    .flatMap((text) => remnants.get(text) ?? [])
    .find((another) => another !== one);
  return other && { kind: 'remnant', group: other.group.key };
}

const livingPeers = (state: Resources): readonly (readonly [NodeName, Peer])[] =>
  [...state.peers].filter(([, { alive, left }]) => alive && !left);

/** A node whose file has too many resources to tell of them, and differs from ours. */
function untold(state: Resources): Obstacle | undefined {
  const [node] =
    livingPeers(state).find(
      ([, { file }]) => file?.isUntold === true && file.digest !== state.file.digest,
    ) ?? [];
  return node === undefined ? undefined : { kind: 'not-agreed', node };
}

/** The file of a living node gives something of it to another owner. */
const conflict = (state: Resources, group: ResourceGroup): Obstacle | undefined =>
  foundElsewhere(state, group, (file, name) => isGivenToAnother(file, group.owner, name));

function foundElsewhere(
  state: Resources,
  { resources }: ResourceGroup,
  holds: (file: PeerFile, name: string) => boolean,
): Obstacle | undefined {
  for (const [node, { file }] of livingPeers(state)) {
    const found = file && resources.find(({ text }) => holds(file, nameOf(text)));
    if (found) return { kind: 'elsewhere', node, resource: found.text };
  }
  return undefined;
}

function isGivenToAnother({ owners }: PeerFile, owner: NodeName, name: string): boolean {
  const given = owners.get(name);
  return given !== undefined && !given.includes(owner);
}

/**
 * Whether `node` would run what runs here of a group and is to go on running, if it had the groups of that owner. A C node says
 * nothing of its file, and is believed to have ours.
 */
export function wouldRun(state: Resources, node: NodeName, one: GroupState): boolean {
  if (awaitedElsewhere(state, one) !== undefined) return false;
  const { owner } = one.group;
  const inFile = asInFile(one);
  // It is on its way out, for everybody who is to have it knows that.
  if (one.becomes?.kind === 'removed' || inFile.owner !== owner) return true;
  const kept = new Set(textsOf(inFile));
  const names = textsOf(one.group).flatMap((text) => (kept.has(text) ? [nameOf(text)] : []));
  return livingPeers(state).every(([peer, { file }]) => {
    if (file === undefined || file.digest === state.file.digest) return true;
    if (peer === node && (file.isUntold || names.some((name) => !file.owners.has(name))))
      return false;
    return !names.some((name) => isGivenToAnother(file, owner, name));
  });
}

function disagreement(state: Resources, group: ResourceGroup): Obstacle | undefined {
  const pairs = textsOf(group).map((text) => pairOf(group.owner, text));
  const fresh = pairs.find((pair) => state.fresh.has(pair));
  if (fresh === undefined) return undefined;
  return notAgreed(state, fresh);
}

const notAgreed = (state: Resources, pair: string): Obstacle => ({
  kind: 'not-agreed',
  node: whoHasNotAgreed(state, pair) ?? state.settings.self,
});

/**
 * The node that has yet to agree to what came with a reload; undefined when all who live have. A C node says nothing of its
 * file: whose groups it has is all that is known. In legacy mode nobody says anything, and groups are asked for.
 */
export function whoHasNotAgreed(state: Resources, pair: string): NodeName | undefined {
  const { settings, peers, withoutQuorum } = state;
  const [silent] = [...peers].find(([, { uncleared }]) => uncleared) ?? [];
  if (silent !== undefined) return silent;
  if (withoutQuorum !== undefined) return settings.self;
  if (settings.autoFailback === 'legacy') return undefined;
  const living = livingPeers(state);
  if (living.length === 0) return undefined;
  const ours = nameOfOurs(state);
  const [node] = living.find(([, peer]) => !hasAgreed(state, peer, { pair, ours })) ?? [];
  return node;
}

const knownNames = new WeakMap<Resources, string>();

function nameOfOurs(state: Resources): string {
  const name = knownNames.get(state) ?? nameOfWords(fileWords(state));
  knownNames.set(state, name);
  return name;
}

function hasAgreed(
  state: Resources,
  { file, isOurs }: Peer,
  { ours, pair }: { readonly pair: string; readonly ours: string },
): boolean {
  if (isOurs === false) return true;
  if (file?.heard !== ours) return false;
  const { owner, text } = partsOf(pair);
  const given = file.owners.get(nameOf(text));
  return file.digest === state.file.digest || given?.includes(owner) === true;
}
