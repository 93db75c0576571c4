/** They look on from outside, and accuse: what must never be, whatever happens. */
import type { Cluster } from './cluster.ts';
import type { Belief } from './daemon.ts';
import { Ghosts } from './ghosts.ts';
import type { Job } from '../src/haresources/types.ts';
import type { Happening, Machine } from './machine.ts';
import { Numbers } from './numbers.ts';
import { Pairs } from './pairs.ts';
import type { Scenario } from './scenario.ts';

export type Rule =
  /** A resource runs on two machines that hear each other, for longer than the protocol needs. */
  | 'two-runners'
  /** A start of what runs on another machine that is heard. */
  | 'start-beside'
  /** With fencing: a start of what runs, or is being started, anywhere else at all. */
  | 'start-before-fence'
  /** With `policy = stop`: a start of what still runs where the daemon is awake and nothing hinders it from stopping. */
  | 'start-before-release'
  /** Two starts or stops of one group at a time on one machine. */
  | 'two-scripts'
  /** Two messages with one number in a generation. */
  | 'number-twice'
  /** A node takes a peer to have restarted more often than it has. */
  | 'restart-imagined'
  /** A node that says nothing is believed to be alive. */
  | 'ghost'
  /** A node says more than a thousand things in a second. */
  | 'flood'
  /** A node of ours that throws, or a cluster that turns without end. */
  | 'crash'
  /** The faults are over, and still not everything runs once, or the nodes do not agree. */
  | 'unsettled';

export interface Violation {
  readonly rule: Rule;
  readonly at: number;
  readonly text: string;
}

/** Two halves that meet settle within that, their stop scripts apart: a standby that nobody answers comes before it, for 10 s. */
const settleWithin = 15_000;
/** A C node waits up to half a second at each hop, and restarts 2 s after a heal. */
const settleWithinBesideC = 20_000;
/** So long after the first word between two nodes both know what the other holds. */
const acquainted = 1500;
/** In its first five seconds a node asks to be waited for longer (spec membership 2.1); packets may be late. */
const ghostSlack = 2000 + 1500;
/** So much longer a node is waited for that has said that it restarts itself. */
const patience = 30_000;
const mostInASecond = 1000;
/** Who slept, or has just started with what an earlier daemon left, may not have let go of it yet. */
const wakesWithin = 20_000;

/** `[quorum] release`, as drawn: a cut-off node is given so long. */
const releaseTime = 5000;

interface AtWork {
  readonly job: Job;
  readonly life: number;
  readonly boots: number;
}

export class Judges {
  readonly violations: Violation[] = [];
  readonly pairs: Pairs;
  readonly #cluster: Cluster;
  readonly #scenario: Scenario;
  readonly #ghosts: Ghosts;
  /** When a daemon was last seen frozen or down. */
  readonly #asleepAt = new Map<string, number>();
  /** Nodes that have asked to be waited for, and until when that may last. */
  readonly #patientUntil = new Map<string, number>();
  readonly #sent = new Map<string, { readonly second: number; readonly count: number }>();
  readonly #numbers = new Numbers();
  /** By machine and group: the one start or stop at work, and whose it is. */
  readonly #atWork = new Map<string, AtWork>();
  /** By listener, its life, and peer: how often the peer seemed to restart. */
  readonly #restarts = new Map<string, number>();
  /** Since when a resource has run on two machines that are not letting go of it. */
  readonly #doubleSince = new Map<string, number>();

  constructor(cluster: Cluster, scenario: Scenario) {
    this.#cluster = cluster;
    this.#scenario = scenario;
    this.pairs = new Pairs(cluster);
    this.#ghosts = new Ghosts(cluster);
    cluster.listen((happening) => {
      this.#hear(happening);
    });
  }

