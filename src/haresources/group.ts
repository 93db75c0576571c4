/**
 * One line of haresources on this node: started from the left, stopped from the right.
 *
 *   unknown --look--> stopped | found (left over) --wanted--> starting, or else stopping
 *   stopped --wanted--> starting --all up--> running
 *                          | a start fails
 *                          v
 *   running --not wanted--> stopping --all down--> stopped (or failed)
 *                              | stop fails 11 times, status says it still runs
 *                              v
 *                          stop-failed: still held, never taken for stopped
 *
 *   running --restart--> stopping, down to the member that failed --> starting
 */
import { after, millis, type Instant } from '../units.ts';
import type { ResourceGroup } from '../config/settings.ts';
import {
  awaitedElsewhere,
  fileObstacle,
  goesElsewhere,
  obstacleTo,
  remnantAnywhere,
  remnantOf,
} from './agreement.ts';
import { asInFile } from './running.ts';
import {
  emit,
  newWatch,
  patchGroup,
  report,
  runJob,
  type Becoming,
  type GroupRun,
  type GroupState,
  type Seen,
  type StopStep,
  type Turn,
} from './state.ts';
import type { JobId, Outcome } from './types.ts';

/** Stops are tried again this often, this far apart (spec resources 3.4, HA_STOPRETRYMAX). */
const stopRetries = 10;
const stopPause = millis(1000);

type RunOf<Kind> = Extract<GroupRun, { readonly kind: Kind }>;

/** Whether scripts of this group are at work, or about to be. */
export function isBusy(run: GroupRun): boolean {
  return (
    run.kind === 'looking' ||
    run.kind === 'starting' ||
    run.kind === 'stopping' ||
    run.kind === 'pausing' ||
    run.kind === 'verifying'
  );
}

/** Whether its address is being asked for, and nobody has answered so far. */
export const isProbing = ({ probe, wanted }: GroupState): boolean =>
  wanted && probe?.kind === 'asking' && !probe.again;

/** Whether it is not started here because its address is in use elsewhere. */
export const isHeldOff = (state: GroupState): boolean =>
  state.wanted && state.probe !== undefined && !isProbing(state);

/** Whether it is known what an earlier heartbeat left of it. */
export const isLookedAt = ({ run }: GroupState): boolean =>
  run.kind !== 'unknown' && run.kind !== 'looking';

/** Where the group is in haresources, for people: the file and line of a member. */
export function placeOf(group: ResourceGroup, at: number): string {
  const position = (group.resources[at] ?? group).at;
  return `${position.file}:${String(position.line)}:${String(position.column)}`;
}

const textOf = (group: ResourceGroup, at: number): string => group.resources[at]?.text ?? '?';

const listOf = (group: ResourceGroup): string =>
  [group.owner, ...group.resources.map((resource) => resource.text)].join(' ');

/** Takes a resting group one step towards what is wanted of it; busy ones are left alone. */
export function drive(turn: Turn, state: GroupState): Turn {
  return state.wanted ? driveUp(turn, state) : driveDown(turn, state);
}

function driveUp(turn: Turn, state: GroupState): Turn {
  const { becomes, failedHere, probe, run } = state;
  if (becomes !== undefined) return failedHere ? turn : driveChange(turn, state, becomes);
  if (probe !== undefined) return turn;
  if (run.kind === 'found') return begin(turn, state);
  if (run.kind === 'unknown' || run.kind === 'stopped')
    return obstacleTo(turn.state, state) === undefined ? begin(turn, state) : turn;
  // It was to go elsewhere and did not: what could be stopped of it is started again.
  return run.kind === 'stop-failed' && !failedHere ? begin(turn, state) : turn;
}

function driveChange(turn: Turn, state: GroupState, becomes: Becoming): Turn {
  if (state.run.kind === 'running') return change(turn, state, becomes);
  if (state.run.kind !== 'stop-failed') return turn;
  // It was to be stopped and could not be, and is to go on until the others have read where it goes.
  return awaitedElsewhere(turn.state, state) === undefined ? turn : begin(turn, state);
}

