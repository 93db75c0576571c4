/**
 * Watching services: the status of what runs here is asked every so often, and what has died is restarted in place, in
 * its group's order; after too many failures the other node is asked to take it, or it is only reported
 * (docs/monitoring.md; no counterpart in C). Off unless `[monitor]` of extensions.ini says otherwise.
 *
 * A group is watched while it is up and stays: not while it starts, stops or moves. An answer to a question from before
 * that counts for nothing.
 */
import type { Monitoring, Resource, ResourceGroup } from '../config/settings.ts';
import {
  after,
  earlier,
  elapsed,
  millis,
  never,
  seconds,
  type Instant,
  type Millis,
  type NodeName,
} from '../units.ts';
import { mayMove, tryAgain, wouldTake } from './failback.ts';
import { describe, placeOf, restart } from './group.ts';
import { hasFailed } from './hold.ts';
import { alivePeers } from './responsibility.ts';
import { request } from './standby.ts';
import {
  askStatus,
  patch,
  patchGroup,
  report,
  type GroupState,
  type Resources,
  type Turn,
  type Watch,
  type Watched,
} from './state.ts';
import type { JobId, Outcome } from './types.ts';

/** Who has been up for so long is forgiven what was before. */
const forgivenAfter = seconds(600);
const firstPause = 30_000;
const longestPause = 600_000;
const defaultRestarts = 3;

/** How one resource is watched. */
interface Rule {
  readonly interval: Millis;
  /** Undefined: as long as its agent's status may take. */
  readonly timeout: Millis | undefined;
  readonly restarts: number;
  readonly then: 'failover' | 'report';
}

/** What the sections say of a resource, the more particular one first; undefined: it is not watched. */
function ruleOf(
  monitoring: Monitoring | undefined,
  group: ResourceGroup,
  resource: Resource | undefined,
): Rule | undefined {
  if (monitoring === undefined || resource === undefined) return undefined;
  const subjects = [resource.text, resource.agent, `group ${group.key}`, ''];
  const sections = subjects.flatMap((subject) => monitoring.get(subject) ?? []);
  const first = <Value>(values: readonly (Value | undefined)[]): Value | undefined =>
    values.find((value) => value !== undefined);
  const interval = first(sections.map((one) => one.interval)) ?? 0;
  if (interval === 0) return undefined;
  return {
    interval: millis(interval),
    timeout: first(sections.map((one) => one.timeout)),
    restarts: first(sections.map((one) => one.restarts)) ?? defaultRestarts,
    then: first(sections.map((one) => one.then)) ?? 'failover',
  };
}

const ruleAt = ({ settings }: Resources, { group }: GroupState, at: number): Rule | undefined =>
  ruleOf(settings.monitoring, group, group.resources[at]);

/** Whether any member of the group is watched. */
export const isWatched = (state: Resources, one: GroupState): boolean =>
  one.group.resources.some((_, at) => ruleAt(state, one, at) !== undefined);

const patchWatch = (turn: Turn, { group, watch }: GroupState, change: Partial<Watch>): Turn =>
  patchGroup(turn, group.key, { watch: { ...watch, ...change } });

const withMember = ({ members }: Watch, at: number, change: Partial<Watched>): Watched[] =>
  members.map((member, place) => (place === at ? { ...member, ...change } : member));

/** Begins and ends the watching of each group, and has those moved that do not stay up here. */
export function settle(turn: Turn): Turn {
  if (turn.state.settings.monitoring === undefined) return turn;
  return move(turn.state.groups.reduce(follow, turn));
}

function follow(turn: Turn, one: GroupState): Turn {
  const { run, wanted, watch } = one;
  const isUp = turn.state.phase.kind === 'stable' && wanted && run.kind === 'running';
  if (isUp) {
    if (watch.since === undefined) return isWatched(turn.state, one) ? cameUp(turn, one) : turn;
    const isOver = watch.isOffered && turn.state.standby.kind === 'none';
    return isOver ? patchWatch(turn, one, { isOffered: false }) : turn;
  }
  if (!wanted) return isIdle(watch) ? turn : left(turn, one);
  return watch.since === undefined ? turn : patchWatch(turn, one, unasked(watch));
}

const isIdle = ({ since, restarting, isOffered }: Watch): boolean =>
  since === undefined && restarting === undefined && !isOffered;

/** Nothing is asked any more, and no answer is waited for. */
const unasked = ({ members }: Watch): Pick<Watch, 'since' | 'members'> => ({
  since: undefined,
  members: members.map((member) => ({ ...member, askAt: never, job: undefined })),
});

