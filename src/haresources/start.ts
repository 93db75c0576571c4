/** From `active` to stable: asking the others what they hold, and taking what nobody does (spec resources 10.1-3). */
import { startingDraft } from '../message/drafts.ts';
import { after, elapsed, seconds } from '../units.ts';
import { holds } from './hold.ts';
import { askForOwnGroups } from './legacy.ts';
import { alivePeers, isFirstAlive, take } from './responsibility.ts';
import { patch, report, send, type Turn } from './state.ts';

/** A node that does not answer `starting` is asked again this often, and reported this often. */
const askAgain = seconds(2);
const reportEvery = 5;

/** Asks everybody what they hold; alone, takes everything at once. */
export function begin(turn: Turn): Turn {
  const { settings } = turn.state;
  const phase = {
    kind: 'starting',
    since: turn.now,
    askAgainAt: after(turn.now, askAgain),
    asked: 1,
  } as const;
  const started = patch(turn, { phase });
  if (settings.autoFailback === 'legacy') return askForOwnGroups(decide(started));
  return decide(sayStarting(started));
}

/** Whoever hears it forgets what we said before, so that has to be said again. */
const sayStarting = (turn: Turn): Turn =>
  patch(send(turn, startingDraft()), { announced: undefined });

/** Leaves `starting` as soon as every living node has said what it holds. */
export function decide(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind !== 'starting') return turn;
  const living = alivePeers(state).map((node) => state.peers.get(node));
  const legacy = state.settings.autoFailback === 'legacy';
  if (!legacy && living.some((peer) => peer?.hold === undefined)) return turn;
  const stable = patch(turn, { phase: { kind: 'stable' } });
  const ownIsFree = legacy
    ? living.length === 0
    : !living.some((peer) => peer?.hold !== undefined && holds(peer.hold, 'foreign'));
  return takeOwn(takeFromDead(stable), ownIsFree);
}

function takeOwn(turn: Turn, isFree: boolean): Turn {
  const { self, autoFailback } = turn.state.settings;
  const told = report(turn, { kind: 'transition-completed', side: 'local' });
  if (isFree) return patch(take(told, [self]), { localPending: true });
  if (autoFailback === 'legacy') return told;
  return report(told, { kind: 'local-acquisition', none: true });
}

/** Groups of nodes that were never heard, or died while we were starting. */
function takeFromDead(turn: Turn): Turn {
  const { state } = turn;
  const dead = [...state.peers].filter(([, peer]) => !peer.alive).map(([node]) => node);
  if (dead.length === 0 || !isFirstAlive(state)) return turn;
  const told = report(turn, ...dead.map((node) => ({ kind: 'takeover-begins', node }) as const));
  return patch(take(told, dead), {
    takenOver: new Set([...state.takenOver, ...dead]),
    takeovers: [...state.takeovers, ...dead],
    failbackDue: true,
  });
}

/** Asks again, and says that it waits, when an active node has not answered. */
export function tick(turn: Turn): Turn {
  const { phase, peers } = turn.state;
  if (phase.kind !== 'starting' || turn.now < phase.askAgainAt) return turn;
  const silent = [...peers].find(([, peer]) => peer.alive && !peer.left && peer.hold === undefined);
  if (silent === undefined) return decide(turn);
  const next = { ...phase, asked: phase.asked + 1, askAgainAt: after(turn.now, askAgain) };
  const asked = sayStarting(patch(turn, { phase: next }));
  if (phase.asked % reportEvery !== 0) return asked;
  const waited = elapsed(phase.since, turn.now);
  return report(asked, { kind: 'no-answer-to-starting', node: silent[0], waited });
}