  accuse(rule: Rule, text: string): void {
    this.violations.push({ rule, at: this.#cluster.now, text });
  }

  /** To be called every 50 ms or so. */
  look(): void {
    this.pairs.look();
    this.#lookForGhosts();
    for (const { name, daemon, frozen } of this.#cluster.hosts.values())
      if (daemon === undefined || frozen) this.#asleepAt.set(name, this.#cluster.now);
    for (const [key, ...resources] of this.#members())
      for (const resource of resources) this.#lookAt(key, resource);
  }

  #members(): (readonly [key: string, ...resources: string[]])[] {
    return this.#scenario.groups.map(([, ...resources]) => [resources[0] ?? '', ...resources]);
  }

  #hear(happening: Happening): void {
    switch (happening.kind) {
      case 'began':
        this.#began(happening);
        break;
      case 'ended':
        this.#ended(happening);
        break;
      case 'sent':
        this.#heardSent(happening);
        break;
      case 'logged':
        this.#logged(happening);
        break;
      case 'reset':
        break;
      case 'life':
        this.pairs.part(happening.machine.name);
        break;
    }
  }

  #logged({ machine, line }: Extract<Happening, { kind: 'logged' }>): void {
    if (/node \S+: is dead$/.test(line.text)) this.pairs.part(machine.name);
    if (line.text === 'Heartbeat restart triggered.')
      this.#patientUntil.set(machine.name, this.#cluster.now + 2 * patience);
    const restarted = /^Heartbeat restart on node (\S+)$/.exec(line.text)?.[1];
    if (restarted !== undefined) this.#judgeRestart(machine, restarted);
  }

  #judgeRestart({ name, life }: Machine, node: string): void {
    const key = `${name} ${String(life)} ${node}`;
    const count = (this.#restarts.get(key) ?? 0) + 1;
    this.#restarts.set(key, count);
    const generations = this.#numbers.generationsOf(node);
    if (count <= generations) return;
    const spoken = `which has spoken in ${String(generations)} generations`;
    this.accuse('restart-imagined', `${name} sees restart ${String(count)} of ${node}, ${spoken}`);
  }

  #lookForGhosts(): void {
    const { deadtime, initdead } = this.#scenario.timing;
    const limit = Math.max(deadtime, initdead) + ghostSlack;
    for (const { listener, silent, lasts } of this.#ghosts.look()) {
      const more = this.#cluster.now < (this.#patientUntil.get(silent.name) ?? 0) ? patience : 0;
      if (lasts < limit + more) continue;
      const how = `silent for ${String(lasts)} ms, is alive for ${listener.name}`;
      this.accuse('ghost', `${silent.name}, ${how}`);
    }
  }

