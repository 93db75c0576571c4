/**
 * Two halves that meet again: each gives back what it took over from the other, so that every group goes on where it
 * ran before the partition, and nobody restarts (spec membership 11.5 `yield`).
 *
 * A node that comes back says at once what it holds. The other side compares:
 *   no overlap             it has let go (it was frozen, or is restarting): what we took over stays
 *   overlap, taken over    we give that back
 *   overlap, not taken     the other side has to give; when it does not, each keeps only its own
 * A C node says nothing until it shuts down to restart, 2 s after the heal; so we wait a little longer than that. But one
 * that only now declared us dead does not restart: it claims everything, says that this is stable, and never gives
 * (spec membership 4.4, resources 5). Against that word we do not keep even our own: two must not run it. We call
 * ourselves stable while we wait for it, for a C node that wants to restart waits for that.
 */
import {
  after,
  earlier,
  millis,
  seconds,
  type Instant,
  type Millis,
  type NodeName,
} from '../units.ts';
import { lastClaimed, overlap } from './hold.ts';
import { alivePeers, announce, answerTo, anyBusy, give, isAsAnnounced } from './responsibility.ts';
import {
  emit,
  patch,
  patchPeer,
  report,
  type Resources,
  type Settling,
  type Turn,
} from './state.ts';
import { reclaim } from './legacy.ts';
import { cancelWith } from './standby.ts';
import { sayStarting } from './start.ts';
import { startedAnyway } from './third-node.ts';

/** As C, after a partition (spec membership 4.2). */
const cRestartsAfter = seconds(2);
/** For what both claim and neither took over; the other side has had its time to give. */
const tieBreak = millis(1500);

/** A node that had been declared dead turns out to have lived on; `renewed`: with a higher generation. */
export function returned(turn: Turn, node: NodeName, renewed: boolean): Turn {
  const { state } = turn;
  const { isOurs } = state.peers.get(node) ?? {};
  // Of a C node it is known that it let go of nothing while nobody heard it.
  const theirs = isOurs === false && !renewed ? lastClaimed(state, node) : [];
  const back = patchPeer(turn, node, {
    alive: true,
    left: false,
    hold: undefined,
    owners: undefined,
    file: undefined,
    stable: false,
    lettingGo: false,
    uncleared: false,
    hasSentencedUs: false,
    ...(renewed ? { saidAt: undefined } : {}),
    buried: [],
    mistaken: [],
  });
  if (state.phase.kind !== 'stable') return back;
  if (state.settings.splitBrain.onHeal !== 'yield') return unsettled(back);
  const free = cancelWith(back, node);
  // In legacy mode nobody says what it holds.
  if (isLegacy(turn)) return reclaim(patch(free, { settling: settlingWith(node, turn.now) }));
  if (isOurs !== true) return askWhatItHolds(leaveToC(free, takenOverOf(free, theirs)), node);
  const settling = settlingWith(node, after(turn.now, patienceOf(turn)));
  return announce(patch(free, { settling }), false);
}

/** What C does, or nothing. */
function unsettled(turn: Turn): Turn {
  const { restartAt, settings } = turn.state;
  if (settings.splitBrain.onHeal === 'log' || restartAt !== undefined) return turn;
  return patch(turn, { restartAt: after(turn.now, cRestartsAfter) });
}

/** It numbers its messages anew. */
export function renewed(turn: Turn, node: NodeName): Turn {
  const { standby } = turn.state;
  const heard = patchPeer(turn, node, { saidAt: undefined });
  if (standby.kind !== 'promised' || standby.giver !== node) return heard;
  return patch(heard, { standby: { ...standby, asked: undefined } });
}

/** A node that was not dead here may have declared us dead, and have taken over what we hold. */
export function doubted(turn: Turn, node: NodeName): Turn {
  const { state } = turn;
  const isDue = state.phase.kind === 'stable' && state.settings.splitBrain.onHeal === 'yield';
  // One of ours that did so says what it holds, now that it hears us again.
  if (!isDue || state.settling?.node === node) return turn;
  if (isLegacy(turn)) return reclaim(turn);
  if (state.peers.get(node)?.isOurs !== false) return turn;
  // What we said in the old generation and it has missed is lost.
  const { standby } = state;
  if (standby.kind === 'released' && standby.taker === node)
    return answerTo(turn, node, standby.hold, 'done');
  const forgotten = patchPeer(cancelWith(turn, node), node, {
    hold: undefined,
    stable: false,
    buried: [],
    mistaken: [],
  });
  return askWhatItHolds(forgotten, node);
}

