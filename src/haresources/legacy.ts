/** `auto_failback legacy`, or none given: groups are asked for one by one (spec resources 8). */
import { ipRequestDraft, ipRequestRespDraft } from '../message/drafts.ts';
import { after, seconds, type NodeName } from '../units.ts';
import { isBusy, isLookedAt, retryStop } from './group.ts';
import { mayRun } from './running.ts';
import { mustHoldStill } from './hold.ts';
import { alivePeers, give, take, want } from './responsibility.ts';
import { patch, patchGroup, send, type GroupState, type Resources, type Turn } from './state.ts';

/** The C daemon never repeats a request, and so may wait for ever; we do. */
const askAgain = seconds(2);

/** Every own group that is not ours, at comm-up or when it was given away after a partition, is asked for. */
function askForOwnGroups(turn: Turn): Turn {
  const { groups, settings, phase, settling, requests, promises } = turn.state;
  if (settings.autoFailback !== 'legacy' || phase.kind !== 'stable' || settling !== undefined)
    return turn;
  if (alivePeers(turn.state).length === 0) return turn;
  const own = groups.filter((one) => one.group.owner === settings.self && !one.wanted);
  return own
    .filter(({ group }) => !requests.has(group.key) && !promises.has(group.key))
    .reduce((current, one) => request(current, one.group.key), turn);
}

/** Another node may have taken over what is ours and runs here: it stops that when it is asked, as at comm-up. */
export function reclaim(turn: Turn): Turn {
  const { groups, settings } = turn.state;
  return groups
    .filter((one) => one.group.owner === settings.self)
    .reduce((current, one) => request(current, one.group.key), turn);
}

/**
 * What dead nodes held is ours now. Of three and more another may have it already, and says so to nobody in this mode: it
 * is asked for as well, and taken when all the living deny that it runs there.
 */
export function takeOver(turn: Turn, owners: readonly NodeName[]): Turn {
  const { groups, settings, peers } = turn.state;
  const asks = settings.autoFailback === 'legacy' && peers.size > 1;
  if (!asks || alivePeers(turn.state).length === 0) return take(turn, owners);
  return groups
    .filter((one) => owners.includes(one.group.owner) && !one.wanted)
    .reduce((current, one) => request(current, one.group.key), turn);
}

function request(turn: Turn, key: string): Turn {
  const asked = { askAgainAt: after(turn.now, askAgain), denied: [] };
  const requests = new Map(turn.state.requests).set(key, asked);
  return send(patch(turn, { requests }), ipRequestDraft(key));
}

/** Repeats requests that nobody has answered while there is somebody to ask. */
export function tick(turn: Turn): Turn {
  let current = turn;
  for (const [key, { askAgainAt }] of turn.state.requests)
    if (turn.now >= askAgainAt) current = request(current, key);
  return current;
}

/**
 * Another node asks for a group: it is stopped here first, if it may run here. The C daemon asks only once, so it is
 * answered even when we are not active yet: as soon as we know.
 */
export function requested(turn: Turn, from: NodeName, key: string): Turn {
  const state = turn.state.groups.find((one) => one.group.key === key);
  if (state !== undefined && state.group.owner !== from) {
    // It asks again; by then it has been looked at.
    if (!isLookedAt(state)) return turn;
    if (keeps(turn.state, state, from)) return send(turn, ipRequestRespDraft(from, key, 'keeps'));
  }
  if (state === undefined || (!state.wanted && isFree(state)))
    return send(withoutRequest(turn, key), ipRequestRespDraft(from, key, 'no'));
  const ran = turn.state.promises.get(key)?.ran === true || mayRun(state);
  const promises = new Map(turn.state.promises).set(key, { to: from, ran });
  const promised = patch(disown(turn, state.group.owner), { promises });
  return retryStop(patchGroup(promised, key, { wanted: false }), state);
}

/** Whether it runs here in the place of a dead node, or is about to: of two that ask, the first in ha.cf gets it. */
function keeps({ requests, settings }: Resources, state: GroupState, from: NodeName): boolean {
  const { nodes, self } = settings;
  const asksToo = requests.has(state.group.key) && nodes.indexOf(self) < nodes.indexOf(from);
  return asksToo || state.wanted || !isFree(state);
}

