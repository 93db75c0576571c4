/** The resource engine: what becomes of `state` when `event` happens, and what the shell must then do. */
import { unreachable } from '../assert.ts';
import type { Hold, Message } from '../message/messages.ts';
import { earlier, never, seconds, type Instant, type NodeName } from '../units.ts';
import * as addressProbe from './address-probe.ts';
import * as disputed from './disputed.ts';
import * as failback from './failback.ts';
import { drive, isBusy, isHeldOff, look, ran, wake, wakeAt } from './group.ts';
import * as monitor from './monitor.ts';
import { addHold, claimed, claimedBy, hasFailed } from './hold.ts';
import * as leave from './leave.ts';
import * as legacy from './legacy.ts';
import { announce, anyBusy, atRest, give, isStable, othersStable } from './responsibility.ts';
import * as nodeSet from './node-set.ts';
import { readFile } from './file-view.ts';
import * as reload from './reload.ts';
import * as retry from './retry.ts';
import * as orphans from './orphans.ts';
import * as settling from './settling.ts';
import * as standby from './standby.ts';
import * as start from './start.ts';
import * as statements from './statements.ts';
import {
  nothingSaid,
  patch,
  patchPeer,
  report,
  type Peer,
  type Resources,
  type Turn,
} from './state.ts';
import * as takeover from './takeover.ts';
import * as thirdNode from './third-node.ts';
import type { JobId, Kept, Outcome, ResourceEffect, ResourceEvent } from './types.ts';

/** Groups whose scripts may run at the same time. */
const groupsAtOnce = 8;

export interface ResourceStep {
  readonly state: Resources;
  readonly effects: readonly ResourceEffect[];
}

/** Effects are to be carried out in their order. Never throws for anything that came from outside. */
export function stepResources(state: Resources, event: ResourceEvent, now: Instant): ResourceStep {
  const handled = handle({ state, effects: [], now }, event);
  const settled = rest(handled);
  return { state: settled.state, effects: settled.effects };
}

function handle(turn: Turn, event: ResourceEvent): Turn {
  switch (event.kind) {
    case 'tick':
      return tick(turn);
    case 'active':
      return activated(turn, event.alive);
    case 'message':
      return isStaleCommand(event) ? ignored(turn, event) : heard(turn, event.message);
    case 'node-status':
      return appeared(turn, event.node, event.status);
    case 'node-dead':
      return takeover.died(failback.died(turn, event), event.node, event.everHeard);
    case 'node-late':
      return addressProbe.late(turn, event.node);
    case 'cleared':
      return takeover.cleared(turn, event.node);
    case 'node-restarted':
      return failback.isBack(restarted(turn, event.node), event.node);
    case 'node-added':
      return nodeSet.added(turn, event.node);
    case 'node-removed':
      return nodeSet.removed(turn, event.node);
    case 'node-returned':
      return failback.isBack(settling.returned(turn, event.node, event.renewed), event.node);
    case 'node-renewed':
      return settling.renewed(turn, event.node);
    case 'node-doubts':
      return settling.doubted(turn, event.node);
    case 'frozen':
      return leave.frozen(turn);
    case 'statement-repeated':
      return statements.repeated(turn);
    case 'quorum':
      return leave.quorumChanged(turn, event.has, event.policy);
    case 'standby':
      return standby.request(pardoned(turn), event.hold);
    case 'takeover':
      return standby.requestTakeover(pardoned(turn), event.hold);
    case 'ran':
      return finished(turn, event.job, event.outcome);
    case 'haresources':
      return reload.requested(turn, event.groups);
    case 'stop':
      return leave.stop(turn);
    default:
      return unreachable(event);
  }
}

function tick(turn: Turn): Turn {
  const woken = turn.state.groups.reduce((current, one) => wake(current, one), turn);
  const ticks = [
    start.tick,
    standby.tick,
    settling.tick,
    leave.tick,
    legacy.tick,
    failback.tick,
    retry.tick,
    monitor.tick,
    statements.tick,
  ];
  return ticks.reduce((current, one) => one(current), woken);
}

function activated(turn: Turn, alive: readonly NodeName[]): Turn {
  const known = [...turn.state.peers.keys()].reduce(
    (current, node) => patchPeer(current, node, { alive: alive.includes(node) }),
    turn,
  );
  if (known.state.phase.kind !== 'init') return known;
  const held = alive.reduce(failback.isBack, known);
  const told = legacy.ownersAreThere(held, alive);
  if (told.state.withoutQuorum === 'stop') return leave.releaseWithoutQuorum(told);
  return told.state.hasSlept ? leave.beginAfterSleep(told) : start.begin(told);
}

