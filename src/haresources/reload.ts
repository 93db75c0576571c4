/**
 * haresources was read again: what is new is started, what is gone is stopped, and nothing else is touched.
 *
 * The new file is taken in when nothing moves. A group that runs and was changed or removed keeps its old form (`becomes`)
 * until what has to be stopped of it is down; a stop that failed is therefore never forgotten. What is new waits until the
 * others have it, too (agreement.ts).
 */
import type { ResourceGroup } from '../config/settings.ts';
import type { NodeName } from '../units.ts';
import * as addressProbe from './address-probe.ts';
import { awaitedElsewhere, obstacleTo, whoHasNotAgreed } from './agreement.ts';
import { viewOf, type Obstacle } from './file-view.ts';
import { isBusy, retryStop } from './group.ts';
import { asInFile, mayRun } from './running.ts';
import { keepOwners, ownersAfter } from './lasting-owners.ts';
import { alivePeers, anyBusy } from './responsibility.ts';
import { newGroup, patch, report, type GroupState, type Resources, type Turn } from './state.ts';

/** The groups of the file as it is now. */
export function requested(turn: Turn, groups: readonly ResourceGroup[]): Turn {
  const { phase } = turn.state;
  if (phase.kind === 'leaving' || phase.kind === 'left') return turn;
  const asked = patch(turn, { newFile: groups });
  return isCalm(asked.state) ? asked : report(asked, { kind: 'reload-waits' });
}

/** Carries a reload on; called after every event. */
export function settle(turn: Turn): Turn {
  return tellWaiting(letGo(agree(finish(takeIn(turn)))));
}

function isCalm(state: Resources): boolean {
  const { contest, lapsed, orphans, phase, promises, settling, standby } = state;
  const isOpen = contest !== undefined || settling !== undefined || lapsed !== undefined;
  const isStill = standby.kind === 'none' && orphans.kind !== 'probing' && promises.size === 0;
  return phase.kind === 'stable' && !isOpen && isStill && !anyBusy(state);
}

function takeIn(turn: Turn): Turn {
  const { newFile, file: before } = turn.state;
  if (newFile === undefined || !isCalm(turn.state)) return turn;
  const kept = keepOwners(patch(turn, { newFile: undefined }), newFile);
  const { groups: asked } = kept;
  if (asked === undefined) return kept.turn;
  const view = viewOf(asked);
  const fresh = [...view.pairs].filter(
    (pair) => !before.pairs.has(pair) || turn.state.fresh.has(pair),
  );
  const told = report(kept.turn, {
    kind: 'file-read',
    changes: wordsOfChanges(turn.state.groups, asked),
  });
  const own = patch(told, { owners: ownersFor(turn.state, asked) });
  const groups = [...asked.map((group) => renew(own.state, group)), ...removed(own.state, asked)];
  const lastOwners = ownersAfter(turn.state, asked);
  const taken = patch(own, { groups, file: view, fresh: new Set(fresh), lastOwners });
  const isNew = (group: ResourceGroup): boolean =>
    !turn.state.groups.some((one) => one.group.key === group.key);
  return addressProbe.watch(
    stopAgain(taken, groups),
    asked.filter(isNew).map(({ owner }) => owner),
  );
}

/** Who had no groups was nobody's concern: what a living node says of it counts. */
function ownersFor(state: Resources, asked: readonly ResourceGroup[]): ReadonlySet<NodeName> {
  const owned = new Set(state.groups.map(({ group }) => group.owner));
  const isNew = (owner: NodeName): boolean =>
    !owned.has(owner) && asked.some((group) => group.owner === owner);
  const claimed = alivePeers(state).flatMap((node) => state.peers.get(node)?.owners ?? []);
  return new Set([...state.owners].filter((owner) => !isNew(owner) || !claimed.includes(owner)));
}

const isSame = (one: ResourceGroup, other: ResourceGroup): boolean =>
  one.owner === other.owner && wordsOf(one) === wordsOf(other);

const wordsOf = ({ resources }: ResourceGroup): string =>
  resources.map(({ text }) => text).join(' ');

function renew(state: Resources, group: ResourceGroup): GroupState {
  const one = state.groups.find((known) => known.group.key === group.key);
  if (one === undefined) return newGroup(group, isWantedNew(state, group));
  if (one.becomes === undefined && isSame(one.group, group)) return { ...one, group };
  const was = asInFile(one).owner;
  const isOurs =
    one.becomes?.kind !== 'removed' &&
    [one.group.owner, was].every((owner) => owner === group.owner);
  const wanted = isOurs ? one.wanted : state.owners.has(group.owner);
  if (isSame(one.group, group)) return { ...one, group, becomes: undefined, wanted };
  if (!mayRun(one)) return anew(one, group, wanted);
  const changed: GroupState = { ...one, becomes: { kind: 'changed', group }, failedHere: false };
  return wanted ? stay(changed, group) : changed;
}

/** It stays here: only its members may have to change. */
function stay(one: GroupState, group: ResourceGroup): GroupState {
  const held = { ...one.group, owner: group.owner };
  if (isSame(held, group)) return { ...one, group, becomes: undefined, wanted: true };
  return { ...one, group: held, wanted: true };
}

