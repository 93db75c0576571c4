/**
 * `ipfail` as a state machine: two nodes compare how many ping nodes they see, and the one that sees fewer gives its resources up
 * (spec client-api 12). It speaks with an `ipfail` of C heartbeat on the other node as with its own kind.
 *
 *   a count of theirs that is higher, or `you_are_dead`  ->  after 2 keepalives: standby, as soon as the cluster is stable
 *   an equal count, or `abort_giveup`                    ->  stay
 */
import type { LogLine } from '../log-line.ts';
import { after, earlier, never, seconds, type Instant, type Millis } from '../units.ts';
import type { Parameters, Reply } from './client.ts';

/** When the other node has become stable, its counts are asked for that much later, as C does (there by sleeping). */
const settling = seconds(10);

export interface IpfailState {
  readonly self: string;
  readonly other: string;
  readonly autoFailback: boolean;
  /** Between the decision to give up and the act: the other node may still object. */
  readonly delay: Millis;
  readonly giveUp: { readonly hold: 'all' | 'foreign'; readonly at: Instant } | undefined;
  /** It was time to give up, but resources were on the move. */
  readonly needStandby: boolean;
  /** When to compare again; `never` for not at all. */
  readonly compareAt: Instant;
}

/** What may change something. */
export type Trigger =
  /** The other `ipfail` is new. */
  | { readonly kind: 'joined' }
  | { readonly kind: 'ping-alive'; readonly node: string }
  | { readonly kind: 'link-dead'; readonly node: string; readonly link: string }
  /** A node or a ping node; for the latter the death of its link follows. */
  | { readonly kind: 'node-dead'; readonly node: string }
  | { readonly kind: 'their-count'; readonly count: number }
  | { readonly kind: 'you-are-dead' }
  | { readonly kind: 'abort-giveup' }
  /** The other node holds what it should, and moves nothing. */
  | { readonly kind: 'other-is-stable' }
  | { readonly kind: 'tick' };

/** What the daemon says when a trigger is looked at. */
export interface Seen {
  /** Ping nodes that answer. */
  readonly pings: number;
  /** Resources are on the move. */
  readonly isInTransition: boolean;
}

export type IpfailEffect =
  | { readonly kind: 'tell'; readonly message: Parameters }
  | { readonly kind: 'log'; readonly line: LogLine };

export interface IpfailStep {
  readonly state: IpfailState;
  readonly effects: readonly IpfailEffect[];
}

export function createIpfail(
  settings: Pick<IpfailState, 'self' | 'other' | 'autoFailback' | 'delay'>,
): IpfailState {
  return { ...settings, giveUp: undefined, needStandby: false, compareAt: never };
}

/** What an event of the daemon means to `ipfail`; undefined for nothing. */
export function triggerOf(event: Reply, { other }: IpfailState): Trigger | undefined {
  const isOther = event.get('src') === other;
  switch (event.get('t') ?? '') {
    case 'status':
    case 'NS_st':
      return statusTrigger(event);
    case 'ifstat':
      return event.get('st') === 'dead' ? linkDeath(event) : undefined;
    case 'hbapi-clstat':
      return isOther && isJoin(event) ? { kind: 'joined' } : undefined;
    case 'num_ping_nodes':
      return isOther ? countTrigger(event.get('num_ping')) : undefined;
    case 'you_are_dead':
      return isOther ? { kind: 'you-are-dead' } : undefined;
    case 'abort_giveup':
      return isOther ? { kind: 'abort-giveup' } : undefined;
    case 'resource':
      return isOther && isStable(event) ? { kind: 'other-is-stable' } : undefined;
    default:
      return undefined;
  }
}

function statusTrigger(event: Reply): Trigger | undefined {
  const node = event.get('src') ?? '';
  if (event.get('st') === 'ping') return { kind: 'ping-alive', node };
  return event.get('st') === 'dead' ? { kind: 'node-dead', node } : undefined;
}

const linkDeath = (event: Reply): Trigger => ({
  kind: 'link-dead',
  node: event.get('node') ?? '',
  link: event.get('ifname') ?? '',
});

function countTrigger(text: string | undefined): Trigger | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text)
    ? { kind: 'their-count', count: Number(text) }
    : undefined;
}

const isJoin = (event: Reply): boolean =>
  event.get('st') === 'join' && event.get('from_id') === 'ipfail';

const isStable = (event: Reply): boolean =>
  event.get('isstable') === '1' && event.get('info') === undefined;

/** When a `tick` is wanted; `never` when nothing is due. */
export function nextTick(state: IpfailState): Instant {
  return earlier(state.giveUp?.at ?? never, state.compareAt);
}

