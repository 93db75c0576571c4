/** From `active` to stable: asking the others what they hold, and taking what nobody does (spec resources 10.1-3). */
import { startingDraft } from '../message/drafts.ts';
import { after, elapsed, seconds, type Instant, type NodeName } from '../units.ts';
import * as addressProbe from './address-probe.ts';
import { isLookedAt } from './group.ts';
import { isLeftOver } from './running.ts';
import { claimed, claimedBy, mustHoldStill } from './hold.ts';
import * as legacy from './legacy.ts';
import { hasNothing } from './node-set.ts';
import { alivePeers, announce, isFirstAlive, isOwnHeldElsewhere, take } from './responsibility.ts';
import { patch, report, send, type Peer, type Resources, type Turn } from './state.ts';

/** A node that does not answer `starting` is asked again this often, and reported this often. */
const askAgain = seconds(2);
const reportEvery = 5;
/** A C node that starts is stable long before; one that cannot stop something is not waited for any longer. */
const patience = seconds(60);

/** Asks everybody what they hold; alone, takes everything at once. */
export function begin(turn: Turn): Turn {
  const { settings } = turn.state;
  const phase = {
    kind: 'starting',
    since: turn.now,
    askAgainAt: after(turn.now, askAgain),
    asked: 1,
    answerDue: false,
  } as const;
  const started = patch(turn, { phase });
  if (settings.autoFailback === 'legacy') return decide(started);
  return decide(sayStarting(started));
}

/** Whoever hears it forgets what we said before, so that has to be said again. */
export const sayStarting = (turn: Turn): Turn =>
  patch(send(turn, startingDraft()), { announced: undefined });

/** Leaves `starting` as soon as every living node has said what it holds, and every other one is certainly down. */
export function decide(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind !== 'starting' || mustHoldStill(state)) return turn;
  const living = alivePeers(state).map((node) => state.peers.get(node));
  const legacy = state.settings.autoFailback === 'legacy';
  if (!legacy && living.some((peer) => peer?.hold === undefined)) return turn;
  if (!legacy && living.length > 0 && !hasLooked(state)) return turn;
  if (!legacy && living.some(mayBeStopping) && turn.now < after(state.phase.since, patience))
    return turn;
  const stable = adopt(patch(turn, { phase: { kind: 'stable' } }));
  const ownIsFree = legacy ? living.length === 0 : !isOwnHeldElsewhere(state);
  return takeOwn(takeFromDead(stable), ownIsFree);
}

/**
 * A C node that holds nothing and is not stable either starts, too, and says so again within 10 s at the latest, or it is
 * leaving: then it runs all that it held until it says `shutdone` (spec resources 14.2).
 */
const mayBeStopping = (peer: Peer | undefined): boolean =>
  peer?.isOurs === false && peer.hold === 'none' && !peer.stable;

/** One that starts waits for our word as we wait for its. */
export function reassure(turn: Turn, from: NodeName): Turn {
  const { phase, peers } = turn.state;
  if (phase.kind !== 'starting' || !mayBeStopping(peers.get(from))) return turn;
  if (!hasLooked(turn.state)) return answerLater(turn);
  return claimed(turn.state) === 'none' ? sayHarmless(turn) : turn;
}

/** Whether it is known of every group what an earlier heartbeat left running here. */
export const hasLooked = (state: Resources): boolean => state.groups.every(isLookedAt);

/** Somebody asked what we hold while we do not know it ourselves; who lets go of everything says it at the end. */
export function answerLater(turn: Turn): Turn {
  const { phase } = turn.state;
  return phase.kind === 'starting' ? patch(turn, { phase: { ...phase, answerDue: true } }) : turn;
}

/**
 * We hold nothing, and shall take nothing of the asker's; but we may take our own a moment later. One of ours that hears
 * nothing more of us is not to believe that we had given up everything, so the word is said again when it is final.
 */
export const sayHarmless = (turn: Turn): Turn =>
  patch(announce(turn, true, 'starting'), { announced: undefined });

/** What was left running here goes on when nobody else claims it: a daemon that is restarted interrupts nothing. */
function adopt(turn: Turn): Turn {
  const { state } = turn;
  const theirs = alivePeers(state).flatMap((node) => claimedBy(state, node));
  const known = [...theirs, ...state.owners, state.settings.self];
  const left = state.groups.filter((one) => isLeftOver(one)).map((one) => one.group.owner);
  const ours = left.filter((owner) => !known.includes(owner));
  return ours.length === 0 ? turn : patch(take(turn, ours), { failbackDue: true });
}

/** Goes on when the looking has come to an end. */
export function settle(turn: Turn): Turn {
  const { phase } = turn.state;
  if (phase.kind !== 'starting' || !hasLooked(turn.state)) return turn;
  const told = patch(turn, { phase: { ...phase, answerDue: false } });
  if (!phase.answerDue) return decide(turn);
  return decide(claimed(turn.state) === 'none' ? sayHarmless(told) : announce(told, false));
}

function takeOwn(turn: Turn, isFree: boolean): Turn {
  const { self, autoFailback } = turn.state.settings;
  const told = report(turn, { kind: 'transition-completed', side: 'local' });
  if (isFree) return patch(addressProbe.watchOwn(take(told, [self])), { localPending: true });
  if (autoFailback === 'legacy') return told;
  return report(told, { kind: 'local-acquisition', none: true });
}

/** Groups of nodes that were never heard, or died or left while we were starting. */
function takeFromDead(turn: Turn): Turn {
  const { state } = turn;
  const living = alivePeers(state);
  const held = living.flatMap((node) => claimedBy(state, node));
  const dead = [...state.peers.keys()].filter(
    (node) => !living.includes(node) && !held.includes(node) && !hasNothing(state, node),
  );
  if (dead.length === 0 || !isFirstAlive(state)) return turn;
  const told = report(turn, ...dead.map((node) => ({ kind: 'takeover-begins', node }) as const));
  const noted = patch(told, {
    takenOver: new Set([...state.takenOver, ...dead]),
    takeovers: [...state.takeovers, ...dead],
    failbackDue: true,
  });
  return addressProbe.watch(legacy.takeOver(noted, dead), dead);
}

/** Asks again, and says that it waits, when an active node has not answered. */
export function tick(turn: Turn): Turn {
  const { phase, peers } = turn.state;
  if (phase.kind !== 'starting' || turn.now < phase.askAgainAt) return turn;
  const silent = [...peers].find(([, peer]) => peer.alive && !peer.left && peer.hold === undefined);
  if (silent === undefined) {
    const later = patch(turn, { phase: waiting(phase, turn.now) });
    // A word of ours that came before its own question is none to a C node.
    return decide(alivePeers(turn.state).reduce(reassure, later));
  }
  const next = { ...waiting(phase, turn.now), asked: phase.asked + 1 };
  const asked = sayStarting(patch(turn, { phase: next }));
  if (phase.asked % reportEvery !== 0) return asked;
  const waited = elapsed(phase.since, turn.now);
  return report(asked, { kind: 'no-answer-to-starting', node: silent[0], waited });
}

type Starting = Extract<Resources['phase'], { readonly kind: 'starting' }>;

const waiting = (phase: Starting, now: Instant): Starting => ({
  ...phase,
  askAgainAt: after(now, askAgain),
});
