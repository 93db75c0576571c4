/** Groups of a node that died or left (spec resources 5, membership 3). */
import { stonithDraft } from '../message/drafts.ts';
import type { NodeName } from '../units.ts';
import * as addressProbe from './address-probe.ts';
import { mayRun } from './running.ts';
import { claimedBy, mayRunUnheard, ownersOf } from './hold.ts';
import * as legacy from './legacy.ts';
import { hasNothing } from './node-set.ts';
import { alivePeers, isFirstAlive } from './responsibility.ts';
import { cancelWith } from './standby.ts';
import { decide } from './start.ts';
import {
  emit,
  patch,
  patchPeer,
  report,
  send,
  type Peer,
  type Resources,
  type Turn,
} from './state.ts';

/** Membership has declared a node dead. */
export function died(turn: Turn, node: NodeName, everHeard: boolean): Turn {
  const known = turn.state.peers.get(node);
  if (known === undefined || hasNothing(turn.state, node)) return turn;
  const gaveUp = everHeard && turn.state.withoutQuorum === undefined && hasGivenUp(turn, known);
  const dead = patchPeer(cancelWith(turn, node), node, {
    alive: false,
    hasSentencedUs: false,
    restartsBy: undefined,
  });
  const forgotten = patch(dead, {
    settling: dead.state.settling?.node === node ? undefined : dead.state.settling,
    contest: dead.state.contest?.node === node ? undefined : dead.state.contest,
  });
  if (gaveUp) {
    const told = report(forgotten, { kind: 'gave-up-resources', node });
    return from(send(told, stonithDraft(node, 'unneeded')), node, 'silent');
  }
  if (turn.state.settings.hasDevice === true || turn.state.withoutQuorum !== undefined)
    return askClearance(forgotten, node);
  return takeWithoutStonith(forgotten, node);
}

function takeWithoutStonith(turn: Turn, node: NodeName): Turn {
  const told = report(turn, { kind: 'no-stonith' }, { kind: 'disks-unprotected' });
  // A node that only does not hear us learns from this that it is taken over from, and gives up.
  const sentenced = send(told, stonithDraft(node, 'n_stnth'));
  const { needsClearance } = turn.state.settings;
  return needsClearance === true ? askClearance(sentenced, node) : from(sentenced, node, 'silent');
}

/**
 * A node that says `none` while it is not stable may be about to start something (spec fencing 7: the weakness of row
 * 4); and one of three or more may have taken over from a third meanwhile, where nobody here hears it. Where nothing can
 * be done about it, it is believed, as in C.
 */
function hasGivenUp({ state }: Turn, { hold, left: hasLeft, lettingGo, stable }: Peer): boolean {
  if (hold !== 'none' || lettingGo) return false;
  const { needsClearance, nodes } = state.settings;
  return needsClearance !== true || hasLeft || (stable && nodes.length === 2);
}

/** Whoever leaves takes nothing over, and so has nobody fenced. */
function askClearance(turn: Turn, node: NodeName): Turn {
  const { groups, phase } = turn.state;
  if (phase.kind === 'leaving' || phase.kind === 'left') return from(turn, node, 'silent');
  const waiting = patchPeer(turn, node, { uncleared: true });
  return emit(waiting, { kind: 'ask-clearance', node, idle: !groups.some(mayRun) });
}

/** A silent node is certainly down; the news is late when it has spoken since. */
export function cleared(turn: Turn, node: NodeName): Turn {
  if (turn.state.peers.get(node)?.uncleared !== true) return turn;
  return from(patchPeer(turn, node, { uncleared: false }), node, 'silent');
}

/** A node has released everything and is about to leave: nothing has to be waited for. */
export function left(turn: Turn, node: NodeName): Turn {
  const gone = patchPeer(cancelWith(turn, node), node, {
    hold: 'none',
    owners: undefined,
    stable: true,
    lettingGo: false,
    left: true,
  });
  return from(report(gone, { kind: 'shutdown-notice', node }), node, 'left');
}

function from(turn: Turn, node: NodeName, how: 'left' | 'silent'): Turn {
  const { state } = turn;
  switch (state.phase.kind) {
    case 'init':
    case 'yielding':
      return turn;
    case 'leaving':
    case 'left':
      return report(turn, { kind: 'takeover-cancelled' });
    case 'starting':
      return decide(turn);
    case 'stable':
      return isFirstAlive(state) ? acquire(turn, node, how) : turn;
  }
}

function acquire(turn: Turn, node: NodeName, how: 'left' | 'silent'): Turn {
  const { state } = turn;
  const given = beingGiven(state);
  const missing = freeOwners(state, node).filter(
    (owner) => !state.owners.has(owner) && !given.includes(owner) && !mayRunUnheard(state, owner),
  );
  if (missing.length === 0) return turn;
  const told = report(turn, { kind: 'takeover-begins', node });
  // A silent node may come back and turn out to have held them, whatever it said last.
  const takenOver = how === 'left' ? state.takenOver : new Set([...state.takenOver, ...missing]);
  const noted = patch(told, {
    takenOver,
    takeovers: [...state.takeovers, node],
    failbackDue: true,
    requests: new Map(),
  });
  return addressProbe.watch(legacy.takeOver(noted, missing), missing);
}

/** What is on its way to a living node, which will start it when it hears that it was stopped here. */
function beingGiven({ standby, settings }: Resources): NodeName[] {
  if (standby.kind !== 'releasing') return [];
  return ownersOf(settings.nodes, settings.self, standby.hold);
}

/** The leaving node's own groups, those of all dead nodes, and ours unless a living node has them. */
function freeOwners(state: Resources, node: NodeName): NodeName[] {
  const living = alivePeers(state).filter((other) => other !== node);
  const heldElsewhere = living.flatMap((other) => claimedBy(state, other));
  const told = living.flatMap((other) => state.peers.get(other)?.owners ?? []);
  return state.settings.nodes.filter((owner) =>
    owner === state.settings.self
      ? !heldElsewhere.includes(owner)
      : !living.includes(owner) && !told.includes(owner) && !hasNothing(state, owner),
  );
}