/**
 * A node that was dead and is `active` at its first word has been so all the time, or started where we could not hear
 * it: it holds what it holds, and will not ask. One that starts says `init` or `up` first, and asks with `starting`.
 */
function appeared(turn: Turn, node: NodeName, status: string): Turn {
  const known = turn.state.peers.get(node);
  if (known === undefined) return turn;
  const heard = known.added ? patchPeer(turn, node, { added: false }) : turn;
  const home = status === 'active' ? legacy.ownerIsBack(heard, node) : heard;
  if (known.alive) return home;
  const back = failback.isBack(home, node);
  if (status === 'active') return settling.returned(back, node, true);
  return patchPeer(back, node, { alive: true, uncleared: false });
}

/**
 * A new life of the other node: it has yet to say what it holds. One that was dead is back with the status that follows,
 * and uncleared until then: it is not cleared by that word, for it may have left something running.
 */
function restarted(turn: Turn, node: NodeName): Turn {
  return patchPeer(standby.cancelWith(turn, node), node, nothingSaid);
}

function finished(turn: Turn, job: JobId, outcome: Outcome): Turn {
  const probed = addressProbe.ran(orphans.ran(turn, job, outcome), job, outcome);
  const watched = probed.state.groups.reduce(
    (current, one) => monitor.ran(current, one, job, outcome),
    probed,
  );
  return watched.state.groups.reduce((current, one) => ran(current, one, job, outcome), watched);
}

/** An operator's word: neither services nor nodes that failed before are held back any more. */
const pardoned = (turn: Turn): Turn => failback.pardon(monitor.pardon(turn));

type Arrival = Extract<ResourceEvent, { readonly kind: 'message' }>;

/** What somebody wanted so long ago was given up long since: nobody waits for the answer (spec resources 10.6). */
const commandsLive = seconds(8);

/** A request to move groups that was found again long after it had been lost. */
function isStaleCommand({ message: { body }, age }: Arrival): boolean {
  const commands = body.t === 'hb_takeover' || (body.t === 'ask_resources' && body.info === 'me');
  return commands && age >= commandsLive;
}

const ignored = (turn: Turn, { message: { header, body } }: Arrival): Turn =>
  report(turn, { kind: 'command-too-late', node: header.src, command: body.t });

function heard(turn: Turn, { header, body }: Message): Turn {
  const from = header.src;
  if (!turn.state.peers.has(from)) return turn;
  switch (body.t) {
    case 'starting':
      // Whoever asks is told, but a late question takes nothing back that was said since.
      return isLate(turn, from, header.seq)
        ? answer(turn)
        : answer(asked(said(turn, from, header.seq), from));
    case 'resource':
      if (isLate(turn, from, header.seq)) return turn;
      return stated(said(turn, from, header.seq), from, body);
    case 'shutdone':
      return takeover.left(said(turn, from, header.seq), from);
    case 'ask_resources':
      return isListening(turn) ? standbyHeard(turn, from, { ...body, seq: header.seq }) : turn;
    case 'hb_takeover':
      return isListening(turn) ? standby.takeoverAsked(pardoned(turn), body.hold) : turn;
    case 'ip-request':
      return legacyOnly(turn, (current) => legacy.requested(current, from, body.ipaddr));
    case 'ip-request-resp':
      return legacyOnly(turn, (current) => legacy.answered(current, { ...body, from }));
    case 'stonith':
      return body.node === turn.state.settings.self
        ? settling.sentenced(thirdNode.buried(turn, from, body.node), from, body.result)
        : thirdNode.buried(turn, from, body.node);
    case 'status':
    case 'NS_st':
    case 'NS_ackmsg':
    case 'NS_rexmit':
    case 'NS_nak_rexmit':
    case 'reqnodes':
    case 'repnodes':
    case 'addnode':
    case 'delnode':
    case 'setweight':
    case 'setsite':
    case 'other':
      return turn;
    default:
      return unreachable(body);
  }
}

/** A retransmitted statement that is older than what was said since tells nothing any more. */
function isLate(turn: Turn, from: NodeName, seq: number | undefined): boolean {
  const last = turn.state.peers.get(from)?.saidAt;
  return seq !== undefined && last !== undefined && seq < last;
}

