/** `ipfail` at work: signs on, listens, and lets the state machine decide (spec client-api 12). */
import type { LogLine } from '../log-line.ts';
import { fail, succeed, type Result } from '../result.ts';
import { elapsed, instant, millis, never, type Instant } from '../units.ts';
import { signOn, type ApiClient, type ApiError, type Reply } from './client.ts';
import {
  createIpfail,
  nextTick,
  stepIpfail,
  triggerOf,
  type IpfailEffect,
  type IpfailState,
  type Seen,
  type Trigger,
} from './ipfail-state.ts';

export interface IpfailOptions {
  /** The daemon's register socket. */
  readonly path: string;
  /** SIGTERM: sign off and end. */
  readonly signal: AbortSignal;
  readonly log: (line: LogLine) => void;
}

/** Tells the daemon not to start it again (spec config 7). */
const doNotRespawn = 100;
const failed = 1;
/** Events that wait to be looked at; they come a few at a time. */
const maxWaiting = 256;

interface Ending {
  readonly status: number;
  readonly line: LogLine;
}

/**
 * Runs until the signal, and returns the exit status: 0 after the signal, 1 when the daemon cannot be reached or has gone, 100 when it is
 * of no use to be started again (`auto_failback legacy`, not two nodes).
 */
export async function runIpfail(options: IpfailOptions): Promise<number> {
  const ipfail = new Ipfail(options);
  const ending = await ipfail.run();
  if (options.signal.aborted) return 0;
  options.log(ending.line);
  return ending.status;
}

class Ipfail {
  readonly #options: IpfailOptions;
  /** Undefined until the daemon has told what it is made of. */
  #state: IpfailState | undefined;
  /** What was heard before that: the other `ipfail` answers our joining at once. */
  readonly #early: Reply[] = [];
  readonly #waiting: Trigger[] = [];
  #hasLostDaemon = false;
  #wake: () => void = () => undefined;

  constructor(options: IpfailOptions) {
    this.#options = options;
  }

  async run(): Promise<Ending> {
    const { path, signal } = this.#options;
    const client = await signOn(path, signal, {
      id: 'ipfail',
      heard: (event) => {
        this.#hear(event);
      },
      lost: () => {
        this.#hasLostDaemon = true;
        this.#wake();
      },
    });
    if (!client.ok)
      return { status: failed, line: error(`cannot sign on: ${words(client.reason)}`) };
    const ending = await this.#work(client.value);
    client.value.close();
    return ending;
  }

