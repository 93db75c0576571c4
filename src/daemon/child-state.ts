/**
 * The programs of `respawn` and `failfast`, as a pure machine: who is to be started, started again, given up or stopped
 * (spec membership 9, config 10).
 *
 *   waiting ─▶ launching ─▶ running ─▶ ended            (exit 100, too fast, shutdown)
 *                  ▲           └─────▶ pausing ─┐       (a short life: one second)
 *                  └────────────────────────────┘
 */
import { unreachable } from '../assert.ts';
import type { LogLine } from '../log-line.ts';
import { after, earlier, elapsed, type Instant, never, seconds } from '../units.ts';
import type { ChildEnd, ChildProgram } from './child-program.ts';
import * as words from './child-words.ts';

/** A child that lived for less than this counts as short-lived. */
const shortLife = seconds(30);
const pauseAfterShortLife = seconds(1);
/** So many short lives in a row are borne; one more, and the child is given up. */
const maxShortLives = 10;
/** The exit code by which a child asks not to be started again. */
const neverAgain = 100;
/** A child that ignores SIGTERM for so long is killed; C waits for it without limit. */
const termToKill = seconds(30);
/** Nothing ends a process in an uninterruptible wait: the shutdown goes on without it. */
const killToGiveUp = seconds(5);

type Run =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'launching'; readonly shortLives: number }
  | {
      readonly kind: 'running';
      readonly pid: number;
      readonly since: Instant;
      readonly shortLives: number;
    }
  | { readonly kind: 'pausing'; readonly until: Instant; readonly shortLives: number }
  | { readonly kind: 'ended' };

type Phase =
  | { readonly kind: 'open' }
  | { readonly kind: 'stopping'; readonly sent: Sent | undefined }
  | { readonly kind: 'stopped' };

/** The child that is being stopped, and when that takes too long. */
interface Sent {
  readonly index: number;
  readonly signal: 'SIGTERM' | 'SIGKILL';
  readonly patienceUntil: Instant;
}

export interface Children {
  /** In the order of ha.cf. */
  readonly programs: readonly ChildProgram[];
  readonly runs: readonly Run[];
  readonly phase: Phase;
}

export type ChildEvent =
  | { readonly kind: 'tick' }
  /** The node is active: start them all. */
  | { readonly kind: 'start' }
  | { readonly kind: 'launched'; readonly index: number; readonly pid: number }
  /** The system refused to start it; it counts as an exit with 100. */
  | { readonly kind: 'not-launched'; readonly index: number; readonly why: string }
  | { readonly kind: 'ended'; readonly index: number; readonly end: ChildEnd }
  /** The node leaves: stop them, the last started first. */
  | { readonly kind: 'stop' };

export type ChildEffect =
  | { readonly kind: 'launch'; readonly index: number }
  /** To the child's process group. */
  | {
      readonly kind: 'signal';
      readonly pid: number;
      readonly signal: 'SIGTERM' | 'SIGKILL';
    }
  | { readonly kind: 'log'; readonly line: LogLine }
  /** One of failfast has failed: this machine is to be rebooted for it. */
  | { readonly kind: 'failfast'; readonly words: string }
  /** None is left; said once. */
  | { readonly kind: 'stopped' };

export interface ChildStep {
  readonly state: Children;
  /** To be carried out in their order. */
  readonly effects: readonly ChildEffect[];
}

export function createChildren(programs: readonly ChildProgram[]): Children {
  return { programs, runs: programs.map(() => ({ kind: 'waiting' })), phase: { kind: 'open' } };
}

/** What becomes of the children when `event` happens. */
export function stepChildren(state: Children, event: ChildEvent, now: Instant): ChildStep {
  switch (event.kind) {
    case 'tick':
      return tick(state, now);
    case 'start':
      return start(state);
    case 'launched':
      return launched(state, event, now);
    case 'not-launched':
      return goOn(
        say(ended(state, event.index), words.notLaunched(program(state, event.index), event.why)),
        now,
      );
    case 'ended':
      return goOn(died(state, event.index, event.end, now), now);
    case 'stop':
      return stop(state, now);
    default:
      return unreachable(event);
  }
}

/** When the children want a `tick`. */
export function nextChildDeadline({ phase, runs }: Children): Instant {
  if (phase.kind === 'stopping') return phase.sent?.patienceUntil ?? never;
  const pauses = runs.map((run) => (run.kind === 'pausing' ? run.until : never));
  return pauses.reduce(earlier, never);
}

/** The process groups that are there. */
export function childPids({ runs }: Children): readonly number[] {
  return runs.flatMap((run) => (run.kind === 'running' ? [run.pid] : []));
}

function start(state: Children): ChildStep {
  return state.runs.reduce<ChildStep>(
    (step, run, index) =>
      run.kind === 'waiting' && state.phase.kind === 'open'
        ? then(step, (next) => launch(say(next, words.starting(program(next, index))), index, 0))
        : step,
    { state, effects: [] },
  );
}

function tick(state: Children, now: Instant): ChildStep {
  if (state.phase.kind === 'stopping') return outOfPatience(state, now);
  return state.runs.reduce<ChildStep>(
    (step, run, index) =>
      run.kind === 'pausing' && now >= run.until
        ? then(step, (next) => launch({ state: next, effects: [] }, index, run.shortLives))
        : step,
    { state, effects: [] },
  );
}

