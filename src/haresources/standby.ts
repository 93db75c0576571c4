/**
 * hb_standby and hb_takeover: one node gives, the other takes (spec resources 6, 10.6, 10.7).
 *
 *   giver: asking --other--> releasing --all stopped, "done"--> released --done--> none
 *   taker: promised --done--> acquiring --all started, "done"--> none
 *
 * Sets are in the giver's terms throughout. The whole hold is announced until the stop scripts are done, so a giver
 * that dies half way is known to have held it.
 */
import type { Hold } from '../message/messages.ts';
import { takeoverDraft } from '../message/drafts.ts';
import { after, elapsed, millis, never, seconds, type Instant, type NodeName } from '../units.ts';
import * as addressProbe from './address-probe.ts';
import { retryStop } from './group.ts';
import {
  addHold,
  claimedBy,
  hasFailed,
  holdFrom,
  holds,
  mayRunUnheard,
  mirror,
  ownersOf,
} from './hold.ts';
import {
  alivePeers,
  announce,
  answerTo,
  askToTake,
  atRest,
  give,
  isStable,
  othersStable,
  take,
  want,
} from './responsibility.ts';
import {
  patch,
  patchGroup,
  patchPeer,
  report,
  send,
  type GroupState,
  type Promised,
  type Resources,
  type Turn,
} from './state.ts';

/** How long the asker waits for `other` (C: 10 s). */
const answerLimit = seconds(10);
/** How long the taker waits for the giver to begin (C begins within one hop of 500 ms). */
const beginLimit = seconds(3);
/** How long the taker may take to start everything (C: 1 h). */
const acquireLimit = seconds(3600);
/** After the taker has said that it is stable, its `done` can only be late, not missing. */
const lateDone = millis(3000);

/** hb_standby on this node, or hb_takeover on the other. */
export function request(turn: Turn, hold: Hold): Turn {
  const refused = refusal(turn, turn.state.settings.self);
  if (refused !== undefined) return refused;
  if (alivePeers(turn.state).length === 0) return report(turn, { kind: 'standby-no-reply' });
  const until = after(turn.now, answerLimit);
  const asked = patch(turn, { standby: { kind: 'asking', hold, until } });
  const told = report(asked, { kind: 'standby-wanted', node: turn.state.settings.self, hold });
  return askToTake(told, hold);
}

/** hb_takeover on this node: what failed here, or was in use elsewhere, and nobody else has is started; the other node is asked to give. */
export function requestTakeover(turn: Turn, wanted: Hold | 'failback'): Turn {
  // "failback" is ours to translate: a C node would take it for "all" (spec resources 7.6).
  const hold = wanted === 'failback' ? 'local' : wanted;
  if (turn.state.withoutQuorum !== undefined)
    return report(turn, { kind: 'takeover-without-quorum' });
  return send(retryFailed(turn, hold), takeoverDraft(hold));
}

function retryFailed(turn: Turn, hold: Hold): Turn {
  const { nodes, self } = turn.state.settings;
  const elsewhere = new Set(alivePeers(turn.state).flatMap((node) => claimedBy(turn.state, node)));
  const owners = ownersOf(nodes, self, hold).filter((owner) => !elsewhere.has(owner));
  return turn.state.groups.filter((one) => owners.includes(one.group.owner)).reduce(retry, turn);
}

function retry(turn: Turn, state: GroupState): Turn {
  const { run, wanted, failedHere, group } = state;
  // It was given away, and nobody holds it: that it failed here once keeps it nobody's no longer.
  if (!wanted) return failedHere ? patchGroup(turn, group.key, { failedHere: false }) : turn;
  if (state.becomes !== undefined)
    return retryStop(patchGroup(turn, group.key, { failedHere: false }), state);
  if (state.probe !== undefined) return addressProbe.overrule(turn, state);
  if (hasFailed(state)) return tryAgain(turn, state);
  return run.kind === 'stop-failed'
    ? patchGroup(turn, group.key, { run: { kind: 'stopped' } })
    : turn;
}

/** In legacy mode nobody says what it holds, so the others are asked for the group first. */
function tryAgain(turn: Turn, state: GroupState): Turn {
  const asks = turn.state.settings.autoFailback === 'legacy' && alivePeers(turn.state).length > 0;
  if (!asks) return want(turn, state);
  return patchGroup(turn, state.group.key, { wanted: false, run: { kind: 'stopped' } });
}

