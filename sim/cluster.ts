/** Whole pure nodes on one virtual clock, with a network that can be cut and scripts that can fail. */
import type { AutoFailback } from '../src/config/settings.ts';
import type { NodeEffect, NodeEvent } from '../src/heartbeat/effects.ts';
import {
  clusterNodes,
  createNode,
  holding,
  nextDeadline,
  stepNode,
  type NodeState,
} from '../src/heartbeat/node.ts';
import { isLeftOver, mayRun } from '../src/haresources/group.ts';
import type { Action, Job, Kept, Outcome } from '../src/haresources/types.ts';
import { stepMembership } from '../src/membership/step.ts';
import { encodeDatagram } from '../src/message/encode.ts';
import { text, valueOf, type Field } from '../src/message/messages.ts';
import { nextRandom, type RandomState } from '../src/random.ts';
import { instant, nodeName } from '../src/units.ts';
import { settingsOf } from './settings.ts';

export interface ClusterOptions {
  readonly autoFailback?: AutoFailback;
  /** Lines of haresources: owner and resources. */
  readonly groups?: readonly (readonly [string, ...string[]])[];
  readonly nodes?: readonly string[];
  /** Share of datagrams lost, 0 to 1. */
  readonly loss?: number;
  /** Some datagrams take up to so many milliseconds longer than others, and so overtake one another. */
  readonly jitter?: number;
  /** Share of datagrams that come twice. */
  readonly doubled?: number;
  readonly seed?: number;
}

export interface Script {
  readonly outcome?: Outcome;
  /** It does its work although it says otherwise. */
  readonly works?: boolean;
  /** How long it takes; default 20 ms. */
  readonly takes?: number;
}

interface Host {
  readonly name: string;
  state: NodeState | undefined;
  generation: number;
  boots: number;
  /** What really runs on this machine, whatever the engine believes. */
  readonly running: Set<string>;
  frozen: boolean;
  held: Scheduled[];
  readonly log: string[];
  /** What the scripts of rc.d were told: type, `n` and `src`. */
  readonly notices: string[];
}