  async #work(client: ApiClient): Promise<Ending> {
    const begun = await begin(client, this.#options.log);
    if (!begun.ok) return begun.reason;
    this.#state = begun.value;
    for (const event of this.#early.splice(0)) this.#hear(event);
    while (!this.#hasLostDaemon && !this.#options.signal.aborted) {
      const trigger = this.#waiting.shift() ?? (await this.#nextTrigger(begun.value));
      if (trigger === undefined) continue;
      const seen = await look(client);
      if (!seen.ok) return { status: failed, line: error(`no answer: ${words(seen.reason)}`) };
      this.#step(client, trigger, seen.value);
    }
    return { status: failed, line: error('heartbeat has gone') };
  }

  #hear(event: Reply): void {
    if (this.#state === undefined) {
      if (this.#early.length < maxWaiting) this.#early.push(event);
      return;
    }
    const trigger = triggerOf(event, this.#state);
    if (trigger === undefined || this.#waiting.length >= maxWaiting) return;
    this.#waiting.push(trigger);
    this.#wake();
  }

  /** Waits for an event, the next tick, or the end; undefined when something else woke it. */
  async #nextTrigger(before: IpfailState): Promise<Trigger | undefined> {
    const at = nextTick(this.#state ?? before);
    await this.#sleep(at);
    if (this.#waiting.length > 0) return this.#waiting.shift();
    return at <= now() ? { kind: 'tick' } : undefined;
  }

  #sleep(until: Instant): Promise<void> {
    const { signal } = this.#options;
    if (signal.aborted || this.#hasLostDaemon) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      const timer =
        until === never ? undefined : setTimeout(done, Math.ceil(elapsed(now(), until)));
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }

  #step(client: ApiClient, trigger: Trigger, seen: Seen): void {
    if (this.#state === undefined) return;
    const { state, effects } = stepIpfail(this.#state, trigger, seen, now());
    this.#state = state;
    for (const effect of effects) this.#perform(client, effect);
  }

  #perform(client: ApiClient, effect: IpfailEffect): void {
    if (effect.kind === 'tell') client.tell(effect.message);
    else this.#options.log(effect.line);
  }
}

/** The questions at the start, in C's order; the failures that will not mend by themselves end with 100. */
async function begin(
  client: ApiClient,
  log: (line: LogLine) => void,
): Promise<Result<IpfailState, Ending>> {
  const holding = await client.value('getrsc', 'rsc_hold');
  if (!holding.ok) return useless(`cannot ask for resources: ${words(holding.reason)}`);
  const failback = await client.value('getparm', 'pvalue', { pname: 'auto_failback' });
  if (!failback.ok) return lost(failback.reason);
  const autoFailback = readBoolean(failback.value ?? 'off');
  if (failback.value === undefined) log(warning('auto_failback is not set: taken for off'));
  if (autoFailback === undefined) return useless('ipfail cannot be used with auto_failback legacy');
  const filter = await client.request('setfilter', { fmask: '1' });
  if (!filter.ok) return lost(filter.reason);
  const nodes = await client.request('nodelist');
  if (!nodes.ok) return lost(nodes.reason);
  const signal = await client.request('setsignal', { signal: '0' });
  if (!signal.ok) return lost(signal.reason);
  const { node: self, keepalive } = client.greeting;
  const [other, ...more] = otherNodes(nodes.value, self);
  if (other === undefined || more.length > 0) return useless('ipfail needs a cluster of two nodes');
  return succeed(createIpfail({ self, other, autoFailback, delay: millis(2 * keepalive) }));
}

function otherNodes(nodes: readonly Reply[], self: string): readonly string[] {
  return nodes
    .filter((node) => node.get('nodetype') === 'normal')
    .map((node) => node.get('node') ?? '')
    .filter((name) => name !== self);
}

/** What a decision is made of, asked for fresh: an event may be older than the next one. */
async function look(client: ApiClient): Promise<Result<Seen, ApiError>> {
  const nodes = await client.request('nodelist');
  if (!nodes.ok) return nodes;
  const holding = await client.value('getrsc', 'rsc_hold');
  if (!holding.ok) return holding;
  const answering = nodes.value.filter((node) => node.get('st') === 'ping');
  return succeed({ pings: answering.length, isInTransition: holding.value === 'transition' });
}

/** The words that ha.cf takes for a boolean; undefined for `legacy` and all else. */
function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['true', 'on', 'yes', 'y', '1'].includes(word)) return true;
  return ['false', 'off', 'no', 'n', '0'].includes(word) ? false : undefined;
}

const useless = (text: string): Result<never, Ending> =>
  fail({ status: doNotRespawn, line: error(text) });

const lost = (reason: ApiError): Result<never, Ending> =>
  fail({ status: failed, line: error(`no answer: ${words(reason)}`) });

function words(reason: ApiError): string {
  switch (reason.kind) {
    case 'no-daemon':
      return `heartbeat does not run: ${reason.why}`;
    case 'not-permitted':
      return 'permission denied';
    case 'refused':
      return `refused: ${reason.info}`;
    case 'bad-request':
      return `bad request: ${reason.info}`;
    case 'lost':
      return 'heartbeat has gone';
    case 'timed-out':
      return 'no time left';
  }
}

const error = (text: string): LogLine => ({ level: 'ERROR', text });
const warning = (text: string): LogLine => ({ level: 'WARN', text });
const now = (): Instant => instant(Math.floor(performance.now()));
