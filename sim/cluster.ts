/** Whole pure nodes on one virtual clock, with a network that can be cut and scripts that can fail. */
import type { NodeEvent } from '../src/heartbeat/effects.ts';
import type { Action, Job, Kept, Outcome } from '../src/haresources/types.ts';
import type { Moment } from '../src/membership/types.ts';
import { instant } from '../src/units.ts';
import { Agenda } from './agenda.ts';
import { OurDaemon, type Daemon, type DaemonEffect } from './daemon.ts';
import { ResetDevice } from './device.ts';
import { Dice } from './dice.ts';
import { Doubles, type Double } from './doubles.ts';
import {
  lastWords,
  newMachine,
  type Happening,
  type Listener,
  type Machine,
  type Script,
} from './machine.ts';
import { draftOf, noticeWords } from './fields.ts';
import { Network } from './network.ts';
import { ourNodes, type MakeDaemon } from './our-nodes.ts';
import type { Group, Written } from './settings.ts';

export interface ClusterOptions extends Partial<
  Pick<Written, 'autoFailback' | 'fencing' | 'pingNodes' | 'quorum' | 'stopFailure' | 'watching'>
> {
  /** Lines of haresources: owner and resources. */
  readonly groups?: readonly Group[];
  readonly nodes?: readonly string[];
  /** Share of datagrams lost, 0 to 1. */
  readonly loss?: number;
  /** Some datagrams take up to so many milliseconds longer than others, and so overtake one another. */
  readonly jitter?: number;
  /** Share of datagrams that come twice. */
  readonly doubled?: number;
  readonly media?: readonly string[];
  readonly seed?: number;
  /** How long a script takes of which nothing else is said; 20 ms when left out. */
  readonly scriptTakes?: () => number;
  /** Our own node with quick settings when left out. */
  readonly daemon?: MakeDaemon;
}

/** A quick restart takes so long between the lives; a new start of C, which sleeps before, takes its own time. */
const execTakes = 50;
/** A file that is written whole, or not at all. */
const writeTakes = 3;
/** A socket's buffer holds so many datagrams of a frozen daemon. */
const mostHeld = 1000;
const defaultGroups: readonly Group[] = [['node1', 'IPaddr::10.0.0.1', 'httpd']];

export class Cluster {
  readonly hosts: ReadonlyMap<string, Machine>;
  readonly network: Network;
  readonly agenda: Agenda = new Agenda();
  /** `node action resource` in the order in which they began. */
  readonly runs: string[] = [];
  /** By `node action resource`. */
  readonly scripts: Map<string, Script> = new Map<string, Script>();
  /** What resets machines, when `fencing` is there. */
  readonly device: ResetDevice;
  readonly groups: readonly Group[];
  readonly #machines: readonly Machine[];
  readonly #make: MakeDaemon;
  readonly #usually: () => number;
  readonly #doubles: Doubles;
  readonly #listeners: Listener[] = [];
  #stuck = 0;