  #heardSent({ machine, bytes }: Extract<Happening, { kind: 'sent' }>): void {
    this.#ghosts.speaks(machine);
    this.#countOf(machine);
    const twice = this.#numbers.sent(machine.name, bytes);
    if (twice !== undefined) this.accuse('number-twice', twice);
  }

  #countOf({ name }: Machine): void {
    const second = Math.floor(this.#cluster.now / 1000);
    const before = this.#sent.get(name);
    const count = before?.second === second ? before.count + 1 : 1;
    this.#sent.set(name, { second, count });
    if (count <= mostInASecond) return;
    const text = `${name} sends more than ${String(mostInASecond)} messages in a second`;
    this.accuse('flood', text);
    // There may be no end of it.
    throw new Error(text);
  }

  #began({ machine, job }: Extract<Happening, { kind: 'began' }>): void {
    if (job.action !== 'start' && job.action !== 'stop') return;
    const key = `${machine.name} ${job.group}`;
    const other = this.#atWork.get(key);
    // A daemon of ours finds its scripts gone with it; those of C go one after the other anyway.
    if (other?.life === machine.life && machine.daemon?.kind === 'ours')
      this.accuse('two-scripts', `${machine.name} ${job.action} ${job.resource.text}`);
    this.#atWork.set(key, { job, life: machine.life, boots: machine.boots });
    if (job.action === 'start' && machine.daemon?.kind === 'ours') this.#judgeStart(machine, job);
  }

  #ended({ machine, job }: Extract<Happening, { kind: 'ended' }>): void {
    const key = `${machine.name} ${job.group}`;
    if (this.#atWork.get(key)?.job.id === job.id) this.#atWork.delete(key);
  }

  #judgeStart(machine: Machine, job: Job): void {
    for (const other of this.#cluster.hosts.values())
      if (other !== machine) this.#judgeStartBeside(machine, other, job);
  }

  #judgeStartBeside(machine: Machine, other: Machine, job: Job): void {
    const isKnown = this.pairs.together(machine.name, other.name) >= acquainted;
    const belief = other.daemon?.belief(job.group);
    if (isExcused(other, belief)) return;
    const where = `${job.resource.text}, which runs on ${other.name} (${belief ?? 'no daemon'} there)`;
    if (isKnown && other.running.has(job.resource.text))
      this.accuse('start-beside', `${machine.name} starts ${where}`);
    else if (this.#scenario.fencing !== undefined && this.#mayRunOn(other, job))
      this.accuse('start-before-fence', `${machine.name} starts ${where}`);
    else if (this.#isReleasing(other) && other.running.has(job.resource.text))
      this.accuse('start-before-release', `${machine.name} starts ${where}`);
  }

  /** Whether quorum alone must have made this machine let go of what it cannot hold. */
  #isReleasing({ name, daemon }: Machine): boolean {
    const { quorum, timing } = this.#scenario;
    if (quorum?.policy !== 'stop' || daemon === undefined) return false;
    // Who sees the ping nodes has quorum, cut off or not.
    const isCutOff = this.#cluster.network.pingsMissing(name) > timing.deadtime + releaseTime;
    if (quorum.tiebreak > 0 && !isCutOff) return false;
    const isAwake = this.#cluster.now - (this.#asleepAt.get(name) ?? -Infinity) > wakesWithin;
    const calls = [...this.#cluster.scripts.keys()];
    return isAwake && !calls.some((call) => call.startsWith(`${name} `));
  }

  #mayRunOn(machine: Machine, { group, resource }: Job): boolean {
    if (machine.running.has(resource.text)) return true;
    const atWork = this.#atWork.get(`${machine.name} ${group}`);
    if (atWork?.boots !== machine.boots) return false;
    return atWork.job.action === 'start' && atWork.job.resource.text === resource.text;
  }

  #lookAt(group: string, resource: string): void {
    const runners = [...this.#cluster.hosts.values()].filter(({ running }) =>
      running.has(resource),
    );
    for (const one of runners)
      for (const other of runners)
        if (one.name < other.name) this.#lookAtBoth(one, other, { group, resource });
    if (runners.length < 2) this.#forget(resource);
  }

  #forget(resource: string): void {
    if (this.#doubleSince.size === 0) return;
    for (const key of this.#doubleSince.keys())
      if (key.startsWith(`${resource} `)) this.#doubleSince.delete(key);
  }

  /** Time counts while both run it, hear each other, and neither is at work on letting it go. */
  #lookAtBoth(one: Machine, other: Machine, what: { group: string; resource: string }): void {
    const key = `${what.resource} ${one.name} ${other.name}`;
    const { now } = this.#cluster;
    const isStopping = [one, other].some(
      ({ daemon }) => daemon?.belief(what.group) === 'letting-go',
    );
    const together = this.pairs.together(one.name, other.name);
    if (isStopping || together === 0) {
      this.#doubleSince.delete(key);
      return;
    }
    const since = this.#doubleSince.get(key);
    if (since === undefined) this.#doubleSince.set(key, now);
    else if (now - since > this.#limit(one, other)) {
      this.accuse('two-runners', `${what.resource} runs on ${one.name} and ${other.name}`);
      this.#doubleSince.set(key, Infinity);
    }
  }

  #limit(...machines: readonly Machine[]): number {
    const isBesideC = machines.some(({ daemon }) => daemon?.kind === 'c');
    return (isBesideC ? settleWithinBesideC : settleWithin) + 2 * this.#scenario.scriptsTake;
  }
}

/** What an earlier daemon has left is being stopped, and is no claim: short of it the owner would have to wait for remains. */
const isExcused = ({ frozen }: Machine, belief: Belief | undefined): boolean =>
  belief === 'left-over' && !frozen;