function said(turn: Turn, from: NodeName, seq: number | undefined): Turn {
  if (seq === undefined || isLate(turn, from, seq)) return turn;
  return patchPeer(turn, from, { saidAt: seq });
}

/** A statement from before a word that carried a standby on says nothing about what follows it. */
function standbyHeard(turn: Turn, from: NodeName, word: standby.Word): Turn {
  const next = standby.heard(turn, from, word);
  return next.state.standby === turn.state.standby ? next : said(next, from, word.seq);
}

const isListening = (turn: Turn): boolean =>
  turn.state.phase.kind === 'stable' || turn.state.phase.kind === 'starting';

function legacyOnly(turn: Turn, act: (turn: Turn) => Turn): Turn {
  const { settings, phase } = turn.state;
  const serves = phase.kind === 'stable' || phase.kind === 'starting' || phase.kind === 'init';
  return settings.autoFailback === 'legacy' && serves ? act(turn) : turn;
}

/** "Tell me what you hold": it holds nothing yet, or will say so. */
const asked = (turn: Turn, from: NodeName): Turn =>
  patchPeer(turn, from, {
    left: false,
    hold: undefined,
    owners: undefined,
    stable: false,
    buried: [],
    mistaken: [],
  });

function answer(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind === 'init') return turn;
  if (!start.hasLooked(state)) return start.answerLater(turn);
  // A node that is starting, too, and holds nothing will take nothing of the asker's: that ends a C node's 10 s wait.
  return state.phase.kind === 'starting' && claimed(state) === 'none'
    ? start.sayHarmless(turn)
    : announce(turn, isStable(state));
}

interface Statement {
  readonly hold: Hold;
  readonly full: boolean;
  readonly isstable?: boolean;
  readonly owners?: readonly NodeName[];
  readonly file?: string;
  readonly heard?: string;
  readonly info?: string;
}

function stated(turn: Turn, from: NodeName, body: Statement): Turn {
  const before = turn.state.peers.get(from);
  const file = readFile(turn.state.settings.self, body.file, body.heard);
  const facts = { ...factsOf(before, body), file: body.full ? file : before?.file };
  const mistaken =
    facts.isOurs === true ? [] : thirdNode.mistakenClaims(turn.state, from, facts.hold);
  const believed = settling.yieldTo(patchPeer(turn, from, { ...facts, mistaken }), from);
  const known = leaveFailed(believed, from);
  const answered = facts.stable && before?.stable !== true ? becameStable(known, from) : known;
  const forStandby = standby.statement(answered, from, {
    hold: facts.hold,
    ...(body.isstable === undefined ? {} : { stable: body.isstable }),
    ...(body.info === undefined ? {} : { info: body.info }),
  });
  const forHeal = settling.statement(forStandby, from, body);
  return start.decide(start.reassure(forHeal, from));
}

function factsOf(
  before: Peer | undefined,
  body: Statement,
): Pick<Peer, 'owners' | 'isOurs' | 'stable' | 'lettingGo'> & { readonly hold: Hold } {
  return {
    hold: body.full ? body.hold : addHold(before?.hold ?? 'none', body.hold),
    owners: body.owners,
    isOurs: body.full ? body.owners !== undefined : before?.isOurs,
    stable: body.isstable ?? before?.stable ?? false,
    // Who says so may run more than it claims: it has not stopped it yet, or is about to start it.
    lettingGo: ['standby', 'shutdown', 'starting'].includes(body.info ?? ''),
  };
}

/** What could not be started here, or is in use elsewhere, and the other side has taken is its affair now. */
function leaveFailed(turn: Turn, from: NodeName): Turn {
  const { groups, owners } = turn.state;
  const lost = claimedBy(turn.state, from).filter((owner) => {
    const own = groups.filter((one) => one.group.owner === owner);
    return (
      owners.has(owner) && own.length > 0 && own.every((one) => hasFailed(one) || isHeldOff(one))
    );
  });
  return lost.length === 0 ? turn : give(turn, lost);
}

/** The other side's step to stable is answered with our own statement (spec resources 10.5). */
function becameStable(turn: Turn, from: NodeName): Turn {
  const told = report(turn, { kind: 'transition-completed', side: 'remote' });
  const { phase, settling: open } = told.state;
  // Nothing is said of what we hold while a C node is being asked: it would only complain.
  if (phase.kind !== 'stable' || (open?.node === from && open.asked)) return told;
  return announce(told, isStable(told.state));
}