function driveDown(turn: Turn, state: GroupState): Turn {
  const { run, group } = state;
  if (run.kind === 'unknown')
    // What runs as a part of another group is not left over from this one.
    return remnantOf(turn.state, state) === undefined ? look(turn, state) : turn;
  if (run.kind === 'running') return release(turn, state);
  if (run.kind === 'found')
    return release(report(turn, { kind: 'left-over', group: group.key }), state, true);
  return run.kind === 'failed' ? patchGroup(turn, group.key, { run: { kind: 'stopped' } }) : turn;
}

/** A reload has changed it: what stays as it was, from the left, stays up. */
function change(turn: Turn, state: GroupState, becomes: Becoming): Turn {
  const { group } = state;
  if (becomes.kind === 'removed' || becomes.group.owner !== group.owner) return turn;
  const obstacle = awaitedElsewhere(turn.state, state) ?? fileObstacle(turn.state, state);
  if (obstacle !== undefined) return turn;
  const keep = sameFromLeft(group, becomes.group);
  // Where groups swap members, each has to let go of its own before the other can start it.
  const isSwap = keep < group.resources.length && goesElsewhere(turn.state, state);
  if (!isSwap && remnantAnywhere(turn.state, state) !== undefined) return turn;
  const told = report(turn, { kind: 'changing-group', group: listOf(becomes.group) });
  return stopMember(told, group, { ...allOf(group), down: downIn(state), keep });
}

function sameFromLeft(one: ResourceGroup, other: ResourceGroup): number {
  const differs = one.resources.findIndex(({ text }, at) => text !== other.resources[at]?.text);
  return differs === -1 ? one.resources.length : differs;
}

/** What a reload has taken out of the group is down: what it has brought is started. */
function changed(turn: Turn, key: string, keep: number): Turn {
  const state = turn.state.groups.find((one) => one.group.key === key);
  if (state === undefined) return turn;
  const next = asInFile(state);
  const isEarly = state.wanted && remnantAnywhere(turn.state, state) !== undefined;
  if (isEarly) return only(turn, next, keep);
  const renewed = patchGroup(turn, key, {
    group: next,
    becomes: undefined,
    watch: newWatch(next),
  });
  if (!state.wanted) return stopMember(renewed, next, { ...allOf(next), at: keep - 1 });
  const asked = askAll(renewed, next, keep);
  const seen = next.resources.map((_, at): Seen => (at < keep ? 'running' : 'asked'));
  const { checks } = asked;
  const starting = { kind: 'starting', checks, seen, at: keep, job: undefined, keep } as const;
  return startNext(asked.turn, next, starting);
}

/** What a reload has brought does not start: what ran before goes on without it. */
function withoutNew(turn: Turn, group: ResourceGroup, keep: number): Turn {
  return only(report(turn, { kind: 'goes-on-without', group: group.key }), group, keep);
}

/** The members left of `keep` run, and the others are still to come. */
function only(turn: Turn, group: ResourceGroup, keep: number): Turn {
  const rest = { ...group, resources: group.resources.slice(0, keep) };
  return patchGroup(turn, group.key, {
    group: rest,
    becomes: { kind: 'changed', group },
    run: { kind: 'running' },
    watch: newWatch(rest),
  });
}

/** Tries again to stop what could not be stopped before. */
export function retryStop(turn: Turn, state: GroupState): Turn {
  const { becomes, run, group } = state;
  if (run.kind !== 'stop-failed') return turn;
  const isOurs = becomes?.kind === 'changed' && becomes.group.owner === group.owner;
  const stays = isOurs ? sameFromLeft(group, becomes.group) : 0;
  const keep = state.wanted ? Math.min(stays, run.at) : 0;
  const from = { at: run.at, ranUpTo: run.at + 1, hadFailed: true, keep };
  return stopMember(turn, group, { ...allOf(group), ...from });
}

