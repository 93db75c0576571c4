/**
 * Who has quorum, and what of silent nodes may be taken because of it (spec membership 11.2 and 11.3).
 *
 * With the policy `ignore` nothing waits, and the log says who has quorum. With the others whatever a silent node held
 * waits until the rest has quorum; with `stop` also until the silent one, which has none, must have released everything.
 */
import type { HaCf, QuorumOptions, QuorumPlugin } from '../config/settings.ts';
import { after, earlier, elapsed, millis, never, type Instant, type NodeName } from '../units.ts';
import { judgeQuorum } from './judge.ts';
import type { QuorumEffect, QuorumEvent, QuorumSettings, Verdict, Voter, Votes } from './types.ts';

/** What somebody waits to take. */
interface Pending {
  readonly idle: boolean;
  readonly dueAt: Instant;
}

export interface Quorum {
  readonly settings: QuorumSettings;
  /** Undefined before the first count. */
  readonly verdict: Verdict | undefined;
  readonly pending: ReadonlyMap<NodeName, Pending>;
  /** The members that count, and when they were last not disputed. */
  readonly trusted: ReadonlyMap<NodeName, Instant>;
  /** Since when quorum is missing of which nothing has been said yet: a node that has just started hears the others one by one. */
  readonly missingSince: Instant | undefined;
  /** Since when there are votes enough. */
  readonly enoughSince: Instant | undefined;
  /** Silent nodes that are down by an operator's word. */
  readonly confirmed: ReadonlySet<NodeName>;
}

export interface QuorumStep {
  readonly state: Quorum;
  /** To be carried out in their order. */
  readonly effects: readonly QuorumEffect[];
}

const known: readonly QuorumPlugin[] = ['majority', 'weight', 'twonodes'];
/** C heartbeat's chain: each half of two nodes has quorum alone (spec membership 10). */
const defaultChain: readonly QuorumPlugin[] = ['majority', 'twonodes'];

/** Nothing is counted yet. Of `env quorum=` names that C could not load either are left out. */
export function createQuorum(
  options: QuorumOptions,
  { deadtime, env, keepalive }: Pick<HaCf, 'deadtime' | 'env' | 'keepalive'>,
): Quorum {
  const patience = millis(Math.max(2 * keepalive, deadtime / 2));
  const chain = env.get('quorum')?.split(':');
  const plugins = options.plugins ?? (chain ? pluginsOf(chain) : defaultChain);
  return {
    settings: { ...options, patience, plugins },
    verdict: undefined,
    pending: new Map(),
    trusted: new Map(),
    missingSince: undefined,
    enoughSince: undefined,
    confirmed: new Set(),
  };
}

const pluginsOf = (words: readonly string[]): readonly QuorumPlugin[] =>
  words.flatMap((word) => known.find((plugin) => plugin === word) ?? []);

/** Never throws for anything that came from outside. */
export function stepQuorum(state: Quorum, event: QuorumEvent, now: Instant): QuorumStep {
  switch (event.kind) {
    case 'votes':
      return counted(state, event.votes, now);
    case 'wanted':
      return wanted(state, event, now);
    case 'heard':
      return { state: forget(state, event.node), effects: [] };
    case 'confirmed':
      return confirmed(state, event.node);
    case 'stop':
      return { state: { ...state, pending: new Map() }, effects: [] };
  }
}

/** Whether a node without quorum has to hold still. */
export const isEnforced = ({ policy }: { readonly policy: QuorumSettings['policy'] }): boolean =>
  policy !== 'ignore';

/** When `votes` is wanted although nothing has changed. */
export const nextQuorumDeadline = ({ pending, verdict }: Quorum): Instant =>
  verdict?.quorate === true
    ? [...pending.values()].map(({ dueAt }) => dueAt).reduce(earlier, never)
    : never;

function counted(state: Quorum, votes: Votes, now: Instant): QuorumStep {
  const trusted = trustedOf(state, votes, now);
  const raw = judgeQuorum(state.settings, believed(votes, trusted));
  const before = state.verdict?.quorate ?? true;
  const enoughSince = raw.quorate ? (state.enoughSince ?? now) : undefined;
  const verdict = {
    ...raw,
    quorate: enoughSince !== undefined && mayTrust(state, raw, enoughSince, now),
  };
  const changed = before === verdict.quorate ? [] : changeEffects(state.settings, verdict);
  const news = reportOf(state, verdict, now);
  const passed = passDue({ ...state, ...news.state, verdict, trusted, enoughSince }, now);
  return { state: passed.state, effects: [...news.effects, ...changed, ...passed.effects] };
}

