/**
 * `[address] probe = yes`: before the groups of a node that fell silent are started, their addresses are asked for on
 * the network (RFC 5227): a node that nobody hears may serve them all the same.
 *
 *   taken --watch--> asking --all silent--> (nothing: the group is started)
 *             |        ^  | somebody answered, or it could not be found out
 *             |        |  v
 *             |      waiting     until the pause is over, hb_takeover, or a living node says that it holds the group
 *             └─ silent a moment ago, when the node was late --> (nothing)
 */
import type { Resource, ResourceGroup } from '../config/settings.ts';
import { after, earlier, elapsed, never, seconds, type Instant, type NodeName } from '../units.ts';
import { mayRun } from './running.ts';
import { hasNothing } from './node-set.ts';
import { alivePeers } from './responsibility.ts';
import { patchGroup, report, runJob, type GroupState, type Resources, type Turn } from './state.ts';
import type { JobId, Outcome } from './types.ts';

/** An address that answered is asked about again after this. */
const askAgain = seconds(5);
/** Silence before the death counts if it was asked for no longer ago. */
const fresh = seconds(3);

/** A node may be about to die: what might have to be taken then is asked for now, off the critical path. */
export function late(turn: Turn, node: NodeName): Turn {
  const { groups, peers, settings } = turn.state;
  if (settings.addressProbe !== true || peers.get(node)?.alive !== true) return turn;
  return groups
    .filter((one) => !one.wanted && !mayRun(one) && (one.early?.jobs.size ?? 0) === 0)
    .reduce((current, { early, group }) => {
      const { turn: asked, jobs } = askFor(current, group);
      if (jobs.size === 0) return asked;
      const silentAt = early?.silentAt;
      const next = { askedAt: turn.now, jobs, isSilent: true, silentAt };
      return patchGroup(asked, group.key, { early: next });
    }, turn);
}

/** Groups of these owners have just been taken: while a node is silent that did not say goodbye, they are probed first. */
export const watch = (turn: Turn, owners: readonly NodeName[]): Turn =>
  isAnySilent(turn.state) ? watchOwners(turn, owners) : turn;

/** The same of our own at our start, and beside a C node, too: one that was killed says `none` of what it left running. */
export function watchOwn(turn: Turn): Turn {
  const { peers, settings } = turn.state;
  const isBesideC = alivePeers(turn.state).some((node) => peers.get(node)?.isOurs !== true);
  return isBesideC ? watchOwners(turn, [settings.self]) : watch(turn, [settings.self]);
}

function watchOwners(turn: Turn, owners: readonly NodeName[]): Turn {
  if (turn.state.settings.addressProbe !== true) return turn;
  const isDue = (one: GroupState): boolean =>
    owners.includes(one.group.owner) && mayWait(one) && !wasSilent(one, turn.now);
  return turn.state.groups.filter(isDue).reduce((to, one) => ask(to, one, false), turn);
}

/** The group may be started, whatever the network says. */
export function overrule(turn: Turn, { group }: GroupState): Turn {
  return patchGroup(turn, group.key, { probe: undefined });
}

/** Carries on what is being asked; called after every event. */
export function settle(turn: Turn): Turn {
  return turn.state.groups.reduce((current, one) => {
    const { probe } = one;
    if (probe === undefined || probe.kind === 'disputed') return current;
    if (!one.wanted) return overrule(current, one);
    if (probe.kind === 'waiting')
      return turn.now < probe.until || mustWait(turn.state) ? current : ask(current, one, true);
    return probe.jobs.size > 0 ? current : judge(current, one, probe);
  }, turn);
}

/** The outcome of a probe; others are ignored. Only silence counts as silence. */
export function ran(turn: Turn, job: JobId, outcome: Outcome): Turn {
  const isStopped = outcome.kind === 'stopped';
  return turn.state.groups.reduce((current, { group, early, probe }) => {
    if (early?.jobs.has(job) === true)
      return patchGroup(current, group.key, { early: heardEarly(early, job, isStopped) });
    if (probe?.kind !== 'asking' || !probe.jobs.has(job)) return current;
    const answered = probe.answered || outcome.kind === 'running';
    const isSilent = probe.isSilent && isStopped;
    const jobs = without(probe.jobs, job);
    return patchGroup(current, group.key, { probe: { ...probe, jobs, answered, isSilent } });
  }, turn);
}