/** Somebody else is to have it. */
function withoutRequest(turn: Turn, key: string): Turn {
  const asked = turn.state.groups.find((one) => one.group.key === key);
  if (!turn.state.requests.has(key) || asked?.group.owner === turn.state.settings.self) return turn;
  const requests = new Map(turn.state.requests);
  requests.delete(key);
  return patch(turn, { requests });
}

/** Whether nothing of it can be running here. */
const isFree = (state: GroupState): boolean =>
  !mayRun(state) && !isBusy(state.run) && state.run.kind !== 'unknown';

/** Every active node runs its own groups in this mode: it asks for them, or has them already. */
export function ownerIsBack(turn: Turn, node: NodeName): Turn {
  const { settings, groups, owners, phase } = turn.state;
  if (settings.autoFailback !== 'legacy') return turn;
  const keys = groups.filter(({ group }) => group.owner === node).map(({ group }) => group.key);
  const free = keys.reduce(withoutRequest, turn);
  return owners.has(node) && phase.kind === 'stable' ? give(free, [node]) : free;
}

/** What a life before has kept of a node that is there when we become active: it may not be heard to come back any more. */
export function ownersAreThere(turn: Turn, alive: readonly NodeName[]): Turn {
  const { settings, owners } = turn.state;
  const theirs = alive.filter((node) => owners.has(node));
  return settings.autoFailback === 'legacy' ? give(turn, theirs) : turn;
}

/** Who asks is responsible from now on, and its next death has to be answered again. */
function disown(turn: Turn, owner: NodeName): Turn {
  const without = (set: ReadonlySet<NodeName>): Set<NodeName> =>
    new Set([...set].filter((node) => node !== owner));
  const { owners, takenOver } = turn.state;
  return patch(turn, { owners: without(owners), takenOver: without(takenOver) });
}

/** What another node answers to our request; `weown`: it ran there, and has been stopped. */
interface Answer {
  readonly from: NodeName;
  readonly ipaddr: string;
  readonly weown: boolean;
  readonly ok: string;
}

/**
 * A group is ours when a node has let go of it, or when every living one denies that it runs there; whoever is silent, and
 * not certainly down, has not answered.
 */
export function answered(turn: Turn, { from, ipaddr, weown, ok }: Answer): Turn {
  const asked = turn.state.requests.get(ipaddr);
  if (asked !== undefined && ok === 'no') return withoutRequest(turn, ipaddr);
  if (asked === undefined || ok !== 'OK' || mustHoldStill(turn.state)) return turn;
  const denied = [...asked.denied, from];
  const isOurs = weown || alivePeers(turn.state).every((node) => denied.includes(node));
  const requests = new Map(turn.state.requests).set(ipaddr, { ...asked, denied });
  if (isOurs) requests.delete(ipaddr);
  const state = turn.state.groups.find((one) => one.group.key === ipaddr);
  const told = patch(turn, { requests });
  return state === undefined || !isOurs ? told : begin(told, state);
}

function begin(turn: Turn, state: GroupState): Turn {
  const { owner } = state.group;
  const { owners, settings, takenOver } = turn.state;
  if (owner === settings.self) return want(turn, state);
  const taken = patch(turn, {
    owners: new Set([...owners, owner]),
    takenOver: new Set([...takenOver, owner]),
  });
  return want(taken, state);
}

/** Tells the asker as soon as the group has stopped here; a group that cannot be stopped is never promised away. */
export function settle(turn: Turn): Turn {
  let current = turn;
  for (const [key, { to, ran }] of turn.state.promises) {
    const state = turn.state.groups.find((one) => one.group.key === key);
    if (state === undefined || state.wanted) continue;
    const promises = new Map(current.state.promises);
    if (isFree(state)) promises.delete(key);
    else if (!ran && mayRun(state)) promises.set(key, { to, ran: true });
    else continue;
    const told = patch(current, { promises });
    current = isFree(state) ? send(told, ipRequestRespDraft(to, key, ran ? 'yes' : 'no')) : told;
  }
  return askForOwnGroups(current);
}
