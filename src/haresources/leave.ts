/** Giving up everything: at an orderly stop, and after this node was frozen (spec resources 10.8, membership 11.5). */
import { shutdoneDraft } from '../message/drafts.ts';
import { after, seconds } from '../units.ts';
import { retryStop } from './group.ts';
import { claimed } from './hold.ts';
import { alivePeers, announce, anyBusy, give } from './responsibility.ts';
import { begin } from './start.ts';
import { emit, patch, report, send, type Peer, type Turn } from './state.ts';

/** What cannot be stopped is tried again this often while the node is leaving. */
const retryEvery = seconds(10);

/** SIGTERM. */
export function stop(turn: Turn): Turn {
  const { phase } = turn.state;
  if (phase.kind === 'leaving' || phase.kind === 'left') return turn;
  if (phase.kind === 'init' && turn.state.owners.size === 0) {
    return emit(patch(turn, { phase: { kind: 'left' } }), { kind: 'released' });
  }
  const leaving = { kind: 'leaving', retryAt: after(turn.now, retryEvery) } as const;
  const told = report(turn, { kind: 'giving-up-all' });
  return releaseAll(patch(told, { phase: leaving }), undefined);
}

/**
 * No event reached this node for longer than its dead time, so the others may run everything it holds: it lets go
 * first and asks after. Alone it has nobody to ask; but who appears next may have taken everything meanwhile.
 */
export function frozen(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind !== 'stable') return turn;
  if (alivePeers(state).length === 0) return patch(turn, { takenOver: state.owners });
  const forgetful = new Map(
    [...state.peers].map(([node, peer]): [typeof node, Peer] => [
      node,
      { ...peer, hold: undefined, stable: false },
    ]),
  );
  const told = report(turn, { kind: 'frozen-release' });
  const retryAt = after(turn.now, retryEvery);
  return releaseAll(
    patch(told, { phase: { kind: 'yielding', retryAt }, peers: forgetful }),
    'yield',
  );
}

function releaseAll(turn: Turn, info: string | undefined): Turn {
  const { settings } = turn.state;
  const held = claimed(turn.state) !== 'none';
  const said = held ? announce(turn, false, info) : turn;
  const quiet = patch(said, { standby: { kind: 'none' }, settling: undefined, failbackDue: false });
  return patch(give(quiet, settings.nodes), { requests: new Map(), takeovers: [] });
}

/** Says that nothing is held any more, once that is true. */
export function settle(turn: Turn): Turn {
  const { state } = turn;
  const stuck = state.groups.some((one) => one.run.kind === 'stop-failed');
  const resting = !anyBusy(state) && state.groups.every((one) => one.run.kind !== 'unknown');
  if (!resting || stuck) return turn;
  if (state.phase.kind === 'yielding') return begin(announce(turn, false));
  if (state.phase.kind !== 'leaving') return turn;
  const told = report(announce(turn, false, 'shutdown'), { kind: 'all-relinquished' });
  const said = send(told, shutdoneDraft());
  return emit(patch(said, { phase: { kind: 'left' } }), { kind: 'released' });
}

export function tick(turn: Turn): Turn {
  const { phase, groups } = turn.state;
  if (phase.kind !== 'leaving' && phase.kind !== 'yielding') return turn;
  if (turn.now < phase.retryAt) return turn;
  const again = { ...phase, retryAt: after(turn.now, retryEvery) };
  return groups.reduce((current, one) => retryStop(current, one), patch(turn, { phase: again }));
}
