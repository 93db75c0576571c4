/** They look on from outside, and accuse: what must never be, whatever happens. */
import type { Cluster } from './cluster.ts';
import type { Belief } from './daemon.ts';
import type { Happening, Machine } from './machine.ts';
import { Numbers } from './numbers.ts';
import { Pairs } from './pairs.ts';
import type { Scenario } from './scenario.ts';

export type Rule =
  /** A resource runs on two machines that hear each other, for longer than the protocol needs. */
  | 'two-runners'
  /** A start of what runs on another machine that is heard. */
  | 'start-beside'
  /** Two starts or stops of one group at a time on one machine. */
  | 'two-scripts'
  /** Two messages with one number in a generation. */
  | 'number-twice'
  /** A node that says nothing is believed to be alive. */
  | 'ghost'
  /** A node of ours that throws, or a cluster that turns without end. */
  | 'crash'
  /** The faults are over, and still not everything runs once, or the nodes do not agree. */
  | 'unsettled';

export interface Violation {
  readonly rule: Rule;
  readonly at: number;
  readonly text: string;
}

/** Two halves that meet settle within that, their stop scripts apart (docs/resources.md). */
const settleWithin = 10_000;
/** A C node waits up to half a second at each hop, and restarts 2 s after a heal. */
const settleWithinBesideC = 20_000;
/** So long after the first word between two nodes both know what the other holds. */
const acquainted = 1500;

export class Judges {
  readonly violations: Violation[] = [];
  readonly pairs: Pairs;
  readonly #cluster: Cluster;
  readonly #scenario: Scenario;
  readonly #numbers = new Numbers();
  /** By machine and group: the one start or stop at work, and whose it is. */
  readonly #atWork = new Map<string, { readonly job: number; readonly life: number }>();
  /** Since when a resource has run on two machines that are not letting go of it. */
  readonly #doubleSince = new Map<string, number>();

  constructor(cluster: Cluster, scenario: Scenario) {
    this.#cluster = cluster;
    this.#scenario = scenario;
    this.pairs = new Pairs(cluster);
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
        this.#sent(happening);
        break;
      case 'logged':
        if (/node \S+: is dead$/.test(happening.line.text)) this.pairs.part(happening.machine.name);
        break;
      case 'life':
        this.pairs.part(happening.machine.name);
        break;
    }
  }

  #sent({ machine, bytes }: Extract<Happening, { kind: 'sent' }>): void {
    const twice = this.#numbers.sent(machine.name, bytes);
    if (twice !== undefined) this.accuse('number-twice', twice);
  }

  #began({ machine, job }: Extract<Happening, { kind: 'began' }>): void {
    if (job.action !== 'start' && job.action !== 'stop') return;
    const key = `${machine.name} ${job.group}`;
    const other = this.#atWork.get(key);
    // A daemon of ours finds its scripts gone with it; those of C go one after the other anyway.
    if (other?.life === machine.life && machine.daemon?.kind === 'ours')
      this.accuse('two-scripts', `${machine.name} ${job.action} ${job.resource.text}`);
    this.#atWork.set(key, { job: job.id, life: machine.life });
    if (job.action === 'start' && machine.daemon?.kind === 'ours') this.#judgeStart(machine, job);
  }

  #ended({ machine, job }: Extract<Happening, { kind: 'ended' }>): void {
    const key = `${machine.name} ${job.group}`;
    if (this.#atWork.get(key)?.job === job.id) this.#atWork.delete(key);
  }

  #judgeStart(
    machine: Machine,
    job: { readonly group: string; readonly resource: { readonly text: string } },
  ): void {
    for (const other of this.#cluster.hosts.values()) {
      if (other === machine || this.pairs.together(machine.name, other.name) < acquainted) continue;
      const belief = other.daemon?.belief(job.group);
      if (!isHolding(belief) || !other.running.has(job.resource.text)) continue;
      const where = `${belief ?? ''} on ${other.name}`;
      this.accuse('start-beside', `${machine.name} starts ${job.resource.text}, ${where}`);
    }
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

const isHolding = (belief: Belief | undefined): boolean =>
  belief === 'runs' || belief === 'letting-go';