function wordsOf(fields: readonly Field[]): string[] {
  return ['n', 'src'].flatMap((name) => {
    const value = valueOf(fields, name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
}

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

export class Cluster {
  now: number = 1000;
  readonly hosts: Map<string, Host> = new Map<string, Host>();
  /** Every moment at which two machines ran the same resource, by resource. */
  readonly doubles: { resource: string; since: number; until: number }[] = [];
  /** Starts of what another node runs that is heard. */
  readonly crimes: string[] = [];
  /** `node action resource` in the order in which they began. */
  readonly runs: string[] = [];
  readonly scripts: Map<string, Script> = new Map<string, Script>();
  readonly #options: ClusterOptions;
  #queue: Scheduled[] = [];
  #order = 0;
  #cut = new Set<string>();
  #together: number | undefined;
  #stuck = 0;
  #random: RandomState;

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
    this.#random = { seed: options.seed ?? 1 };
    for (const name of options.nodes ?? ['node1', 'node2']) {
      this.hosts.set(name, {
        name,
        state: undefined,
        generation: 100,
        boots: 0,
        running: new Set(),
        frozen: false,
        held: [],
        log: [],
        notices: [],
      });
    }
  }

  start(...names: string[]): void {
    for (const name of names) {
      this.#boot(this.#host(name));
    }
  }

  #boot(host: Host, kept?: Kept): void {
    const { name } = host;
    host.generation += 1;
    host.state = createNode({
      settings: settingsOf({
        nodes: [...this.hosts.keys()],
        groups: this.#groups(),
        autoFailback: this.#options.autoFailback ?? 'off',
      }),
      self: nodeName(name),
      uuid: name.padEnd(16, '.').slice(0, 16),
      generation: host.generation,
      seed: host.generation,
      kept,
    });
    this.tell(name, { kind: 'start' });
  }

  /** ha.cf of a node has changed: a new life in the same process, which takes 50 ms to begin. */
  #restart(host: Host, kept: Kept): void {
    host.state = undefined;
    this.#schedule(50, () => {
      this.#boot(host, kept);
    });
  }

  /** The machine loses power: nothing of it runs any more. */
  powerOff(name: string): void {
    const host = this.#host(name);
    host.state = undefined;
    host.boots += 1;
    host.running.clear();
  }

  /** The daemon dies, its resources live on. */
  kill(name: string): void {
    this.#host(name).state = undefined;
  }

  cut(name: string): void {
    this.#cut.add(name);
  }

  heal(name: string): void {
    this.#cut.delete(name);
  }

  freeze(name: string): void {
    this.#host(name).frozen = true;
  }

  thaw(name: string): void {
    const host = this.#host(name);
    host.frozen = false;
    const held = host.held;
    host.held = [];
    for (const one of held) this.#schedule(0, one.act);
    this.#arm(host);
  }

  standby(name: string, hold = 'all'): void {
    this.fifo(name, { t: 'ask_resources', rsc_hold: hold, info: 'me' });
  }

  takeover(name: string, hold = 'all'): void {
    this.fifo(name, { t: 'hb_takeover', rsc_hold: hold });
  }

  fifo(name: string, fields: Record<string, string>): void {
    const message = Object.entries(fields).map(([field, value]) => text(field, value));
    this.tell(name, { kind: 'local-message', fields: message });
  }

  /** What the node sends although its engine never would. */
  say(name: string, fields: Record<string, string>): void {
    const host = this.#host(name);
    const { state } = host;
    if (state === undefined) return;
    const draft = Object.entries(fields).map(([field, value]) => text(field, value));
    const moment = { now: instant(this.now), wall: 1_700_000_000, load: '0.00' };
    const step = stepMembership(state.membership, { kind: 'submit', draft }, moment);
    host.state = { ...state, membership: step.state };
    for (const effect of step.effects) {
      if (effect.kind !== 'transmit') continue;
      const encoded = encodeDatagram(effect.fields, 'netstring', state.keys.outbound);
      if (encoded.ok) this.#send(host, encoded.value);
    }
  }

  stop(name: string): void {
    this.tell(name, { kind: 'stop' });
  }

  holding(name: string): string {
    const { state } = this.#host(name);
    return state === undefined ? 'down' : holding(state);
  }

  /** Who runs a resource right now. */
  runners(resource: string): string[] {
    return [...this.hosts.values()].filter((host) => host.running.has(resource)).map((h) => h.name);
  }

  /** Since when all daemons are up, awake and hear each other; undefined while they do not. */
  togetherSince(): number | undefined {
    const apart = [...this.hosts.values()].some(
      (host) =>
        host.state === undefined ||
        host.frozen ||
        this.#cut.has(host.name) ||
        clusterNodes(host.state).some((node) => node.status === 'dead'),
    );
    if (apart) this.#together = undefined;
    else this.#together ??= this.now;
    return this.#together;
  }

  isUp(name: string): boolean {
    return this.#host(name).state !== undefined;
  }

  isFrozen(name: string): boolean {
    return this.#host(name).frozen;
  }

  /** Lines logged by a node at or above WARN. */
  complaints(name: string): string[] {
    return this.#host(name).log.filter((line) => /^(WARN|ERROR|CRIT)/.test(line));
  }

  notices(name: string): readonly string[] {
    return this.#host(name).notices;
  }

  logged(name: string): readonly string[] {
    return this.#host(name).log;
  }

  /** Runs until `holds`; throws when it does not within `limit` milliseconds. */
  until(holds: () => boolean, limit = 60_000): number {
    const start = this.now;
    while (!holds()) {
      if (this.now - start > limit)
        throw new Error(`not within ${String(limit)} ms\n${this.#story()}`);
      if (!this.#next()) throw new Error('nothing is going to happen any more');
    }
    return this.now - start;
  }

  run(duration: number): void {
    const end = this.now + duration;
    while (this.#queue.some((one) => one.at <= end)) this.#next();
    this.now = end;
  }

  tell(name: string, event: NodeEvent): void {
    const host = this.#host(name);
    if (host.frozen) {
      host.held.push({
        at: 0,
        order: 0,
        act: () => {
          this.tell(name, event);
        },
      });
      return;
    }
    if (host.state === undefined) return;
    const moment = {
      now: instant(this.now),
      wall: 1_700_000_000 + Math.floor(this.now / 1000),
      load: '0.00',
    };
    const step = stepNode(host.state, event, moment);
    host.state = step.state;
    for (const effect of step.effects) this.#perform(host, effect);
    this.#arm(host);
  }

  #perform(host: Host, effect: NodeEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(host, effect.datagram);
        break;
      case 'run':
        this.#run(host, effect.job);
        break;
      case 'log':
        host.log.push(`${effect.line.level} ${effect.line.text}`);
        break;
      case 'restart':
        this.#restart(host, effect.kept);
        break;
      case 'exit':
        host.state = undefined;
        break;
      case 'notify':
        host.notices.push([effect.type, ...wordsOf(effect.fields)].join(' '));
        break;
      case 'ping':
      case 'announce':
      case 'client-event':
      case 'client-query':
      case 'became-active':
        break;
    }
  }

  #send(from: Host, bytes: Uint8Array): void {
    for (const to of this.hosts.values()) {
      const lost = this.#draw() < (this.#options.loss ?? 0);
      const severed = to !== from && (this.#cut.has(from.name) || this.#cut.has(to.name));
      if (severed || (lost && to !== from)) continue;
      const arrive = (): void => {
        this.tell(to.name, { kind: 'datagram', link: 'eth0', bytes });
      };
      this.#schedule(1 + this.#delay(), arrive);
      if (this.#draw() < (this.#options.doubled ?? 0)) this.#schedule(1 + this.#delay(), arrive);
    }
  }

  /** Most datagrams are fast. */
  #delay(): number {
    return Math.floor(this.#draw() ** 3 * (this.#options.jitter ?? 0));
  }

  #run(host: Host, job: Job): void {
    const resource = job.resource.text;
    const life = host.state?.settings.generation;
    this.runs.push(`${host.name} ${job.action} ${resource}`);
    if (job.action === 'start') this.#judgeStart(host, job);
    const { boots } = host;
    const script = this.scripts.get(`${host.name} ${job.action} ${resource}`) ?? {};
    this.#schedule(script.takes ?? 20, () => {
      if (host.boots !== boots) return;
      const natural =
        script.outcome === undefined || script.works === true
          ? this.#act(host, job.action, resource)
          : undefined;
      const outcome = script.outcome ?? natural ?? { kind: 'done' };
      if (host.state?.settings.generation !== life) return;
      this.tell(host.name, { kind: 'ran', job: job.id, outcome });
    });
  }

  /** Nobody may start what another node knows to be running there, once they have heard each other for a second. */
  #judgeStart(host: Host, job: Job): void {
    const since = this.togetherSince();
    if (since === undefined || this.now - since < 1000) return;
    for (const other of this.hosts.values()) {
      const group = other.state?.resources.groups.find((one) => one.group.key === job.group);
      if (other === host || group === undefined || !mayRun(group) || isLeftOver(group)) continue;
      this.crimes.push(
        `${String(this.now)} ${host.name} starts ${job.resource.text}, ${group.run.kind} on ${other.name}`,
      );
    }
  }

  #act(host: Host, action: Action, resource: string): Outcome {
    if (action === 'probe')
      return { kind: this.runners(resource).length > 0 ? 'running' : 'stopped' };
    if (action === 'status') return { kind: host.running.has(resource) ? 'running' : 'stopped' };
    if (action === 'start') host.running.add(resource);
    else host.running.delete(resource);
    return { kind: 'done' };
  }

  #arm(host: Host): void {
    const { state } = host;
    if (state === undefined || host.frozen) return;
    const due = nextDeadline(state);
    if (!Number.isFinite(due)) return;
    this.#schedule(Math.max(0, due - this.now), () => {
      if (host.state === state) this.tell(host.name, { kind: 'tick' });
    });
  }

  #schedule(wait: number, act: () => void): void {
    this.#order += 1;
    this.#queue.push({ at: this.now + wait, order: this.#order, act });
  }

  #next(): boolean {
    this.#queue.sort((one, other) => one.at - other.at || one.order - other.order);
    const next = this.#queue.shift();
    if (next === undefined) return false;
    this.#stuck = next.at > this.now ? 0 : this.#stuck + 1;
    if (this.#stuck > 20_000)
      throw new Error(`time stands still at ${String(this.now)}\n${this.#story()}`);
    this.now = Math.max(this.now, next.at);
    next.act();
    this.#judge();
    return true;
  }

  #judge(): void {
    this.togetherSince();
    for (const [, ...resources] of this.#groups()) {
      for (const resource of resources) {
        const open = this.doubles.find(
          (one) => one.resource === resource && one.until === Infinity,
        );
        const double = this.runners(resource).length > 1;
        if (double && open === undefined)
          this.doubles.push({ resource, since: this.now, until: Infinity });
        if (!double && open !== undefined) open.until = this.now;
      }
    }
  }

  #draw(): number {
    const { value, state } = nextRandom(this.#random);
    this.#random = state;
    return value;
  }

  #host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  #story(): string {
    return [...this.hosts.values()]
      .map(
        (host) =>
          `${host.name} holds ${this.holding(host.name)}, runs ${[...host.running].join(' ')}\n  ${host.log.slice(-25).join('\n  ')}`,
      )
      .join('\n');
  }

  #groups(): readonly (readonly [string, ...string[]])[] {
    return this.#options.groups ?? [['node1', 'IPaddr::10.0.0.1', 'httpd']];
  }
}