/** After every event: groups go on, and what waited for them is carried on, until nothing changes any more. */
function rest(turn: Turn): Turn {
  let current = turn;
  for (let round = 0; round < 16; round += 1) {
    const before = current.state;
    const settlers = [
      reload.settle,
      disputed.settle,
      addressProbe.settle,
      driveGroups,
      start.settle,
      standby.settle,
      legacy.settle,
      settling.settle,
      settling.introduceLeft,
      leave.settle,
    ];
    current = [...settlers, failback.settle, monitor.settle, orphans.settle, tellProgress].reduce(
      (to, one) => one(to),
      current,
    );
    if (current.state === before) return current;
  }
  return current;
}

function driveGroups(turn: Turn): Turn {
  const { phase } = turn.state;
  if (phase.kind === 'init' || phase.kind === 'left') return turn;
  // What shall become of them is not decided yet.
  const work = phase.kind === 'starting' ? look : drive;
  let current = turn;
  for (const { group } of turn.state.groups) {
    const busy = current.state.groups.filter((one) => isBusy(one.run)).length;
    if (busy >= groupsAtOnce) break;
    const state = current.state.groups.find((one) => one.group.key === group.key);
    if (state !== undefined) current = work(current, state);
  }
  return current;
}

/** Lines that people and test suites wait for, when their groups are up. */
function tellProgress(turn: Turn): Turn {
  const { state } = turn;
  if (state.phase.kind !== 'stable' || anyBusy(state) || state.groups.some(isHeldOff)) return turn;
  let current = turn;
  for (const node of state.takeovers)
    current = report(current, { kind: 'takeover-complete', node });
  if (state.takeovers.length > 0) current = patch(current, { takeovers: [] });
  if (state.localPending && atRest(state, [state.settings.self]))
    current = patch(report(current, { kind: 'local-acquisition', none: false }), {
      localPending: false,
    });
  if (state.initialDone) return current;
  const reason = state.takeovers.length > 0 ? 'mach_down' : 'T_RESOURCES(us)';
  return patch(report(current, { kind: 'initial-acquisition-complete', reason }), {
    initialDone: true,
  });
}

/**
 * What the life after a restart of this node is to go on with; undefined while anything is in flux, or in a state
 * that only this life knows of.
 */
export function keptBy(state: Resources): Kept | undefined {
  const { contest, failbackDue, orphans: orphan, owners, promises, requests, takenOver } = state;
  const isReloading = state.newFile !== undefined || state.fresh.size > 0;
  const isOpen = contest !== undefined || orphan.kind === 'probing' || requests.size > 0;
  if (!isStable(state) || isOpen || isReloading || promises.size > 0) return undefined;
  const isStuck = state.groups.some(
    (one) => one.run.kind === 'stop-failed' || one.becomes !== undefined || isHeldOff(one),
  );
  if (isStuck || !atRest(state, state.settings.nodes)) return undefined;
  return { owners: [...owners], takenOver: [...takenOver], failbackDue };
}

/** When the engine wants a `tick`. */
export function nextResourceDeadline(state: Resources): Instant {
  const { phase } = state;
  const wakes = state.groups.map((one) => wakeAt(one) ?? never);
  const own = [
    phase.kind === 'starting' ? phase.askAgainAt : never,
    leave.wakeAt(state),
    standby.deadline(state),
    state.settling?.until ?? never,
    state.contest?.until ?? never,
    failback.wakeAt(state),
    retry.wakeAt(state),
    monitor.wakeAt(state),
    statements.wakeAt(state),
    orphans.wakeAt(state),
    addressProbe.wakeAt(state),
    ...Array.from(state.requests.values(), ({ askAgainAt }) => askAgainAt),
  ];
  return [...wakes, ...own].reduce(earlier, never);
}

const isDecided = ({ kind }: Resources['phase']): boolean => kind === 'stable' || kind === 'left';

/** What `cl_status rscstatus` says (spec resources 1). */
export function holding(state: Resources): Hold | 'transition' {
  // Without quorum nothing is going to change by itself.
  const quiet =
    state.withoutQuorum === undefined ? isDecided(state.phase) : state.phase.kind !== 'init';
  const still = quiet && state.standby.kind === 'none' && state.settling === undefined;
  // In legacy mode nobody says whether it is stable.
  const agreed = state.settings.autoFailback === 'legacy' || othersStable(state);
  return still && agreed && !anyBusy(state) ? claimed(state) : 'transition';
}