function launched(
  state: Children,
  { index, pid }: Extract<ChildEvent, { kind: 'launched' }>,
  now: Instant,
): ChildStep {
  const run = state.runs[index];
  const shortLives = run?.kind === 'launching' ? run.shortLives : 0;
  const running = setRun(state, index, { kind: 'running', pid, since: now, shortLives });
  return goOn(say(running, words.launched(program(state, index), pid)), now);
}

function died(state: Children, index: number, end: ChildEnd, now: Instant): ChildStep {
  const run = state.runs[index];
  if (run?.kind !== 'running') return { state, effects: [] };
  const child = program(state, index);
  const isLeaving = state.phase.kind !== 'open';
  const told = say(ended(state, index), words.ended(child, run.pid, end, isLeaving));
  if (isLeaving) return told;
  const failed = child.kind === 'failfast' && !(end.kind === 'exited' && end.code === 0);
  const ask: ChildEffect = { kind: 'failfast', words: child.words };
  const judged = failed ? { ...told, effects: [...told.effects, ask] } : told;
  if (end.kind === 'exited' && end.code === neverAgain) return judged;
  const isShort = elapsed(run.since, now) < shortLife;
  const shortLives = isShort ? run.shortLives + 1 : 0;
  return then(judged, (next) => again(next, { index, shortLives }, now));
}

function again(
  state: Children,
  { index, shortLives }: { readonly index: number; readonly shortLives: number },
  now: Instant,
): ChildStep {
  const child = program(state, index);
  if (shortLives > maxShortLives) return say(state, words.tooFast(child));
  const told = say(state, words.respawning(child), words.starting(child));
  if (shortLives === 0) return then(told, (next) => launch(quiet(next), index, 0));
  const until = after(now, pauseAfterShortLife);
  return then(told, (next) => quiet(setRun(next, index, { kind: 'pausing', until, shortLives })));
}

/** Those that wait for their next life have had their last. */
function stop(state: Children, now: Instant): ChildStep {
  if (state.phase.kind !== 'open') return quiet(state);
  const runs = state.runs.map((run): Run => {
    return run.kind === 'running' || run.kind === 'launching' ? run : { kind: 'ended' };
  });
  return stopNext({ ...state, runs, phase: { kind: 'stopping', sent: undefined } }, now);
}

/** One that has just been started or has just gone may be what a stop is waiting for. */
function goOn(step: ChildStep, now: Instant): ChildStep {
  const { phase, runs } = step.state;
  if (phase.kind !== 'stopping') return step;
  const isWaitedFor = phase.sent !== undefined && runs[phase.sent.index]?.kind === 'running';
  return isWaitedFor ? step : then(step, (next) => stopNext(next, now));
}

function stopNext(state: Children, now: Instant): ChildStep {
  const index = state.runs.findLastIndex(
    (run) => run.kind === 'running' || run.kind === 'launching',
  );
  const run = state.runs[index];
  if (run === undefined) {
    return { state: { ...state, phase: { kind: 'stopped' } }, effects: [{ kind: 'stopped' }] };
  }
  if (run.kind !== 'running')
    return quiet({ ...state, phase: { kind: 'stopping', sent: undefined } });
  const sent: Sent = { index, signal: 'SIGTERM', patienceUntil: after(now, termToKill) };
  return signal(state, sent, run.pid);
}

function outOfPatience(state: Children, now: Instant): ChildStep {
  const sent = state.phase.kind === 'stopping' ? state.phase.sent : undefined;
  const run = sent === undefined ? undefined : state.runs[sent.index];
  if (sent === undefined || run?.kind !== 'running' || now < sent.patienceUntil) {
    return quiet(state);
  }
  const child = program(state, sent.index);
  if (sent.signal === 'SIGTERM') {
    const kill: Sent = { ...sent, signal: 'SIGKILL', patienceUntil: after(now, killToGiveUp) };
    return then(say(state, words.ignoresTerm(child, run.pid)), (next) =>
      signal(next, kill, run.pid),
    );
  }
  return then(say(ended(state, sent.index), words.leftBehind(child, run.pid)), (next) =>
    stopNext(next, now),
  );
}

function signal(state: Children, sent: Sent, pid: number): ChildStep {
  const next: Children = { ...state, phase: { kind: 'stopping', sent } };
  const told = say(next, words.killing(program(state, sent.index), pid, sent.signal));
  return { ...told, effects: [...told.effects, { kind: 'signal', pid, signal: sent.signal }] };
}

function launch({ effects, state }: ChildStep, index: number, shortLives: number): ChildStep {
  return {
    state: setRun(state, index, { kind: 'launching', shortLives }),
    effects: [...effects, { kind: 'launch', index }],
  };
}

const quiet = (state: Children): ChildStep => ({ state, effects: [] });

const ended = (state: Children, index: number): Children => setRun(state, index, { kind: 'ended' });

function say(state: Children, ...lines: readonly LogLine[]): ChildStep {
  return { state, effects: lines.map((line) => ({ kind: 'log', line })) };
}

function then(step: ChildStep, next: (state: Children) => ChildStep): ChildStep {
  const { effects, state } = next(step.state);
  return { state, effects: [...step.effects, ...effects] };
}

function setRun(state: Children, index: number, run: Run): Children {
  return { ...state, runs: state.runs.map((each, at) => (at === index ? run : each)) };
}

function program(state: Children, index: number): ChildProgram {
  const found = state.programs[index];
  if (found === undefined) throw new Error(`no child program ${String(index)}`);
  return found;
}