  constructor(options: ClusterOptions = {}) {
    const names = options.nodes ?? ['node1', 'node2'];
    this.groups = options.groups ?? defaultGroups;
    this.#machines = names.map(newMachine);
    this.hosts = new Map(this.#machines.map((machine) => [machine.name, machine]));
    this.device = new ResetDevice({
      agenda: this.agenda,
      powerOff: (node) => {
        this.powerOff(node);
      },
    });
    const dice = new Dice(options.seed ?? 1, 'network');
    const media = options.media ?? ['eth0'];
    this.network = new Network(
      { agenda: this.agenda, dice },
      { machines: names, media },
      (...at) => {
        this.#arrive(...at);
      },
    );
    const { loss = 0, jitter = 0, doubled = 0 } = options;
    this.network.weather = { loss, jitter, doubled };
    const { autoFailback = 'off', daemon } = options;
    this.#make =
      daemon ?? ourNodes({ ...options, autoFailback, nodes: names, groups: this.groups });
    this.#usually = options.scriptTakes ?? ((): number => 20);
    this.#doubles = new Doubles(this.groups.flatMap(([, ...resources]) => resources));
  }

  get now(): number {
    return this.agenda.now;
  }

  /** Every time in which two machines ran the same resource. */
  get doubles(): readonly Double[] {
    return this.#doubles.found;
  }

  /** From now on `listener` hears what happens. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  start(...names: string[]): void {
    for (const name of names) this.#boot(this.host(name));
  }

  /** The machine loses power: nothing of it runs any more. */
  powerOff(name: string): void {
    const machine = this.host(name);
    machine.daemon = undefined;
    machine.boots += 1;
    machine.scripts = 0;
    machine.running.clear();
    this.#doubles.look(this.#machines, this.now);
    this.#thawed(machine);
    this.#happens({ kind: 'life', machine, what: 'loses power' });
  }

  /** The daemon dies, its resources live on. */
  kill(name: string): void {
    const machine = this.host(name);
    machine.daemon = undefined;
    this.#thawed(machine);
    this.#happens({ kind: 'life', machine, what: 'daemon killed' });
  }

  /** The state files are gone: the next life makes a uuid, and takes the time of day for its generation. */
  loseFiles(name: string): void {
    const machine = this.host(name);
    machine.generation = this.#momentOf(machine).wall;
    machine.uuid = `${name}.${String(machine.life)}`.padEnd(16, '.').slice(0, 16);
  }

  /** The machine hears nobody and is heard by nobody. */
  cut(name: string): void {
    for (const other of this.hosts.keys()) {
      if (other === name) continue;
      this.network.block(name, other);
      this.network.block(other, name);
    }
  }

  heal(name: string): void {
    for (const other of this.hosts.keys()) {
      this.network.unblock(name, other);
      this.network.unblock(other, name);
    }
  }

  /** The daemon stands still; its scripts go on. */
  freeze(name: string): void {
    this.host(name).frozen = true;
  }

  /** The whole machine stands still, scripts and all. */
  pause(name: string): void {
    const machine = this.host(name);
    machine.frozen = true;
    machine.paused = true;
  }

  thaw(name: string): void {
    const machine = this.host(name);
    for (const act of this.#thawed(machine)) this.agenda.add(0, act);
    this.#arm(machine);
  }

  #thawed(machine: Machine): readonly (() => void)[] {
    const held = machine.held;
    machine.frozen = false;
    machine.paused = false;
    machine.held = [];
    return held;
  }

  standby(name: string, hold = 'all'): void {
    this.fifo(name, { t: 'ask_resources', rsc_hold: hold, info: 'me' });
  }

  takeover(name: string, hold = 'all'): void {
    this.fifo(name, { t: 'hb_takeover', rsc_hold: hold });
  }

  fifo(name: string, fields: Record<string, string>): void {
    this.tell(name, { kind: 'local-message', fields: draftOf(fields) });
  }

  /** What the node sends although its engine never would. */
  say(name: string, fields: Record<string, string>): void {
    const machine = this.host(name);
    const { daemon } = machine;
    if (!(daemon instanceof OurDaemon)) return;
    for (const bytes of daemon.say(draftOf(fields), this.#momentOf(machine)))
      this.#send(machine, bytes);
  }

  stop(name: string): void {
    this.tell(name, { kind: 'stop' });
  }

  holding(name: string): string {
    return this.host(name).daemon?.holding() ?? 'down';
  }

  /** Who runs a resource right now. */
  runners(resource: string): string[] {
    const runners: string[] = [];
    for (const { name, running } of this.hosts.values())
      if (running.has(resource)) runners.push(name);
    return runners;
  }

  isUp(name: string): boolean {
    return this.host(name).daemon !== undefined;
  }

  isFrozen(name: string): boolean {
    return this.host(name).frozen;
  }

  /** Lines logged by a node at or above WARN. */
  complaints(name: string): string[] {
    return this.host(name).log.filter((line) => /^(WARN|ERROR|CRIT)/.test(line));
  }

  notices(name: string): readonly string[] {
    return this.host(name).notices;
  }

  logged(name: string): readonly string[] {
    return this.host(name).log;
  }

  /** Runs until `holds`; throws when it does not within `limit` milliseconds. */
  until(holds: () => boolean, limit = 60_000): number {
    const start = this.now;
    while (!holds()) {
      if (this.now - start > limit)
        throw new Error(`not within ${String(limit)} ms\n${lastWords(this.#machines)}`);
      if (!this.#next()) throw new Error('nothing is going to happen any more');
    }
    return this.now - start;
  }

  run(duration: number): void {
    const end = this.now + duration;
    while ((this.agenda.nextAt() ?? Infinity) <= end) this.#next();
    this.agenda.skipTo(end);
  }

  tell(name: string, event: NodeEvent): void {
    this.#tell(this.host(name), event);
  }

  /** Throws when there is no machine of that name. */
  host(name: string): Machine {
    const machine = this.hosts.get(name);
    if (machine === undefined) throw new Error(`no host ${name}`);
    return machine;
  }

  #tell(machine: Machine, event: NodeEvent): void {
    const { daemon } = machine;
    if (machine.frozen) {
      if (machine.held.length < mostHeld)
        machine.held.push(() => {
          this.#tell(machine, event);
        });
      return;
    }
    if (daemon === undefined) return;
    for (const effect of daemon.step(event, this.#momentOf(machine)))
      this.#perform(machine, effect);
    this.#arm(machine);
  }

  #arrive(to: string, link: string, bytes: Uint8Array): void {
    const { daemon, frozen } = this.host(to);
    if (daemon !== undefined && !frozen) this.network.record(to, { link, bytes });
    this.tell(to, { kind: 'datagram', link, bytes });
  }

  #momentOf(machine: Machine): Moment {
    const wall = 1_700_000_000 + Math.floor(this.now / 1000) + machine.clockOff;
    return { now: instant(this.now), wall, load: '0.00' };
  }

  #boot(machine: Machine, kept?: Kept): void {
    machine.generation += 1;
    machine.life += 1;
    machine.tickAt = undefined;
    this.network.forget(machine.name);
    machine.daemon = this.#make(machine, kept);
    this.#happens({
      kind: 'life',
      machine,
      what: `starts generation ${String(machine.generation)}`,
    });
    this.#tell(machine, { kind: 'start' });
  }

