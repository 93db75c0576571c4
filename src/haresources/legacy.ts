/** `auto_failback legacy`, or none given: groups are asked for one by one (spec resources 8). */
import { ipRequestDraft, ipRequestRespDraft } from '../message/drafts.ts';
import { after, seconds, type NodeName } from '../units.ts';
import { isBusy, mayRun, retryStop } from './group.ts';
import { mustHoldStill } from './hold.ts';
import { alivePeers, give, want } from './responsibility.ts';
import { patch, patchGroup, send, type GroupState, type Turn } from './state.ts';

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
  if (state === undefined || (!state.wanted && isFree(state)))
    return send(turn, ipRequestRespDraft(from, key, false));
  const ran = turn.state.promises.get(key)?.ran === true || mayRun(state);
  const promises = new Map(turn.state.promises).set(key, { to: from, ran });
  const promised = patch(disown(turn, state.group.owner), { promises });
  return retryStop(patchGroup(promised, key, { wanted: false }), state);
}

/** Whether nothing of it can be running here. */
const isFree = (state: GroupState): boolean =>
  !mayRun(state) && !isBusy(state.run) && state.run.kind !== 'unknown';

/** Every active node runs its own groups in this mode: it asks for them, or has them already. */
export function ownerIsBack(turn: Turn, node: NodeName): Turn {
  const { settings, owners, phase } = turn.state;
  const isOurs = settings.autoFailback === 'legacy' && owners.has(node);
  return isOurs && phase.kind === 'stable' ? give(turn, [node]) : turn;
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
  if (asked === undefined || ok !== 'OK' || mustHoldStill(turn.state)) return turn;
  const denied = [...asked.denied, from];
  const isOurs = weown || alivePeers(turn.state).every((node) => denied.includes(node));
  const requests = new Map(turn.state.requests).set(ipaddr, { ...asked, denied });
  if (isOurs) requests.delete(ipaddr);
  const state = turn.state.groups.find((one) => one.group.key === ipaddr);
  const told = patch(turn, { requests });
  return state === undefined || !isOurs ? told : want(told, state);
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
    current = isFree(state) ? send(told, ipRequestRespDraft(to, key, ran)) : told;
  }
  return askForOwnGroups(current);
}
