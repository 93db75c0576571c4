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
import type { Hold } from '../message/messages.ts';
import { after, earlier, millis, type NodeName } from '../units.ts';
import { claimed, overlap } from './hold.ts';
import { announce, anyBusy, give } from './responsibility.ts';
import { emit, patch, patchPeer, report, type Settling, type Turn } from './state.ts';
import { cancelWith } from './standby.ts';

/** Longer than a C node's 2 s before its restart and its 0.5 s latency (spec membership 11.1). */
const patience = millis(3500);
/** For what both claim and neither took over; the other side has had its time to give. */
const tieBreak = millis(1500);

/** A node that had been declared dead speaks again with the same generation. */
export function returned(turn: Turn, node: NodeName): Turn {
  const back = patchPeer(turn, node, {
    alive: true,
    left: false,
    hold: undefined,
    stable: false,
    lettingGo: false,
    uncleared: false,
  });
  if (back.state.phase.kind !== 'stable') return back;
  // In legacy mode nobody says what it holds.
  const wait = back.state.settings.autoFailback === 'legacy' ? millis(0) : patience;
  const settling = { node, until: after(turn.now, wait), repeated: false };
  return announce(patch(cancelWith(back, node), { settling }), false);
}

/** The other node has said what it holds. */
export function statement(turn: Turn, node: NodeName, said: { hold: Hold; info?: string }): Turn {
  const { state } = turn;
  // It was frozen and is giving up everything: its next word counts.
  if (said.info === 'yield') return turn;
  if (state.settling?.node === node) return giveBack(repeat(turn, state.settling), node);
  if (state.phase.kind !== 'stable' || state.standby.kind !== 'none') return turn;
  if (overlap(state, node).length === 0 || state.contest?.node === node) return turn;
  const side = overlap(state, node).includes(state.settings.self) ? 'local' : 'foreign';
  const settling = { node, until: after(turn.now, patience), repeated: false };
  const told = patch(report(turn, { kind: 'both-own', side }), { settling });
  return giveBack(announce(told, false), node);
}

function repeat(turn: Turn, settling: Settling): Turn {
  if (settling.repeated) return turn;
  return announce(patch(turn, { settling: { ...settling, repeated: true } }), false);
}

function giveBack(turn: Turn, node: NodeName): Turn {
  const both = overlap(turn.state, node);
  const ours = both.filter((owner) => turn.state.takenOver.has(owner));
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
  if (peers.get(node)?.hold === undefined) return yieldGroups(ended, [...takenOver]);
  const both = overlap(turn.state, node);
  const contest = both.includes(settings.self)
    ? { node, until: after(turn.now, patience) }
    : undefined;
  const given = both.filter((owner) => owner !== settings.self);
  return yieldGroups(patch(ended, { contest }), given);
}

function judgeContest(turn: Turn): Turn {
  const { contest, peers } = turn.state;
  if (contest === undefined || turn.now < contest.until) return turn;
  const both = overlap(turn.state, contest.node);
  if (both.length > 0 && peers.get(contest.node)?.stable !== true) {
    return patch(turn, { contest: { ...contest, until: after(turn.now, patience) } });
  }
  return yieldGroups(patch(turn, { contest: undefined }), both);
}

/** Settled as soon as the other side has spoken, nothing is claimed twice and our scripts are done. */
export function settle(turn: Turn): Turn {
  const { settling, peers, announced } = turn.state;
  if (settling === undefined || anyBusy(turn.state)) return turn;
  // The other side waits for our word as we wait for its.
  if (announced?.hold !== claimed(turn.state)) return announce(turn, false);
  if (peers.get(settling.node)?.hold === undefined) return turn;
  if (overlap(turn.state, settling.node).length > 0) return turn;
  const told = report(turn, { kind: 'settled', node: settling.node });
  return announceAddresses(patch(told, { settling: undefined }));
}

/** Neighbours may still have learnt the other node's hardware address. */
function announceAddresses(turn: Turn): Turn {
  return turn.state.groups
    .filter((one) => one.run.kind === 'running')
    .flatMap((one) => one.group.resources)
    .reduce((current, resource) => emit(current, { kind: 'announce', resource }), turn);
}