/**
 * A C node says what has become of us: it has declared us dead, and takes over. `unneeded`: a second time, which it does
 * when it sees us return in the old generation, and restarts itself (spec membership 4.2, 11.4).
 */
export function sentenced(turn: Turn, node: NodeName, result: string): Turn {
  if (turn.state.peers.get(node)?.isOurs !== false) return turn;
  if (result === 'n_stnth' || result === 'OK')
    return patchPeer(turn, node, { hasSentencedUs: true });
  if (result !== 'unneeded') return turn;
  return patchPeer(turn, node, { restartsBy: after(turn.now, patienceOf(turn)) });
}

const isLegacy = (turn: Turn): boolean => turn.state.settings.autoFailback === 'legacy';
const patienceOf = (turn: Turn): Millis => turn.state.settings.splitBrain.wait;

const settlingWith = (node: NodeName, until: Instant, asked = false): Settling => ({
  node,
  until,
  repeated: false,
  asked,
});

/** Asks a C node what it holds; it answers within half a second, and takes nothing of ours meanwhile. */
function askWhatItHolds(turn: Turn, node: NodeName): Turn {
  const settling = settlingWith(node, after(turn.now, patienceOf(turn)), true);
  return sayStarting(patch(turn, { settling }));
}

const takenOverOf = (turn: Turn, owners: readonly NodeName[]): readonly NodeName[] =>
  owners.filter((owner) => turn.state.takenOver.has(owner));

function leaveToC(turn: Turn, owners: readonly NodeName[]): Turn {
  const given = yieldGroups(turn, owners);
  const keys = turn.state.groups
    .filter((one) => owners.includes(one.group.owner))
    .map((one) => one.group.key);
  return patch(given, { leftToC: new Set([...given.state.leftToC, ...keys]) });
}

/** As soon as nothing of them is here: before that, this machine would be the one that answers. */
export function introduceLeft(turn: Turn): Turn {
  const { groups, leftToC } = turn.state;
  if (leftToC.size === 0) return turn;
  const gone = groups.filter((one) => leftToC.has(one.group.key) && one.run.kind === 'stopped');
  if (gone.length === 0) return turn;
  const keys = gone.map((one) => one.group.key);
  const rest = new Set([...leftToC].filter((key) => !keys.includes(key)));
  return gone
    .filter((one) => !one.wanted)
    .flatMap((one) => one.group.resources)
    .reduce(
      (current, resource) => emit(current, { kind: 'introduce', resource }),
      patch(turn, { leftToC: rest }),
    );
}

/** What another node says that it holds. */
interface Said {
  readonly full: boolean;
  readonly info?: string;
}

/** The other node has said what it holds. */
export function statement(turn: Turn, node: NodeName, said: Said): Turn {
  const { state } = turn;
  // It was frozen and is giving up everything: its next word counts.
  if (said.info === 'yield' || state.settings.splitBrain.onHeal !== 'yield') return turn;
  if (state.settling?.node === node) return answered(turn, state.settling, said.full);
  if (state.phase.kind !== 'stable') return turn;
  if (overlap(state, node).length === 0 || state.contest?.node === node) return turn;
  if (state.standby.kind !== 'none') return patchPeer(turn, node, { unheeded: true });
  // One quarrel at a time: three nodes that answer each other's contradictions would never come to an end.
  if (state.settling !== undefined) return yieldGroups(turn, takenFrom(state, node));
  return contradict(turn, node, said.full);
}

function answered(turn: Turn, settling: Settling, full: boolean): Turn {
  const { node } = settling;
  if (turn.state.peers.get(node)?.isOurs !== false) return giveBack(repeat(turn, settling), node);
  return full ? yieldToC(turn, node) : turn;
}

/** Both claim the same outside of any protocol. */
function contradict(turn: Turn, node: NodeName, full: boolean): Turn {
  const side = overlap(turn.state, node).includes(turn.state.settings.self) ? 'local' : 'foreign';
  const told = report(turn, { kind: 'both-own', side });
  const peer = turn.state.peers.get(node);
  if (peer?.isOurs === false) {
    // What it said may have been overtaken by what it did: it is asked before anything is given, if it can hear us.
    return peer.hasSentencedUs && full ? yieldToC(told, node) : askWhatItHolds(told, node);
  }
  const settling = settlingWith(node, after(turn.now, patienceOf(turn)));
  return giveBack(announce(patch(told, { settling }), false), node);
}

/** A C node never gives what it claims, unless it is about to restart. */
function yieldToC(turn: Turn, node: NodeName): Turn {
  const { restartsBy } = turn.state.peers.get(node) ?? {};
  const restarts = restartsBy !== undefined && turn.now < restartsBy;
  if (!restarts) return leaveToC(turn, overlap(turn.state, node));
  // It stops only when it takes us for stable.
  return turn.state.announced === undefined ? announce(turn, true) : turn;
}