/** What becomes of it all when `trigger` is looked at with what is `seen` at `now`. */
export function stepIpfail(
  state: IpfailState,
  trigger: Trigger,
  seen: Seen,
  now: Instant,
): IpfailStep {
  switch (trigger.kind) {
    case 'joined':
    case 'ping-alive':
    case 'link-dead':
      return { state, effects: [...changeWords(trigger, seen), count(state, seen)] };
    case 'node-dead':
      return { state, effects: changeWords(trigger, seen) };
    case 'their-count':
      return compare(state, { ...seen, theirs: trigger.count }, now);
    case 'you-are-dead':
      return planBecause('we were told that we have less ping nodes', state, now);
    case 'abort-giveup':
      return abort(state);
    case 'other-is-stable':
      return state.needStandby
        ? { state: { ...state, needStandby: false, compareAt: after(now, settling) }, effects: [] }
        : { state, effects: [] };
    case 'tick':
      return tick(state, seen, now);
  }
}

function compare(
  state: IpfailState,
  seen: Seen & { readonly theirs: number },
  now: Instant,
): IpfailStep {
  if (seen.pings > seen.theirs) {
    const words = info('Telling other node that we have more visible ping nodes.');
    return { state, effects: [...words, tell({ t: 'you_are_dead', dest: state.other })] };
  }
  if (seen.pings < seen.theirs) {
    return planBecause('we have less visible ping nodes', state, now);
  }
  return balance(state, seen, now);
}

/** With `auto_failback on` an equal view is also the moment to hand back what is the other's. */
function balance(state: IpfailState, seen: Seen, now: Instant): IpfailStep {
  const { self, other, autoFailback } = state;
  const effects = [
    ...info('Ping node count is balanced.'),
    tell({ t: 'abort_giveup', src: self, dest: other }),
  ];
  if (state.giveUp !== undefined) {
    const aborted = abort(state);
    return { state: aborted.state, effects: [...effects, ...aborted.effects] };
  }
  if (!autoFailback || seen.isInTransition) return { state, effects };
  const planned = plan(state, 'foreign', now);
  return { state: planned.state, effects: [...effects, ...planned.effects] };
}

function planBecause(why: string, state: IpfailState, now: Instant): IpfailStep {
  const planned = plan(state, 'all', now);
  return { ...planned, effects: [...info(`Giving up because ${why}.`), ...planned.effects] };
}

/** A later decision takes the place of an earlier one. */
function plan(state: IpfailState, hold: 'all' | 'foreign', now: Instant): IpfailStep {
  const giveUp = { hold, at: after(now, state.delay) };
  const words = info(`Delayed giveup in ${String(Math.ceil(state.delay / 1000))} seconds.`);
  return { state: { ...state, giveUp }, effects: words };
}

function abort(state: IpfailState): IpfailStep {
  if (state.giveUp === undefined) return { state, effects: info('No giveup timer to abort.') };
  return { state: { ...state, giveUp: undefined }, effects: info('Aborting delayed giveup.') };
}

function tick(state: IpfailState, seen: Seen, now: Instant): IpfailStep {
  const isDue = state.compareAt <= now;
  const compared = isDue ? { ...state, compareAt: never } : state;
  const asked = isDue ? [count(state, seen)] : [];
  if (state.giveUp === undefined || state.giveUp.at > now)
    return { state: compared, effects: asked };
  const { hold } = state.giveUp;
  const done = { ...compared, giveUp: undefined, needStandby: seen.isInTransition };
  if (seen.isInTransition) {
    const words = info('Resources are on the move: giving up later.');
    return { state: done, effects: [...asked, ...words] };
  }
  const request = { t: 'ask_resources', rsc_hold: hold, src: state.self, info: 'me' };
  const words = info('giveup() called (timeout worked)');
  return { state: done, effects: [...asked, ...words, tell(request)] };
}

function count(state: IpfailState, seen: Seen): IpfailEffect {
  const { self, other } = state;
  return tell({ t: 'num_ping_nodes', src: self, num_ping: String(seen.pings), dest: other });
}

const tell = (message: Parameters): IpfailEffect => ({ kind: 'tell', message });

const asking = 'Asking other side for ping node count.';

/** C's words for a change among nodes and links, seen in its log. */
function changeWords(
  change: Extract<Trigger, { kind: 'joined' | 'ping-alive' | 'link-dead' | 'node-dead' }>,
  { pings }: Seen,
): readonly IpfailEffect[] {
  const verdict = pings > 0 ? 'We are still alive!' : 'We are dead. :<';
  switch (change.kind) {
    case 'joined':
      return info(asking);
    case 'ping-alive': {
      const status = `Status update: Node ${change.node} now has status ping`;
      return info(status, 'A ping node just came up.', asking);
    }
    case 'link-dead': {
      const link = `${change.node}/${change.link}`;
      return info(`Link Status update: Link ${link} now has status dead`, verdict, asking);
    }
    case 'node-dead':
      return info(`Status update: Node ${change.node} now has status dead`, `NS: ${verdict}`);
  }
}

const info = (...texts: readonly string[]): readonly IpfailEffect[] =>
  texts.map((text) => ({ kind: 'log', line: { level: 'info', text } }));