function cameUp(turn: Turn, one: GroupState): Turn {
  const { group, watch } = one;
  const { restarting } = watch;
  const members = watch.members.map((member, at) => {
    const rule = ruleAt(turn.state, one, at);
    const askAt = rule === undefined ? never : after(turn.now, rule.interval);
    const wentOn = restarting !== undefined && at < restarting;
    return wentOn ? { ...member, askAt } : { ...member, askAt, upSince: turn.now, down: undefined };
  });
  const up = { since: turn.now, restarting: undefined, isOffered: false, members };
  if (restarting === undefined) return patchWatch(turn, one, up);
  const resource = group.resources[restarting]?.text ?? group.key;
  const told = report(turn, { kind: 'service-restarted', resource });
  return patchWatch(told, one, { ...up, restarted: watch.restarted + 1 });
}

/** It is given away. */
function left(turn: Turn, one: GroupState): Turn {
  const { watch } = one;
  const quiet = unasked(watch);
  return patchWatch(turn, one, {
    ...quiet,
    members: quiet.members.map((member) => ({ ...member, failures: 0, down: undefined })),
    restarting: undefined,
    isOffered: false,
    hasMoved: watch.hasMoved || watch.isOffered,
    moved: watch.moved + (watch.isOffered ? 1 : 0),
  });
}

/** Asks the other node for the set of a group that does not stay up here: the wire knows no smaller unit. */
function move(turn: Turn): Turn {
  const { state } = turn;
  const isPossible = state.settings.autoFailback !== 'legacy' && mayMove(state);
  if (!isPossible || state.failbackPause !== undefined) return turn;
  const { self } = state.settings;
  const due = state.groups.filter(
    (one) => isDueElsewhere(state, one) && hasTaker(state, one.group.owner),
  );
  const first = due[0];
  if (first === undefined) return turn;
  const isOwn = first.group.owner === self;
  const hold = isOwn ? 'local' : 'foreign';
  const offered = due
    .filter((one) => (one.group.owner === self) === isOwn)
    .reduce((current, one) => patchWatch(current, one, { isOffered: true }), turn);
  const told = report(offered, { kind: 'service-moves', group: first.group.key, hold });
  return request(patch(told, { failbackPause: after(turn.now, tryAgain) }), hold);
}

/** Whether another node would start what moves with the groups of that owner. */
const hasTaker = (state: Resources, owner: NodeName): boolean =>
  alivePeers(state).some((node) => wouldTake(state, node, owner === state.settings.self));

function isDueElsewhere(state: Resources, one: GroupState): boolean {
  const { failedThere, wanted, watch } = one;
  if (!wanted || failedThere || watch.hasMoved) return false;
  const { restarting } = watch;
  if (hasFailed(one) && restarting !== undefined)
    return ruleAt(state, one, restarting)?.then === 'failover';
  return (
    watch.since !== undefined && watch.members.some(({ down }) => down?.isDueElsewhere === true)
  );
}

/** Asks what is due, and starts again what has waited long enough. */
export const tick = (turn: Turn): Turn => turn.state.groups.reduce(tickGroup, turn);

function tickGroup(turn: Turn, one: GroupState): Turn {
  const { members, since } = one.watch;
  if (since === undefined) return turn;
  const from = members.findIndex(({ down }) => down !== undefined && down.restartAt <= turn.now);
  if (from !== -1) return restartFrom(turn, one, from);
  return [...members.keys()].reduce((current, at) => askMember(current, one, at), turn);
}

function askMember(turn: Turn, { group }: GroupState, at: number): Turn {
  const one = turn.state.groups.find((other) => other.group.key === group.key);
  const askAt = one?.watch.members[at]?.askAt ?? never;
  if (one === undefined || askAt > turn.now) return turn;
  const asked = askStatus(turn, group, at, ruleAt(turn.state, one, at)?.timeout);
  const members = withMember(one.watch, at, { askAt: never, job: asked.id });
  return patchWatch(asked.turn, one, { members });
}

function restartFrom(turn: Turn, one: GroupState, from: number): Turn {
  return restart(patchWatch(turn, one, { restarting: from }), one, from);
}

/** The answer to a question of ours; the outcome of any other call is passed over. */
export function ran(turn: Turn, one: GroupState, job: JobId, outcome: Outcome): Turn {
  const at = one.watch.members.findIndex((member) => member.job === job);
  const member = one.watch.members[at];
  const rule = ruleAt(turn.state, one, at);
  if (member === undefined || rule === undefined) return turn;
  const next = { job: undefined, askAt: after(turn.now, rule.interval), isUnknown: false };
  const save = (to: Turn, change: Partial<Watched>): Turn =>
    patchWatch(to, one, { members: withMember(one.watch, at, { ...next, ...change }) });
  const resource = one.group.resources[at]?.text ?? one.group.key;
  switch (outcome.kind) {
    case 'done':
    case 'running':
      if (member.down === undefined) return save(turn, {});
      return save(report(turn, { kind: 'service-runs-again', resource }), {
        down: undefined,
        upSince: turn.now,
      });
    case 'not-found':
    case 'not-started': {
      // Nobody knows how it is: that is no reason to stop it.
      if (member.isUnknown) return save(turn, { isUnknown: true });
      const told = report(turn, { kind: 'status-unknown', resource, why: describe(outcome) });
      return save(told, { isUnknown: true });
    }
    case 'stopped':
    case 'failed':
    case 'timed-out':
      if (member.down !== undefined) {
        const isStopped = outcome.kind === 'stopped';
        return save(turn, { down: { ...member.down, isStopped } });
      }
      return failed(
        turn,
        one,
        at,
        judge(turn, one, { member: { ...member, ...next }, rule, outcome }),
      );
  }
}