/** In legacy mode a node asks for its own groups before it runs them, as long as there is somebody to ask. */
function isWantedNew(state: Resources, { owner }: ResourceGroup): boolean {
  const { autoFailback, self } = state.settings;
  const asks = autoFailback === 'legacy' && owner === self && alivePeers(state).length > 0;
  return !asks && state.owners.has(owner);
}

/** What failed may start as it is now. */
const anew = (one: GroupState, group: ResourceGroup, wanted: boolean): GroupState => ({
  ...newGroup(group, wanted),
  run: one.run.kind === 'unknown' ? one.run : { kind: 'stopped' },
});

function removed(state: Resources, asked: readonly ResourceGroup[]): readonly GroupState[] {
  const keys = new Set(asked.map(({ key }) => key));
  return state.groups
    .filter((one) => !keys.has(one.group.key) && mayRun(one))
    .map((one) => ({ ...one, becomes: { kind: 'removed' } }));
}

/** What was in the way of a change is down. */
function finish(turn: Turn): Turn {
  const { groups } = turn.state;
  const isDown = (one: GroupState): boolean => !mayRun(one) && !isBusy(one.run);
  if (!groups.some((one) => one.becomes !== undefined && isDown(one))) return turn;
  const next = groups.flatMap((one) => {
    const { becomes } = one;
    if (becomes === undefined || !isDown(one)) return [one];
    if (becomes.kind === 'removed') return [];
    const { group } = becomes;
    const wanted =
      one.group.owner === group.owner ? one.wanted : turn.state.owners.has(group.owner);
    return [anew(one, group, wanted)];
  });
  return patch(turn, { groups: next });
}

/** What every living node has is not new any more. */
function agree(turn: Turn): Turn {
  const { fresh } = turn.state;
  if (fresh.size === 0) return turn;
  const left = [...fresh].filter((pair) => whoHasNotAgreed(turn.state, pair) !== undefined);
  return left.length === fresh.size ? turn : patch(turn, { fresh: new Set(left) });
}

/**
 * What does not belong here any more is stopped, once those who are to have it know that. It stays after all where this node
 * has got the groups of its new owner meanwhile.
 */
function letGo(turn: Turn): Turn {
  const { groups } = turn.state;
  const next = groups.map((one) => released(turn.state, one));
  const changes = next.filter((one, at) => one !== groups[at]);
  return changes.length === 0 ? turn : stopAgain(patch(turn, { groups: next }), changes);
}

/** What could not be stopped of these, and is not to run here, is tried again. */
const stopAgain = (turn: Turn, groups: readonly GroupState[]): Turn =>
  groups.filter(mustStop).reduce(retryStop, turn);

function mustStop({ becomes, group, wanted }: GroupState): boolean {
  if (becomes === undefined) return false;
  return !wanted || (becomes.kind === 'changed' && becomes.group.owner === group.owner);
}

function released(state: Resources, one: GroupState): GroupState {
  const { becomes, group, wanted } = one;
  if (!wanted || becomes === undefined) return one;
  if (becomes.kind === 'changed') {
    if (becomes.group.owner === group.owner) return one;
    if (state.owners.has(becomes.group.owner)) return stay(one, becomes.group);
  }
  return awaitedElsewhere(state, one) ? one : { ...one, wanted: false };
}

/** Says of each group once that it waits, and for whom. */
function tellWaiting(turn: Turn): Turn {
  const { groups, phase, waiting } = turn.state;
  if (phase.kind !== 'stable') return turn;
  const obstacles = groups.flatMap((one) => {
    if (!isDue(one) || one.isDisputed) return [];
    const obstacle = awaitedElsewhere(turn.state, one) ?? obstacleTo(turn.state, one);
    const runs = one.run.kind === 'running';
    if (obstacle === undefined || isOnItsWay(turn.state, obstacle)) return [];
    return [{ group: one.group.key, obstacle, runs }];
  });
  const keys = obstacles.map(({ group }) => group);
  if (keys.length === waiting.size && keys.every((key) => waiting.has(key))) return turn;
  const news = obstacles.filter(({ group }) => !waiting.has(group));
  const told = report(turn, ...news.map((one) => ({ kind: 'group-waits', ...one }) as const));
  return patch(told, { waiting: new Set(keys) });
}

/** That node has the same file, and only its word that it knows of ours is to come. */
const isOnItsWay = ({ file, peers }: Resources, obstacle: Obstacle): boolean =>
  obstacle.kind === 'not-agreed' && peers.get(obstacle.node)?.file?.digest === file.digest;

function isDue({ becomes, run, wanted }: GroupState): boolean {
  if (!wanted) return false;
  if (becomes !== undefined) return run.kind === 'running';
  return run.kind === 'unknown' || run.kind === 'stopped';
}

function wordsOfChanges(
  before: readonly GroupState[],
  after: readonly ResourceGroup[],
): readonly string[] {
  const known = before.map(asInFile);
  const changes = after.flatMap((group) => {
    const was = known.find(({ key }) => key === group.key);
    if (was === undefined) return [`${group.key} is new`];
    if (was.owner !== group.owner) return [`${group.key} belongs to ${group.owner}`];
    return isSame(was, group) ? [] : [`${group.key} has other resources`];
  });
  const keys = new Set(after.map(({ key }) => key));
  const gone = known.filter(({ key }) => !keys.has(key)).map(({ key }) => `${key} is gone`);
  const all = [...changes, ...gone];
  return all.length === 0 ? ['the groups are as they were'] : all;
}