function heardEarly(early: Early, job: JobId, isStopped: boolean): Early {
  const jobs = without(early.jobs, job);
  const isSilent = early.isSilent && isStopped;
  if (!isSilent) return { ...early, jobs, isSilent, silentAt: undefined };
  return { ...early, jobs, silentAt: jobs.size === 0 ? early.askedAt : early.silentAt };
}

/** When `settle` wants to be called again. */
export const wakeAt = (state: Resources): Instant =>
  state.groups
    .map(({ probe }) => (probe?.kind === 'waiting' && !mustWait(state) ? probe.until : never))
    .reduce(earlier, never);

type Early = NonNullable<GroupState['early']>;
type Asking = Extract<NonNullable<GroupState['probe']>, { readonly kind: 'asking' }>;

function judge(turn: Turn, one: GroupState, { answered, isSilent, again }: Asking): Turn {
  const { key } = one.group;
  const waiting = { kind: 'waiting', until: after(turn.now, askAgain) } as const;
  if (!isSilent) {
    const told = again ? turn : report(turn, { kind: 'address-in-use', group: key, answered });
    return patchGroup(told, key, { probe: waiting });
  }
  // A node that has just come back may be about to say that it holds the group.
  if (mustWait(turn.state)) return patchGroup(turn, key, { probe: waiting });
  return overrule(again ? report(turn, { kind: 'address-silent', group: key }) : turn, one);
}

function ask(turn: Turn, { group }: GroupState, again: boolean): Turn {
  const { turn: asked, jobs } = askFor(turn, group);
  if (jobs.size === 0) return asked;
  return patchGroup(asked, group.key, {
    probe: { kind: 'asking', jobs, answered: false, isSilent: true, again },
  });
}

function askFor(
  turn: Turn,
  group: ResourceGroup,
): { readonly turn: Turn; readonly jobs: ReadonlySet<JobId> } {
  const jobs = new Set<JobId>();
  let current = turn;
  for (const [at, resource] of group.resources.entries()) {
    if (!hasAddress(resource)) continue;
    const asked = runJob(current, group, at, 'probe');
    current = asked.turn;
    jobs.add(asked.id);
  }
  return { turn: current, jobs };
}

function without(jobs: ReadonlySet<JobId>, job: JobId): ReadonlySet<JobId> {
  const rest = new Set(jobs);
  rest.delete(job);
  return rest;
}

/** IPaddr asks by ARP, IPv6addr by neighbour discovery; what a script makes of other arguments nobody can ask for. */
function hasAddress({ agent, args }: Resource): boolean {
  // haresources parts words at `::`.
  if (agent === 'IPv6addr') return /^[0-9a-f]+:[0-9a-f:.]+(\/|$)/i.test(args.join('::'));
  const isIpAgent = agent === 'IPaddr' || agent === 'IPaddr2';
  return isIpAgent && args.length === 1 && /^\d+\.\d+\.\d+\.\d+(\/|$)/.test(args[0] ?? '');
}

const mayWait = ({ run, wanted }: GroupState): boolean =>
  wanted && run.kind !== 'running' && run.kind !== 'starting';

const wasSilent = ({ early }: GroupState, now: Instant): boolean =>
  early?.silentAt !== undefined && elapsed(early.silentAt, now) <= fresh;

const isAnySilent = (state: Resources): boolean =>
  [...state.peers].some(([node, { alive, left }]) => !alive && !left && !hasNothing(state, node));

/** Without quorum, and before every living node has said what it holds (in legacy mode none does), silence permits nothing. */
const mustWait = ({ peers, settings, withoutQuorum }: Resources): boolean =>
  withoutQuorum !== undefined ||
  (settings.autoFailback !== 'legacy' &&
    [...peers.values()].some(({ alive, left, hold }) => alive && !left && hold === undefined));