const allOf = ({ resources }: ResourceGroup): StopStep => ({
  at: resources.length - 1,
  tries: 0,
  ranUpTo: resources.length,
  gaveUp: false,
  leftOver: false,
  hadFailed: false,
  down: new Set(),
  restartFrom: undefined,
  keep: 0,
});

/** What watching has found to run no more. */
const downIn = ({ watch }: GroupState): ReadonlySet<number> =>
  new Set([...watch.members.keys()].filter((at) => watch.members[at]?.down?.isStopped === true));

/** Stops the members of a running group down to the one at `from`, and starts them again. */
export function restart(turn: Turn, state: GroupState, from: number): Turn {
  const { group } = state;
  return stopMember(turn, group, { ...allOf(group), down: downIn(state), restartFrom: from });
}

/** What was stopped is started again, unless the whole group is to be stopped by now. */
function startFrom(turn: Turn, group: ResourceGroup, step: StopStep, from: number): Turn {
  const isWanted = turn.state.groups.some((one) => one.group.key === group.key && one.wanted);
  if (!isWanted) return stopMember(turn, group, { ...step, restartFrom: undefined });
  const seen = group.resources.map((_, at): Seen => (at < from ? 'running' : 'stopped'));
  return startNext(turn, group, {
    kind: 'starting',
    checks: new Map(),
    seen,
    at: from,
    job: undefined,
    keep: 0,
  });
}

function askAll(
  turn: Turn,
  group: ResourceGroup,
  from = 0,
): { readonly turn: Turn; readonly checks: ReadonlyMap<JobId, number> } {
  const checks = new Map<JobId, number>();
  let current = turn;
  for (let at = from; at < group.resources.length; at += 1) {
    const asked = runJob(current, group, at, 'status');
    current = asked.turn;
    checks.set(asked.id, at);
  }
  return { turn: current, checks };
}

/** Finds out what an earlier heartbeat has left behind; nothing, when that is known. */
export function look(turn: Turn, { group, run }: GroupState): Turn {
  if (run.kind !== 'unknown') return turn;
  const asked = askAll(turn, group);
  return patchGroup(asked.turn, group.key, {
    run: { kind: 'looking', checks: asked.checks, running: new Set() },
  });
}

function begin(turn: Turn, { group }: GroupState): Turn {
  const asked = askAll(report(turn, { kind: 'acquiring-group', group: listOf(group) }), group);
  const seen = group.resources.map((): Seen => 'asked');
  return startNext(asked.turn, group, {
    kind: 'starting',
    checks: asked.checks,
    seen,
    at: 0,
    job: undefined,
    keep: 0,
  });
}

function release(turn: Turn, state: GroupState, leftOver = false): Turn {
  const { group } = state;
  const told = report(turn, { kind: 'releasing-group', group: listOf(group) });
  return stopMember(told, group, { ...allOf(group), down: downIn(state), leftOver });
}

/** The outcome of a call that belongs to this group. */
export function ran(turn: Turn, state: GroupState, job: JobId, outcome: Outcome): Turn {
  const { run } = state;
  switch (run.kind) {
    case 'looking':
      return looked(turn, state, run, { job, outcome });
    case 'starting':
      return run.job === job
        ? started(turn, state, run, outcome)
        : checked(turn, state, run, { job, outcome });
    case 'stopping':
      return run.job === job ? stopped(turn, state, run, outcome) : turn;
    case 'verifying':
      return run.job === job ? verified(turn, state, run, outcome) : turn;
    case 'unknown':
    case 'found':
    case 'stopped':
    case 'running':
    case 'pausing':
    case 'failed':
    case 'stop-failed':
      return turn;
  }
}

interface Answer {
  readonly job: JobId;
  readonly outcome: Outcome;
}

