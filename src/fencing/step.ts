/**
 * Resets silent nodes until they are certainly down: what becomes of `state` when `event` happens, and what must then
 * be done (spec fencing 3 and 6).
 *
 * A success counts only while nothing has been heard of the node since it fell silent: whoever is heard is not shot any
 * more, and whoever is heard after a success has not been shot.
 */
import { unreachable } from '../assert.ts';
import {
  after,
  earlier,
  elapsed,
  type Instant,
  millis,
  never,
  type NodeName,
  seconds,
} from '../units.ts';
import type { FencingReport } from './reports.ts';
import type { Fencing, NodeFencing } from './state.ts';
import type { AttemptOutcome, DeviceCheck, FencingEffect, FencingEvent } from './types.ts';

/** As the C daemon does, for ever and without growing (spec fencing 3). */
const retryEvery = seconds(5);
const checkEvery = seconds(3600);

export interface FencingStep {
  readonly state: Fencing;
  /** To be carried out in their order. */
  readonly effects: readonly FencingEffect[];
}

/** Never throws for anything that came from outside. */
export function stepFencing(state: Fencing, event: FencingEvent, now: Instant): FencingStep {
  switch (event.kind) {
    case 'tick':
      return tick(state, now);
    case 'active':
      return state.settings.hasDevice ? check(state) : { state, effects: [] };
    case 'checked':
      return checked(state, event.check, now);
    case 'wanted':
      return want(state, event, now);
    case 'heard':
      return heard(state, event.node, event.sameLife);
    case 'ended':
      return ended(state, event, now);
    case 'confirmed':
      return confirmed(state, event.node, now);
    case 'stop':
      return forAll({ ...state, checkAt: never }, giveUp);
    default:
      return unreachable(event);
  }
}

/** When a `tick` is wanted. */
export const nextFencingDeadline = ({ checkAt, nodes }: Fencing): Instant =>
  [...nodes.values()].map(dueAt).reduce(earlier, checkAt);

/** The fencing of one node. */
const fencingOf = ({ nodes }: Fencing, node: NodeName): NodeFencing =>
  nodes.get(node) ?? { kind: 'idle' };

function dueAt(fencing: NodeFencing): Instant {
  if (fencing.kind === 'wanted') return fencing.at;
  return fencing.kind === 'failed' ? fencing.retryAt : never;
}

function tick(state: Fencing, now: Instant): FencingStep {
  const woken = forAll(state, (current, node) => wake(current, node, now));
  if (now < state.checkAt) return woken;
  const looks = check(woken.state);
  return { state: looks.state, effects: [...woken.effects, ...looks.effects] };
}

const check = (state: Fencing): FencingStep => ({
  state: { ...state, checkAt: never },
  effects: [{ kind: 'check-device' }],
});

/** A device that is out of order is told, and used all the same: it may be in order when it is needed. */
function checked(state: Fencing, { device, fault, hosts }: DeviceCheck, now: Instant): FencingStep {
  const { others } = state.settings;
  const isNew = !state.isCompared && hosts !== undefined;
  const beyond = isNew ? others.filter((node) => !hosts.includes(node)) : [];
  return {
    state: {
      ...state,
      checkAt: after(now, checkEvery),
      isCompared: state.isCompared || hosts !== undefined,
    },
    effects: [
      ...(fault === undefined ? [] : [report({ kind: 'out-of-order', device, why: fault })]),
      ...beyond.map((node) => report({ kind: 'not-controlled', node, device })),
    ],
  };
}

function forAll(state: Fencing, act: (state: Fencing, node: NodeName) => FencingStep): FencingStep {
  return [...state.nodes.keys()].reduce<FencingStep>(
    (before, node) => {
      const next = act(before.state, node);
      return { state: next.state, effects: [...before.effects, ...next.effects] };
    },
    { state, effects: [] },
  );
}

function want(
  state: Fencing,
  { node, idle }: Extract<FencingEvent, { readonly kind: 'wanted' }>,
  now: Instant,
): FencingStep {
  if (isPending(fencingOf(state, node))) return { state, effects: [] };
  const delay = idle ? state.settings.delay : millis(0);
  const wanted = put(state, node, { kind: 'wanted', since: now, at: after(now, delay) });
  if (delay === 0) return wake(wanted, node, now);
  return { state: wanted, effects: [report({ kind: 'delayed', node, delay })] };
}