  /** ha.cf of a node has changed: a new life in the same process. */
  #restart(machine: Machine, kept: Kept | undefined, wait: number = execTakes): void {
    machine.daemon = undefined;
    const { boots, life } = machine;
    this.#happens({ kind: 'life', machine, what: 'restarts itself' });
    this.agenda.add(wait, () => {
      if (machine.boots === boots && machine.life === life) this.#boot(machine, kept);
    });
  }

  #perform(machine: Machine, effect: DaemonEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(machine, effect.datagram);
        break;
      case 'run':
        this.#run(machine, effect.job);
        break;
      case 'log':
        machine.log.push(`${effect.line.level} ${effect.line.text}`);
        this.#happens({ kind: 'logged', machine, line: effect.line });
        break;
      case 'cannot-stop':
        if (effect.how === 'fence') this.kill(machine.name);
        else this.powerOff(machine.name);
        break;
      case 'fence':
        this.#fence(machine, effect);
        break;
      case 'cancel-fence':
        this.device.cancel(machine, effect.node);
        break;
      case 'restart':
        this.#restart(machine, effect.kept);
        break;
      case 'exit':
        machine.daemon = undefined;
        this.#happens({ kind: 'life', machine, what: 'ends' });
        break;
      case 'begin-anew':
        this.#restart(machine, undefined, effect.after);
        break;
      case 'reboot':
        this.powerOff(machine.name);
        break;
      case 'notify':
        machine.notices.push([effect.type, ...noticeWords(effect.fields)].join(' '));
        break;
      case 'reserve-generation':
        this.#reserve(machine, effect.generation);
        break;
      case 'ping':
        this.network.ping(machine.name, effect.node, effect.datagram);
        break;
      case 'announce':
      case 'introduce':
      case 'client-event':
      case 'client-query':
      case 'pause-clients':
      case 'remember-deleted':
      case 'became-active':
      case 'check-device':
        break;
    }
  }

  #fence(machine: Machine, { attempt, node }: Extract<DaemonEffect, { kind: 'fence' }>): void {
    this.#happens({ kind: 'reset', machine, what: `resets ${node} ...` });
    this.device.reset(machine, node, (outcome) => {
      this.#happens({ kind: 'reset', machine, what: `resets ${node}: ${outcome.kind}` });
      this.#tell(machine, { kind: 'fenced', attempt, outcome });
    });
  }

  #reserve(machine: Machine, generation: number): void {
    const { boots, life, name } = machine;
    this.agenda.add(writeTakes, () => {
      if (machine.boots !== boots || machine.life !== life) return;
      machine.generation = generation;
      this.tell(name, { kind: 'generation-reserved', generation });
    });
  }

  #send(machine: Machine, bytes: Uint8Array): void {
    this.#happens({ kind: 'sent', machine, bytes });
    this.network.send(machine.name, bytes);
  }

  #run(machine: Machine, job: Job): void {
    const call = `${machine.name} ${job.action} ${job.resource.text}`;
    this.runs.push(call);
    this.#happens({ kind: 'began', machine, job });
    const script = this.scripts.get(call) ?? {};
    const { boots, life } = machine;
    machine.scripts += 1;
    const end = (): void => {
      if (machine.boots !== boots) return;
      if (machine.paused) machine.held.push(end);
      else this.#end(machine, { job, script, isHeard: machine.life === life });
    };
    this.agenda.add(script.takes ?? this.#usually(), end);
  }

  #end(machine: Machine, { job, script, isHeard }: Call): void {
    machine.scripts -= 1;
    const works = script.outcome === undefined || script.works === true;
    const natural = works ? this.#act(machine, job.action, job.resource.text) : undefined;
    const outcome = script.outcome ?? natural ?? { kind: 'done' };
    this.#happens({ kind: 'ended', machine, job, outcome, isHeard });
    if (isHeard) this.#tell(machine, { kind: 'ran', job: job.id, outcome });
  }

  #act(machine: Machine, action: Action, resource: string): Outcome {
    if (action === 'probe')
      return { kind: this.runners(resource).length > 0 ? 'running' : 'stopped' };
    if (action === 'status') return { kind: machine.running.has(resource) ? 'running' : 'stopped' };
    if (action === 'start') machine.running.add(resource);
    else machine.running.delete(resource);
    this.#doubles.look(this.#machines, this.now);
    return { kind: 'done' };
  }

  /** One act for each machine waits at most; an earlier deadline gets one of its own. */
  #arm(machine: Machine): void {
    const { daemon } = machine;
    if (daemon === undefined || machine.frozen) return;
    const due = Math.max(this.now, daemon.nextDeadline());
    if (!Number.isFinite(due) || (machine.tickAt ?? Infinity) <= due) return;
    machine.tickAt = due;
    this.agenda.add(due - this.now, () => {
      if (machine.daemon === daemon && machine.tickAt === due) this.#tick(machine, daemon);
    });
  }

  #tick(machine: Machine, daemon: Daemon): void {
    machine.tickAt = undefined;
    if (machine.frozen) return;
    if (daemon.nextDeadline() <= this.now) this.#tell(machine, { kind: 'tick' });
    else this.#arm(machine);
  }

  #happens(happening: Happening): void {
    for (const listener of this.#listeners) listener(happening, this.now);
  }

  #next(): boolean {
    const before = this.now;
    const act = this.agenda.take();
    if (act === undefined) return false;
    this.#stuck = this.now > before ? 0 : this.#stuck + 1;
    if (this.#stuck > 20_000)
      throw new Error(`time stands still at ${String(this.now)}\n${lastWords(this.#machines)}`);
    act();
    return true;
  }
}

interface Call {
  readonly job: Job;
  readonly script: Script;
  readonly isHeard: boolean;
}