/** The other node's operator wants it to hold `wanted`, in its terms. */
export function takeoverAsked(turn: Turn, wanted: Hold | 'failback'): Turn {
  return request(turn, wanted === 'failback' ? 'foreign' : mirror(wanted));
}

type Refusal = 'other-in-flux' | 'local-in-flux' | 'in-progress' | 'legacy' | 'no-quorum';

/** Why a new standby cannot begin now, said; undefined if it can. */
function refusal(turn: Turn, node: NodeName): Turn | undefined {
  const { state } = turn;
  const refuse = (why: Refusal): Turn => {
    const left = elapsed(turn.now, deadline(state));
    return report(turn, { kind: 'standby-refused', node, why, left });
  };
  if (state.withoutQuorum !== undefined) return refuse('no-quorum');
  if (state.settings.autoFailback === 'legacy') return refuse('legacy');
  if (state.standby.kind !== 'none') return refuse('in-progress');
  if (!isStable(state)) return refuse('local-in-flux');
  if (!othersStable(state)) return refuse('other-in-flux');
  return undefined;
}

/** When the standby in progress is given up; never if it has no limit of its own. */
export function deadline({ standby }: Resources): Instant {
  return 'until' in standby ? standby.until : never;
}

/** A standby message of another node. */
export interface Word {
  readonly info: string;
  readonly hold: Hold;
  readonly seq: number | undefined;
}

/** What becomes of a standby when another node says a word of it. */
export function heard(turn: Turn, from: NodeName, word: Word): Turn {
  switch (word.info) {
    case 'me':
      return asked(turn, from, word);
    case 'other':
      return answered(turn, from, word.hold);
    case 'done':
      return isOfEarlierOne(turn.state, word) ? turn : done(turn, from, word.hold);
    default:
      return report(turn, { kind: 'standby-ignored', node: from, info: word.info });
  }
}

/** The end of an earlier standby, found again late, is not the end of this one. */
function isOfEarlierOne({ lapsed, standby }: Resources, { seq }: Word): boolean {
  const promise = standby.kind === 'promised' ? standby : lapsed;
  return promise?.asked !== undefined && seq !== undefined && seq < promise.asked;
}

function asked(turn: Turn, giver: NodeName, { hold, seq }: Word): Turn {
  // A request of our own goes on beside it: were it given up, both would have to be begun anew, again at one moment.
  if (!isTaker(turn.state, giver)) return turn;
  const free = yieldTo(turn, giver);
  const refused = refusal(free, giver);
  if (refused !== undefined) return refused;
  const told = report(free, { kind: 'standby-wanted', node: giver, hold });
  const until = after(turn.now, beginLimit);
  const held = claimedBy(turn.state, giver);
  const promise = { hold, giver, held, asked: seq, confirmed: false, until };
  const standby = { kind: 'promised', ...promise } as const;
  return answerTo(patch(told, { standby, lapsed: undefined }), giver, hold, 'other');
}

/** Two requests that cross: the node that comes first in ha.cf is served first. A repeated one begins anew. */
function yieldTo(turn: Turn, giver: NodeName): Turn {
  const { standby, settings } = turn.state;
  const crossing =
    standby.kind === 'asking' &&
    settings.nodes.indexOf(giver) < settings.nodes.indexOf(settings.self);
  const repeated = standby.kind === 'promised' && standby.giver === giver && !standby.confirmed;
  if (!crossing && !repeated) return turn;
  return patch(turn, { standby: { kind: 'none' } });
}

/** With more than two nodes the first living one beside the giver answers. */
function isTaker(state: Resources, giver: NodeName): boolean {
  const { nodes, self } = state.settings;
  const living = alivePeers(state);
  return nodes.find((node) => node !== giver && (node === self || living.includes(node))) === self;
}

function answered(turn: Turn, taker: NodeName, answer: Hold): Turn {
  const { standby, settings } = turn.state;
  if (standby.kind !== 'asking')
    return report(turn, { kind: 'standby-ignored', node: taker, info: 'other' });
  // The taker may narrow what it takes, never widen it.
  const hold = common(standby.hold, answer);
  const told = report(turn, { kind: 'standby-possible', node: taker, hold });
  const owners = ownersOf(settings.nodes, settings.self, hold);
  const held = owners.filter((owner) => turn.state.owners.has(owner));
  const releasing = patch(told, { standby: { kind: 'releasing', hold, taker, held } });
  return give(announce(releasing, false, 'standby'), owners);
}

