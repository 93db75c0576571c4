/** Giving up everything: at an orderly stop, and after this node was frozen (spec resources 10.8, membership 11.5). */
import { shutdoneDraft } from '../message/drafts.ts';
import { after, earlier, millis, never, seconds, type Instant, type NodeName } from '../units.ts';
import { retryStop } from './group.ts';
import { claimed } from './hold.ts';
import { alivePeers, announce, anyBusy, give } from './responsibility.ts';
import { begin } from './start.ts';
import { emit, patch, report, send, type Peer, type Resources, type Turn } from './state.ts';

/** What cannot be stopped is tried again this often while the node is leaving. */
const retryEvery = seconds(10);
/** What came in while this node was frozen is read within this time, and tells of a world that is gone. */
const readingTime = millis(500);

/** SIGTERM. */
export function stop(turn: Turn): Turn {
  const { phase, beginsAnew } = turn.state;
  const final = patch(turn, { beginsAnew: false });
  if (phase.kind === 'leaving') return final;
  if (phase.kind === 'left')
    return beginsAnew ? emit(final, { kind: 'released', again: false }) : turn;
  if (phase.kind === 'init' && turn.state.owners.size === 0) {
    return emit(patch(turn, { phase: { kind: 'left' } }), { kind: 'released', again: false });
  }
  const leaving = { kind: 'leaving', retryAt: after(turn.now, retryEvery) } as const;
  const told = report(turn, { kind: 'giving-up-all' });
  return releaseAll(patch(told, { phase: leaving }));
}

/**
 * No event reached this node for longer than its dead time, so the others may run everything it holds: it lets go
 * first and asks after, when the old messages that waited for it have been read. Alone it has nobody to ask; but who
 * appears next may have taken everything meanwhile.
 */
export function frozen(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind === 'init') return patch(turn, { hasSlept: true });
  if (state.phase.kind !== 'stable' && state.phase.kind !== 'starting') return turn;
  if (alivePeers(state).length === 0) return patch(turn, { takenOver: state.owners });
  return letGo(report(turn, { kind: 'frozen-release' }));
}

function letGo(turn: Turn): Turn {
  const retryAt = after(turn.now, retryEvery);
  const readAt = after(turn.now, readingTime);
  const yielding = patch(turn, { phase: { kind: 'yielding', retryAt, readAt } });
  return releaseAll(besideC(turn.state) ? leaveRunningToC(yielding) : yielding);
}

/** This node became active after a sleep: what it has heard tells of a world that is gone, too. */
export function beginAfterSleep(turn: Turn): Turn {
  const awake = patch(turn, { hasSlept: false });
  return alivePeers(awake.state).length === 0 ? begin(awake) : letGo(awake);
}

/** Quorum was lost or is there again; with `stop` a node without it lets go of everything (spec membership 11.3). */
export function quorumChanged(turn: Turn, has: boolean, policy: 'freeze' | 'stop'): Turn {
  const counted = patch(turn, { withoutQuorum: has ? undefined : policy });
  const { phase } = counted.state;
  // What was asked and said without quorum nobody may have heard.
  if (has) return phase.kind === 'starting' ? begin(forgetStatements(counted)) : counted;
  const isOn = phase.kind === 'stable' || phase.kind === 'starting';
  return policy === 'stop' && isOn ? releaseWithoutQuorum(counted) : counted;
}

/** What an earlier heartbeat has left running here, too; then it waits in `starting`. */
export function releaseWithoutQuorum(turn: Turn): Turn {
  const told = report(turn, { kind: 'quorum-release' });
  const retryAt = after(turn.now, retryEvery);
  return releaseAll(patch(told, { phase: { kind: 'yielding', retryAt, readAt: undefined } }));
}

/** Whatever they said, they shall say again. */
function forgetStatements(turn: Turn): Turn {
  const forget = ([node, peer]: [NodeName, Peer]): [NodeName, Peer] => [
    node,
    { ...peer, hold: undefined, owners: undefined, stable: false },
  ];
  return patch(turn, { peers: new Map([...turn.state.peers].map(forget)) });
}

const besideC = (state: Resources): boolean =>
  alivePeers(state).some((node) => state.peers.get(node)?.isOurs !== true);

function leaveRunningToC(turn: Turn): Turn {
  const running = turn.state.groups.filter((one) => one.run.kind === 'running');
  return patch(turn, { leftToC: new Set(running.map((one) => one.group.key)) });
}

function releaseAll(turn: Turn): Turn {
  const { phase, settings } = turn.state;
  // A C node that has declared us dead has everything: it would only complain.
  const toC = phase.kind === 'yielding' && besideC(turn.state);
  const held = claimed(turn.state) !== 'none' && !toC;
  const said = held ? announce(turn, false) : turn;
  const quiet = patch(said, { standby: { kind: 'none' }, settling: undefined, failbackDue: false });
  return patch(give(quiet, settings.nodes), { requests: new Map(), takeovers: [] });
}

/** Says that nothing is held any more, once that is true. */
export function settle(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind !== 'leaving' && state.phase.kind !== 'yielding') return turn;
  const stuck = state.groups.some((one) => one.run.kind === 'stop-failed');
  const resting = !anyBusy(state) && state.groups.every((one) => one.run.kind !== 'unknown');
  if (!resting) return turn;
  if (state.phase.kind === 'yielding') {
    // What cannot be stopped is held back for the others' sake, as long as there are any.
    const isAlone = alivePeers(state).length === 0 && state.withoutQuorum === undefined;
    const waits = state.phase.readAt !== undefined || (stuck && !isAlone);
    return waits ? turn : begin(announce(forgetStatements(turn), false));
  }
  if (stuck) return turn;
  const told = report(announce(turn, false, 'shutdown'), { kind: 'all-relinquished' });
  const said = send(told, shutdoneDraft());
  const { beginsAnew: again } = state;
  return emit(patch(said, { phase: { kind: 'left' } }), { kind: 'released', again });
}

export function tick(turn: Turn): Turn {
  const { phase, groups, restartAt } = turn.state;
  if (restartAt !== undefined && turn.now >= restartAt)
    return patch(stop(patch(turn, { restartAt: undefined })), { beginsAnew: true });
  if (phase.kind === 'yielding' && phase.readAt !== undefined && turn.now >= phase.readAt)
    return tick(patch(turn, { phase: { ...phase, readAt: undefined } }));
  if (phase.kind !== 'leaving' && phase.kind !== 'yielding') return turn;
  if (turn.now < phase.retryAt) return turn;
  const again = { ...phase, retryAt: after(turn.now, retryEvery) };
  return groups.reduce((current, one) => retryStop(current, one), patch(turn, { phase: again }));
}

/** When `tick` has something to do. */
export function wakeAt({ phase, restartAt }: Resources): Instant {
  if (phase.kind === 'stable' || phase.kind === 'starting') return restartAt ?? never;
  if (phase.kind === 'leaving') return phase.retryAt;
  if (phase.kind === 'yielding') return earlier(phase.retryAt, phase.readAt ?? never);
  return never;
}