/** Begins an attempt that is due. */
function wake(state: Fencing, node: NodeName, now: Instant): FencingStep {
  const fencing = fencingOf(state, node);
  if (fencing.kind !== 'wanted' && fencing.kind !== 'failed') return { state, effects: [] };
  if (now < dueAt(fencing)) return { state, effects: [] };
  const { nextAttempt: attempt } = state;
  const failures = fencing.kind === 'failed' ? fencing.failures : 0;
  const running = { kind: 'running', since: fencing.since, attempt, failures } as const;
  return {
    state: { ...put(state, node, running), nextAttempt: attempt + 1 },
    effects: [{ kind: 'fence', attempt, node }],
  };
}

function ended(
  state: Fencing,
  { attempt, outcome }: Extract<FencingEvent, { readonly kind: 'ended' }>,
  now: Instant,
): FencingStep {
  for (const [node, fencing] of state.nodes) {
    if (fencing.kind !== 'running' || fencing.attempt !== attempt) continue;
    return outcome.kind === 'ok'
      ? down(state, node, now, { kind: 'reset', node })
      : failed(state, { node, fencing, outcome }, now);
  }
  // It was given up meanwhile.
  return { state, effects: [] };
}

const down = (state: Fencing, node: NodeName, now: Instant, how: FencingReport): FencingStep => ({
  state: put(state, node, { kind: 'done', at: now }),
  effects: [report(how), { kind: 'tell', node, result: 'OK' }, { kind: 'cleared', node }],
});

interface Failure {
  readonly node: NodeName;
  readonly fencing: Extract<NodeFencing, { readonly kind: 'running' }>;
  readonly outcome: Exclude<AttemptOutcome, { readonly kind: 'ok' }>;
}

function failed(state: Fencing, { node, fencing, outcome }: Failure, now: Instant): FencingStep {
  const isBadHost = outcome.kind === 'bad-host';
  const failures = fencing.failures + 1;
  const retryAt = after(now, retryEvery);
  const why = isBadHost ? 'the device does not control it' : outcome.why;
  const since = elapsed(fencing.since, now);
  const blame: FencingReport = isBadHost
    ? { kind: 'bad-host', node, device: outcome.device }
    : { kind: 'not-reset', node };
  return {
    state: put(state, node, { kind: 'failed', since: fencing.since, failures, retryAt }),
    effects: [
      report(blame),
      { kind: 'tell', node, result: isBadHost ? 'badhost' : 'bad' },
      report({ kind: 'retrying', node }),
      report({ kind: 'outage', node, why, failures, since }),
    ],
  };
}

function heard(state: Fencing, node: NodeName, sameLife: boolean): FencingStep {
  const fencing = fencingOf(state, node);
  const { state: given, effects } = giveUp(state, node);
  if (isPending(fencing)) {
    return { state: given, effects: [...effects, report({ kind: 'given-up', node })] };
  }
  const lied = fencing.kind === 'done' && sameLife;
  return { state: given, effects: lied ? [report({ kind: 'lied', node })] : [] };
}

function confirmed(state: Fencing, node: NodeName, now: Instant): FencingStep {
  if (!isPending(fencingOf(state, node)))
    return { state, effects: [report({ kind: 'nothing-to-confirm', node })] };
  const given = giveUp(state, node);
  const done = down(given.state, node, now, { kind: 'confirmed', node });
  return { state: done.state, effects: [...given.effects, ...done.effects] };
}

/** Nobody wants it reset any more. */
function giveUp(state: Fencing, node: NodeName): FencingStep {
  const fencing = fencingOf(state, node);
  return {
    state: put(state, node, { kind: 'idle' }),
    effects: isPending(fencing) ? [{ kind: 'cancel-fence', node }] : [],
  };
}

const isPending = ({ kind }: NodeFencing): boolean => kind !== 'idle' && kind !== 'done';

const put = (state: Fencing, node: NodeName, fencing: NodeFencing): Fencing => ({
  ...state,
  nodes: new Map(state.nodes).set(node, fencing),
});

const report = (about: FencingReport): FencingEffect => ({ kind: 'report', report: about });