function done(turn: Turn, from: NodeName, hold: Hold): Turn {
  const { lapsed, standby } = turn.state;
  const promise = standby.kind === 'none' ? lapsed : standby;
  if (promise?.kind === 'promised' && promise.giver === from) return given(turn, promise, hold);
  if (standby.kind === 'released' && standby.taker === from) {
    const told = report(turn, { kind: 'standby-complete', hold: standby.hold });
    return patch(told, {
      standby: { kind: 'none' },
      failbackDue: false,
      failbackPause: undefined,
    });
  }
  // The giver waits for an end that we know nothing of any more: our statement tells it how things are. (A C node
  // ends a takeover with a stray `done`, too: spec resources 5, note on shutdone.)
  return isStable(turn.state) ? announce(turn, true) : turn;
}

/** No more is taken than was given: a C node has its operator's second request heard, and carries on with the first. */
function given(turn: Turn, promise: Promised, said: Hold): Turn {
  const { giver } = promise;
  const hold = common(promise.hold, said);
  const known = turn.state.peers.get(giver);
  const owners = ownersOf(turn.state.settings.nodes, giver, hold);
  const rest = {
    hold: afterDone(known?.hold, hold),
    owners: known?.owners?.filter((owner) => !owners.includes(owner)),
  };
  return acquire(patchPeer(turn, giver, { ...rest, lettingGo: false }), { ...promise, hold });
}

const common = (one: Hold, other: Hold): Hold =>
  holdFrom(
    holds(one, 'local') && holds(other, 'local'),
    holds(one, 'foreign') && holds(other, 'foreign'),
  );

function acquire(turn: Turn, { hold, giver, held }: Promised): Turn {
  const { settings } = turn.state;
  const told = report(turn, { kind: 'standby-acquires', node: giver, hold });
  const acquiring = patch(told, { standby: { kind: 'acquiring', hold, giver }, lapsed: undefined });
  const others = alivePeers(turn.state).filter((node) => node !== giver);
  const theirs = others.flatMap((node) => [node, ...claimedBy(turn.state, node)]);
  const owners = ownersOf(settings.nodes, giver, hold).filter((owner) => !theirs.includes(owner));
  const ran = owners.filter((owner) => held.includes(owner));
  const failed = owners.filter(
    (owner) => !held.includes(owner) && !mayRunUnheard(turn.state, owner),
  );
  return take(take(acquiring, ran), failed, true);
}

interface Said {
  readonly hold: Hold;
  readonly stable?: boolean;
  readonly info?: string;
}

/**
 * What the giver's and the taker's statements mean for a standby in progress. A C node that hears a late statement of ours
 * meanwhile answers `isstable=1`, standby or no standby: only what it claims tells how far it is.
 */
export function statement(turn: Turn, from: NodeName, said: Said): Turn {
  const { standby, lapsed } = turn.state;
  if (lapsed?.giver === from) return lapsedStatement(turn, lapsed, said);
  if (standby.kind === 'promised' && standby.giver === from) return ofGiver(turn, standby, said);
  if (standby.kind === 'released' && standby.taker === from) return ofTaker(turn, standby, said);
  return turn;
}

function ofGiver(turn: Turn, standby: Promised, said: Said): Turn {
  if (said.info === 'standby' && said.stable === false)
    return patch(turn, { standby: { ...standby, confirmed: true, until: never } });
  const isOff =
    isOurs(turn.state, standby.giver) || (standby.confirmed && includes(said.hold, standby.hold));
  return said.stable === true && isOff ? cancel(turn) : turn;
}

/** The giver has begun after all, and we heard it late; or it will not begin any more. */
function lapsedStatement(turn: Turn, lapsed: Promised, said: Said): Turn {
  const isOff = isOurs(turn.state, lapsed.giver) || includes(said.hold, lapsed.hold);
  if (said.stable === true && isOff) return patch(turn, { lapsed: undefined });
  if (said.info !== 'standby' || turn.state.standby.kind !== 'none') return turn;
  const standby = { ...lapsed, confirmed: true, until: never };
  return patch(turn, { standby, lapsed: undefined });
}

type Released = Extract<Resources['standby'], { readonly kind: 'released' }>;