/** Gives up at once what the other node has started although we run it. */
export function yieldTo(turn: Turn, node: NodeName): Turn {
  return yieldGroups(turn, startedAnyway(turn.state, node));
}

function repeat(turn: Turn, settling: Settling): Turn {
  if (settling.repeated) return turn;
  return announce(patch(turn, { settling: { ...settling, repeated: true } }), false);
}

/** What both claim and we have taken over. */
const takenFrom = (state: Resources, node: NodeName): NodeName[] =>
  overlap(state, node).filter((owner) => state.takenOver.has(owner));

function giveBack(turn: Turn, node: NodeName): Turn {
  const both = overlap(turn.state, node);
  const ours = takenFrom(turn.state, node);
  if (ours.length > 0) return yieldGroups(turn, ours);
  const { settling } = turn.state;
  if (both.length === 0 || settling === undefined) return turn;
  const until = earlier(settling.until, after(turn.now, tieBreak));
  return patch(turn, { settling: { ...settling, until } });
}

function yieldGroups(turn: Turn, owners: readonly NodeName[]): Turn {
  if (owners.length === 0) return turn;
  const groups = turn.state.groups
    .filter((one) => one.wanted && owners.includes(one.group.owner))
    .map((one) => one.group.key);
  const told = groups.length === 0 ? turn : report(turn, { kind: 'yielding', groups });
  return give(told, owners);
}

export function tick(turn: Turn): Turn {
  return judgeContest(endSettling(turn));
}

/** The other side has said nothing: what we took over is given back, or else what is not our own. */
function endSettling(turn: Turn): Turn {
  const { settling, settings, takenOver, peers } = turn.state;
  if (settling === undefined || turn.now < settling.until) return turn;
  const { node } = settling;
  const ended = patch(turn, { settling: undefined });
  const peer = peers.get(node);
  if (peer?.hold === undefined) {
    const given = yieldGroups(ended, [...takenOver]);
    // A C node that did not hear us says nothing of its own accord, whatever it holds.
    return peer?.isOurs === false && settling.asked ? askWhatItHolds(given, node) : given;
  }
  const both = overlap(turn.state, node);
  const contest = both.includes(settings.self)
    ? { node, until: after(turn.now, patienceOf(turn)) }
    : undefined;
  const given = both.filter((owner) => owner !== settings.self);
  return yieldGroups(patch(ended, { contest }), given);
}

function judgeContest(turn: Turn): Turn {
  const { contest, peers } = turn.state;
  if (contest === undefined || turn.now < contest.until) return turn;
  const both = overlap(turn.state, contest.node);
  if (both.length > 0 && peers.get(contest.node)?.stable !== true) {
    return patch(turn, { contest: { ...contest, until: after(turn.now, patienceOf(turn)) } });
  }
  return yieldGroups(patch(turn, { contest: undefined }), both);
}

/** Settled as soon as the other side has spoken, nothing is claimed twice and our scripts are done. */
export function settle(turn: Turn): Turn {
  const { settling, peers } = turn.state;
  if (anyBusy(turn.state)) return turn;
  if (settling === undefined) return heedAfterStandby(turn);
  // The other side waits for our word as we wait for its.
  if (!settling.asked && !isAsAnnounced(turn.state)) return announce(turn, false);
  if (peers.get(settling.node)?.hold === undefined) return turn;
  if (overlap(turn.state, settling.node).length > 0) return turn;
  const told = report(turn, { kind: 'settled', node: settling.node });
  const settled = announceAddresses(patch(told, { settling: undefined }));
  const next = alivePeers(settled.state).find((node) => overlap(settled.state, node).length > 0);
  return next === undefined ? settled : contradict(settled, next, false);
}

/** Who says the same again is not waited for: a C node that has settled says nothing more. */
function heedAfterStandby(turn: Turn): Turn {
  const { peers, phase, standby } = turn.state;
  const [node] = [...peers].find(([, { unheeded }]) => unheeded) ?? [];
  if (node === undefined || standby.kind !== 'none' || phase.kind !== 'stable') return turn;
  const heeded = patchPeer(turn, node, { unheeded: false });
  return overlap(turn.state, node).length > 0 ? contradict(heeded, node, true) : heeded;
}

/** Neighbours may still have learnt the other node's hardware address. */
function announceAddresses(turn: Turn): Turn {
  return turn.state.groups
    .filter((one) => one.run.kind === 'running')
    .flatMap((one) => one.group.resources)
    .reduce((current, resource) => emit(current, { kind: 'announce', resource }), turn);
}