interface Answer {
  readonly member: Watched;
  readonly rule: Rule;
  readonly outcome: Outcome;
}

/** What a failure means. */
interface Verdict {
  readonly member: Watched;
  /** Its group had been well here until now. */
  readonly wasWell: boolean;
  readonly next: 'restart' | 'report' | 'failover' | 'stay' | 'nobody';
  readonly pause: Millis;
}

function judge(turn: Turn, one: GroupState, { member, rule, outcome }: Answer): Verdict {
  const wasWell = elapsed(member.upSince, turn.now) >= forgivenAfter;
  const failures = wasWell ? 1 : member.failures + 1;
  const extra = failures - rule.restarts;
  const pause = millis(Math.min(longestPause, firstPause * 2 ** Math.max(0, extra - 1)));
  const isStopped = outcome.kind === 'stopped';
  const why = isStopped ? 'its status says that it does not run' : `status: ${describe(outcome)}`;
  const next = extra > 0 ? nextStep(turn.state, one, rule, wasWell) : 'restart';
  const restartAt = next === 'report' ? never : after(turn.now, extra > 0 ? pause : millis(0));
  const isDueElsewhere = extra > 0 && rule.then === 'failover';
  const down = { why, isStopped, restartAt, isDueElsewhere };
  return { member: { ...member, failures, down }, wasWell, next, pause };
}

function nextStep(
  state: Resources,
  { failedThere, group, watch }: GroupState,
  { then }: Rule,
  wasWell: boolean,
): Verdict['next'] {
  if (then === 'report') return 'report';
  if (state.settings.autoFailback === 'legacy' || !hasTaker(state, group.owner)) return 'nobody';
  return failedThere || (watch.hasMoved && !wasWell) ? 'stay' : 'failover';
}

function failed(turn: Turn, { group, watch }: GroupState, at: number, verdict: Verdict): Turn {
  const { member, wasWell, next, pause } = verdict;
  const told = report(turn, {
    kind: 'service-failed',
    resource: group.resources[at]?.text ?? group.key,
    at: placeOf(group, at),
    why: member.down?.why ?? '',
    count: member.failures,
    next,
    pause,
  });
  return patchGroup(told, group.key, {
    watch: {
      ...watch,
      failed: watch.failed + 1,
      hasMoved: watch.hasMoved && !wasWell,
      members: withMember(watch, at, member),
    },
  });
}

/** An operator moves groups, or wants them tried again: what failed before counts no more. */
export function pardon(turn: Turn): Turn {
  return turn.state.groups.reduce((current, one) => {
    const members = one.watch.members.map((member) => ({
      ...member,
      failures: 0,
      down: member.down && { ...member.down, restartAt: turn.now, isDueElsewhere: false },
    }));
    return patchWatch(current, one, { members, hasMoved: false });
  }, turn);
}

/** When `tick` has something to do. */
export function wakeAt({ groups }: Resources): Instant {
  const due = groups
    .filter(({ watch }) => watch.since !== undefined)
    .flatMap(({ watch }) =>
      watch.members.map(({ askAt, down }) => earlier(askAt, down?.restartAt ?? never)),
    );
  return due.reduce(earlier, never);
}

/** What watching has found here, for people: a line for each watched group. */
export function monitorText(state: Resources): string {
  const lines = state.groups.filter((one) => isWatched(state, one)).map((one) => groupText(one));
  return lines.length === 0 ? 'nothing is watched' : lines.join('; ');
}

function groupText({ group, watch, run }: GroupState): string {
  const down = watch.members.flatMap((member, at) =>
    member.down === undefined
      ? []
      : [`${group.resources[at]?.text ?? '?'} failed (${member.down.why})`],
  );
  const counts = `failures ${String(watch.failed)}, restarts ${String(watch.restarted)}, moves ${String(watch.moved)}`;
  const how = down.length > 0 ? down.join(', ') : watch.since === undefined ? run.kind : 'ok';
  return `${group.key}: ${how} (${counts})`;
}