/**
 * Quorum that is there is believed; one that comes when only some are there is first looked at for a while, since they may
 * hear others whom we do not hear.
 */
function mayTrust(state: Quorum, raw: Verdict, since: Instant, now: Instant): boolean {
  if (state.verdict?.quorate === true || !isEnforced(state.settings)) return true;
  return raw.members === raw.expected || elapsed(since, now) >= state.settings.patience;
}

/** Who has been disputed for long counts as silent. */
function believed(votes: Votes, trusted: Quorum['trusted']): Votes {
  const isDoubtful = ({ name, disputed }: Voter): boolean =>
    disputed === true && !trusted.has(name);
  if (!votes.voters.some(isDoubtful)) return votes;
  const voters = votes.voters.map((one) =>
    isDoubtful(one) ? { ...one, standing: 'silent' as const } : one,
  );
  return { ...votes, voters };
}

/** The members that count: those who are not disputed, and those who were not until a short while ago. */
function trustedOf(
  { trusted, settings }: Quorum,
  { voters }: Votes,
  now: Instant,
): Quorum['trusted'] {
  const next = new Map<NodeName, Instant>();
  for (const { name, disputed, standing } of voters) {
    const last = disputed === true ? trusted.get(name) : now;
    if (standing !== 'member' || last === undefined) continue;
    if (elapsed(last, now) < settings.patience) next.set(name, last);
  }
  return next;
}

function changeEffects(settings: QuorumSettings, { quorate }: Verdict): readonly QuorumEffect[] {
  return isEnforced(settings) ? [{ kind: 'changed', quorate }] : [];
}

interface News {
  readonly state: Pick<Quorum, 'missingSince'>;
  readonly effects: readonly QuorumEffect[];
}

/** What there is to say: of a loss at once, of quorum that a starting node does not have yet after a while. */
function reportOf(state: Quorum, verdict: Verdict, now: Instant): News {
  const { missingSince, settings, verdict: before } = state;
  const lost = { kind: 'lost', verdict, policy: settings.policy } as const;
  if (verdict.quorate) {
    const wasTold = before?.quorate === false && missingSince === undefined;
    const regained = { kind: 'report', report: { kind: 'regained', verdict } } as const;
    return { state: { missingSince: undefined }, effects: wasTold ? [regained] : [] };
  }
  if (before?.quorate === true)
    return { state: { missingSince: undefined }, effects: [{ kind: 'report', report: lost }] };
  const since = before === undefined ? now : missingSince;
  if (since === undefined || elapsed(since, now) < settings.patience)
    return { state: { missingSince: since }, effects: [] };
  return { state: { missingSince: undefined }, effects: [{ kind: 'report', report: lost }] };
}

/** What is due, once there is quorum. */
function passDue(state: Quorum, now: Instant): QuorumStep {
  if (state.verdict?.quorate === false && isEnforced(state.settings)) return { state, effects: [] };
  if (state.pending.size === 0) return { state, effects: [] };
  const due = [...state.pending].filter(([, { dueAt }]) => dueAt <= now);
  const pending = new Map([...state.pending].filter(([, { dueAt }]) => dueAt > now));
  const effects = due.map(([node, { idle }]) => ({ kind: 'passed', node, idle }) as const);
  return { state: { ...state, pending }, effects };
}

function wanted(
  state: Quorum,
  { node, idle }: Extract<QuorumEvent, { readonly kind: 'wanted' }>,
  now: Instant,
): QuorumStep {
  const { patience, policy, release } = state.settings;
  const wait = policy === 'stop' ? millis(release + patience) : millis(0);
  const dueAt = after(now, wait);
  const pending = new Map(state.pending).set(node, { idle, dueAt });
  const { state: next, effects } = passDue({ ...state, pending }, now);
  const waits = next.pending.has(node) && next.verdict?.quorate === true;
  const report = { kind: 'report', report: { kind: 'waiting', node, wait } } as const;
  return { state: next, effects: waits ? [...effects, report] : effects };
}

function forget(state: Quorum, node: NodeName): Quorum {
  if (!state.pending.has(node) && !state.confirmed.has(node)) return state;
  const pending = new Map([...state.pending].filter(([name]) => name !== node));
  return { ...state, pending, confirmed: new Set([...state.confirmed].filter((n) => n !== node)) };
}

function confirmed(state: Quorum, node: NodeName): QuorumStep {
  if (!state.pending.has(node)) return { state, effects: [] };
  const next = forget(state, node);
  return {
    state: { ...next, confirmed: new Set(next.confirmed).add(node) },
    effects: [
      { kind: 'report', report: { kind: 'confirmed', node } },
      { kind: 'cleared', node },
    ],
  };
}