function looked(turn: Turn, state: GroupState, run: RunOf<'looking'>, answer: Answer): Turn {
  const at = run.checks.get(answer.job);
  if (at === undefined) return turn;
  const checks = without(run.checks, answer.job);
  const running = new Set(run.running);
  if (answer.outcome.kind === 'running') running.add(at);
  const { group } = state;
  if (checks.size > 0)
    return patchGroup(turn, group.key, { run: { kind: 'looking', checks, running } });
  return afterLook(turn, state, running);
}

/**
 * A daemon that died half way through a start or a stop leaves members behind from the left; what runs without them is
 * somebody else's affair.
 */
function afterLook(turn: Turn, state: GroupState, running: ReadonlySet<number>): Turn {
  const { group } = state;
  const isFromLeft = running.size > 0 && [...running].every((at) => at < running.size);
  if (isFromLeft) return patchGroup(turn, group.key, { run: { kind: 'found' } });
  let told = turn;
  for (const at of running) {
    if (state.wanted) continue;
    const resource = textOf(group, at);
    told = report(told, { kind: 'runs-unasked', resource, at: placeOf(group, at) });
  }
  return patchGroup(told, group.key, { run: { kind: 'stopped' } });
}

function checked(turn: Turn, state: GroupState, run: RunOf<'starting'>, answer: Answer): Turn {
  const at = run.checks.get(answer.job);
  if (at === undefined) return turn;
  const checks = without(run.checks, answer.job);
  const found: Seen = answer.outcome.kind === 'running' ? 'running' : 'stopped';
  const seen = run.seen.with(at, found);
  if (!state.wanted && run.job === undefined) return release(turn, state);
  return startNext(turn, state.group, { ...run, checks, seen });
}

/** Starts the leftmost member that does not run, as soon as its own status is known. */
function startNext(turn: Turn, group: ResourceGroup, run: RunOf<'starting'>): Turn {
  const save = (to: Turn, next: GroupRun): Turn => patchGroup(to, group.key, { run: next });
  if (run.job !== undefined) return save(turn, run);
  let at = run.at;
  while (run.seen[at] === 'running') at += 1;
  if (at >= group.resources.length) return save(turn, { kind: 'running' });
  if (run.seen[at] === 'asked') return save(turn, { ...run, at });
  const begun = runJob(turn, group, at, 'start');
  return save(begun.turn, { ...run, at, job: begun.id });
}

function started(turn: Turn, state: GroupState, run: RunOf<'starting'>, outcome: Outcome): Turn {
  const { group } = state;
  if (outcome.kind !== 'done') {
    const told = report(turn, {
      kind: 'start-failed',
      resource: textOf(group, run.at),
      at: placeOf(group, run.at),
      why: describe(outcome),
    });
    const neverRan = outcome.kind === 'not-found' || outcome.kind === 'not-started';
    const ranUpTo = neverRan ? run.at : run.at + 1;
    const failed = patchGroup(told, group.key, {
      failedHere: true,
      failedAt: turn.now,
      failures: state.failures + 1,
    });
    const { keep } = run;
    return stopMember(failed, group, { ...allOf(group), ranUpTo, gaveUp: true, keep });
  }
  if (!state.wanted) return release(turn, state);
  const seen = run.seen.with(run.at, 'running');
  return startNext(turn, group, { ...run, seen, at: run.at + 1, job: undefined });
}

function stopMember(turn: Turn, group: ResourceGroup, step: StopStep): Turn {
  if (step.restartFrom !== undefined && step.at < step.restartFrom)
    return startFrom(turn, group, step, step.restartFrom);
  if (step.keep > 0 && step.at < step.keep)
    return step.gaveUp ? withoutNew(turn, group, step.keep) : changed(turn, group.key, step.keep);
  if (step.at < 0) {
    const kind = step.gaveUp ? 'failed' : 'stopped';
    return patchGroup(turn, group.key, { run: { kind } });
  }
  const begun = runJob(turn, group, step.at, 'stop');
  return patchGroup(begun.turn, group.key, { run: { kind: 'stopping', job: begun.id, step } });
}