function ofTaker(turn: Turn, standby: Released, said: Said): Turn {
  const theirs = mirror(standby.hold);
  const hasTaken = isOurs(turn.state, standby.taker) || includes(said.hold, theirs);
  // A C node claims what it takes only when its start scripts are done; should it die before, it may run it.
  if (!hasTaken) return patchPeer(turn, standby.taker, { hold: addHold(said.hold, theirs) });
  if (said.stable !== true) return turn;
  const until = Math.min(standby.until, after(turn.now, lateDone)) as Instant;
  return patch(turn, { standby: { ...standby, until } });
}

const isOurs = (state: Resources, node: NodeName): boolean =>
  state.peers.get(node)?.isOurs === true;

const includes = (hold: Hold, part: Hold): boolean =>
  (['local', 'foreign'] as const).every((side) => !holds(part, side) || holds(hold, side));

/** Carries a standby on when its scripts have come to an end. */
export function settle(turn: Turn): Turn {
  const { standby, settings, groups } = turn.state;
  if (standby.kind === 'releasing') {
    const owners = ownersOf(settings.nodes, settings.self, standby.hold);
    if (!atRest(turn.state, owners)) return turn;
    const stuck = groups.some(
      (one) => owners.includes(one.group.owner) && one.run.kind === 'stop-failed',
    );
    return stuck
      ? takeBack(turn, standby.held, standby.hold)
      : released(turn, standby.hold, standby.taker);
  }
  if (standby.kind === 'acquiring') {
    const owners = ownersOf(settings.nodes, standby.giver, standby.hold);
    if (!atRest(turn.state, owners)) return turn;
    const said = answerTo(turn, standby.giver, standby.hold, 'done');
    const told = report(said, { kind: 'standby-acquired', hold: standby.hold });
    return ended(told);
  }
  return turn;
}

/** Whoever waits for our part in it must hear from us: so we state our hold again. */
const ended = (turn: Turn): Turn =>
  patch(turn, { standby: { kind: 'none' }, announced: undefined });

function released(turn: Turn, hold: Hold, taker: NodeName): Turn {
  const until = after(turn.now, acquireLimit);
  const known = turn.state.peers.get(taker);
  const { nodes, self } = turn.state.settings;
  // From here on the taker may run it, whether or not it lives to say so.
  const theirs = patchPeer(turn, taker, {
    hold: addHold(known?.hold ?? 'none', mirror(hold)),
    owners: known?.owners && [...known.owners, ...ownersOf(nodes, self, hold)],
  });
  const waiting = patch(theirs, { standby: { kind: 'released', hold, taker, until } });
  const told = report(waiting, { kind: 'standby-released', hold });
  return answerTo(announce(told, false), taker, hold, 'done');
}

/** A failed stop is never taken for a stop: what did stop is started here again. */
function takeBack(turn: Turn, owners: readonly NodeName[], hold: Hold): Turn {
  const told = report(turn, { kind: 'standby-stop-failed', hold });
  return patch(take(told, owners), { standby: { kind: 'none' } });
}

/** Gives up a standby whose time is over. */
export function tick(turn: Turn): Turn {
  const { standby } = turn.state;
  if (turn.now < deadline(turn.state)) return turn;
  const over = ended(turn);
  if (standby.kind === 'released') return over;
  if (standby.kind === 'promised') return patch(over, { lapsed: standby });
  return report(over, { kind: 'standby-no-reply' });
}

/** The other node has died, left or restarted: whatever was going on with it is off. */
export function cancelWith(turn: Turn, node: NodeName): Turn {
  const { lapsed, standby } = turn.state;
  if (lapsed?.giver === node) return cancelWith(patch(turn, { lapsed: undefined }), node);
  const partner = 'taker' in standby ? standby.taker : 'giver' in standby ? standby.giver : node;
  return standby.kind === 'none' || partner !== node ? turn : cancel(turn);
}

function cancel(turn: Turn): Turn {
  const { standby } = turn.state;
  const none = ended(report(turn, { kind: 'standby-cancelled' }));
  if (standby.kind !== 'releasing') return none;
  return take(none, standby.held);
}

/** What a peer is known to hold once it has said `done` for `hold`, whichever of its messages came first. */
function afterDone(known: Hold | undefined, hold: Hold): Hold | undefined {
  if (known === undefined) return undefined;
  return holdFrom(
    holds(known, 'local') && !holds(hold, 'local'),
    holds(known, 'foreign') && !holds(hold, 'foreign'),
  );
}