const stopLeft = (turn: Turn, group: ResourceGroup, step: StopStep): Turn =>
  stopMember(turn, group, { ...step, at: step.at - 1, tries: 0 });

function stopped(turn: Turn, state: GroupState, run: RunOf<'stopping'>, outcome: Outcome): Turn {
  const { group } = state;
  const { step } = run;
  if (outcome.kind === 'done') return stopLeft(turn, group, step);
  // What has no agent and was never started here cannot be running through us.
  if (outcome.kind === 'not-found' && step.at >= step.ranUpTo) return stopLeft(turn, group, step);
  // One that was never started is only asked whether it runs: nobody knows what its stop may mean.
  const ran = hasRun(step);
  if (ran && step.tries < stopRetries && outcome.kind === 'failed') {
    const told = report(turn, { kind: 'stop-retry', resource: textOf(group, step.at) });
    const until = after(turn.now, stopPause);
    return patchGroup(told, group.key, {
      run: { kind: 'pausing', until, step: { ...step, tries: step.tries + 1 } },
    });
  }
  const asked = runJob(turn, group, step.at, 'status');
  return patchGroup(asked.turn, group.key, { run: { kind: 'verifying', job: asked.id, step } });
}

const hasRun = ({ at, down, ranUpTo }: StopStep): boolean => at < ranUpTo && !down.has(at);

/** A failed stop is believed to have stopped only if `status` says so in words. */
function verified(turn: Turn, state: GroupState, run: RunOf<'verifying'>, outcome: Outcome): Turn {
  const { group } = state;
  const { at } = run.step;
  const resource = textOf(group, at);
  if (outcome.kind === 'stopped') {
    const told = hasRun(run.step) ? report(turn, { kind: 'stop-suspect', resource }) : turn;
    return stopLeft(told, group, run.step);
  }
  // It was said to be down, and runs again: now its stop is insisted on.
  if (run.step.down.has(at)) {
    const down = new Set([...run.step.down].filter((other) => other !== at));
    return stopMember(turn, group, { ...run.step, down });
  }
  const told = report(turn, { kind: 'stop-failed', resource, at: placeOf(group, at) });
  return resetSelf(patchGroup(told, group.key, { run: { kind: 'stop-failed', at } }));
}

/** Nobody else may start what still runs here: only a reset of this machine is a stop now, if that is wanted. */
function resetSelf(turn: Turn): Turn {
  const { peers, settings } = turn.state;
  const { stopFailure: how = 'hold' } = settings;
  // Nobody would reset a node that falls silent alone.
  const isHeard = [...peers.values()].some(({ alive, left }) => alive && !left);
  if (how === 'hold' || (how === 'fence' && !isHeard)) return turn;
  const told = report(turn, { kind: how === 'reboot' ? 'reboot-required' : 'falls-silent' });
  return emit(told, { kind: 'cannot-stop', how });
}

/** Carries on a stop whose pause is over. */
export function wake(turn: Turn, state: GroupState): Turn {
  const { run, group } = state;
  if (run.kind !== 'pausing' || turn.now < run.until) return turn;
  return stopMember(turn, group, run.step);
}

/** When `wake` has something to do. */
export function wakeAt(state: GroupState): Instant | undefined {
  return state.run.kind === 'pausing' ? state.run.until : undefined;
}

/** An outcome in words for people. */
export function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'done':
    case 'running':
    case 'stopped':
      return outcome.kind;
    case 'failed':
      return outcome.code === undefined ? outcome.why : `exit code ${String(outcome.code)}`;
    case 'timed-out':
      return `did not end within ${String(outcome.limit / 1000)} s`;
    case 'not-found':
      return 'no such resource script, built-in agent or service';
    case 'not-started':
      return outcome.why;
  }
}

function without<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
