/** One seed, from its first datagram to the verdict. */
import type { Kept } from '../src/haresources/types.ts';
import { nodeName } from '../src/units.ts';
import { CDaemon } from './c-daemon.ts';
import { Cluster } from './cluster.ts';
import { OurDaemon, type Daemon } from './daemon.ts';
import { Dice } from './dice.ts';
import { Judges, type Violation } from './judges.ts';
import type { Listener, Machine } from './machine.ts';
import { mutated, type Mutant } from './mutants.ts';
import type { Scenario } from './scenario.ts';
import { settingsOf } from './settings.ts';
import { differences } from './settled.ts';
import { Trouble } from './trouble.ts';

export interface Verdict {
  readonly seed: number;
  /** The first one: what follows may follow from it. */
  readonly violation: Violation | undefined;
  readonly virtualMillis: number;
  /** How often each kind of trouble happened. */
  readonly faults: ReadonlyMap<string, number>;
}

export interface Reader {
  readonly hear: Listener;
  /** What befalls the cluster, in words. */
  readonly tell: (what: string, now: number) => void;
}

/** How often the judges look on. */
const glance = 50;
/** After the last fault, with every daemon up. */
const settlesWithin = 100_000;
/** The calm must last. */
const calm = 3000;

/** What may be added to a run. */
export interface Extras {
  readonly reader?: Reader;
  /** A bug that all nodes of ours get. */
  readonly mutant?: Mutant | undefined;
}

export function simulate(scenario: Scenario, extras: Extras = {}): Verdict {
  return new Simulation(scenario, extras).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #reader: Reader | undefined;
  readonly #cluster: Cluster;
  readonly #judges: Judges;
  readonly #trouble: Trouble;
  readonly #dice: Dice;

  constructor(scenario: Scenario, { reader, mutant }: Extras) {
    const { seed, groups, media, nodes, scriptsTake } = scenario;
    this.#scenario = scenario;
    this.#reader = reader;
    this.#dice = new Dice(seed, 'course');
    const scriptDice = new Dice(seed, 'scripts');
    this.#cluster = new Cluster({
      nodes: nodes.map(({ name }) => name),
      groups,
      media,
      seed,
      scriptTakes: () => scriptDice.between(1, scriptsTake),
      daemon: (machine, kept) => makeDaemon(scenario, machine, { kept, mutant }),
    });
    if (reader !== undefined) this.#cluster.listen(reader.hear);
    this.#judges = new Judges(this.#cluster, scenario);
    this.#trouble = new Trouble(this.#cluster, scenario, new Dice(seed, 'trouble'));
  }

  run(): Verdict {
    try {
      this.#course();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : 'something was thrown';
      this.#tell(text);
      this.#judges.accuse('crash', text.split('\n', 1)[0] ?? '');
    }
    return {
      seed: this.#scenario.seed,
      violation: this.#judges.violations[0],
      virtualMillis: this.#cluster.now,
      faults: this.#trouble.counts,
    };
  }

  #course(): void {
    for (const { name } of this.#scenario.nodes) {
      this.#watch(this.#dice.pick([0, 0, 100, 3000]));
      this.#cluster.start(name);
    }
    this.#watch(this.#dice.pick([100, 3000, 8000]));
    for (let act = 0; act < this.#scenario.acts && !this.#isOver(); act += 1) {
      this.#tell(this.#trouble.strike());
      this.#watch(this.#dice.between(1, 100) + this.#dice.below(this.#dice.pick([1, 3000, 8000])));
    }
    if (!this.#isOver()) this.#settle();
  }

  #isOver(): boolean {
    return this.#judges.violations.length > 0;
  }

  #tell(what: string): void {
    this.#reader?.tell(what, this.#cluster.now);
  }

  #watch(duration: number): void {
    const end = this.#cluster.now + duration;
    while (this.#cluster.now < end && !this.#isOver()) {
      this.#cluster.run(Math.min(glance, end - this.#cluster.now));
      this.#judges.look();
    }
  }

  /** The faults are over: in bounded time one owner of everything, and all agree. */
  #settle(): void {
    this.#trouble.end();
    this.#tell('the faults are over');
    const start = this.#cluster.now;
    let calmSince = start;
    let repairs = 0;
    while (this.#cluster.now - calmSince < calm && !this.#isOver()) {
      this.#watch(500);
      this.#trouble.startAll();
      const wrong = differences(this.#cluster, this.#scenario);
      if (wrong.length > 0) calmSince = this.#cluster.now;
      const waited = this.#cluster.now - start;
      if (waited > settlesWithin) this.#judges.accuse('unsettled', wrong.join('; '));
      if (wrong.length > 0 && waited > 15_000 * (repairs + 1))
        this.#tell(this.#trouble.repair(repairs++) ?? 'nothing to repair');
    }
  }
}

interface Life {
  readonly kept: Kept | undefined;
  readonly mutant: Mutant | undefined;
}

function makeDaemon(scenario: Scenario, machine: Machine, { kept, mutant }: Life): Daemon {
  const settings = settingsOf({ ...scenario, nodes: scenario.nodes.map(({ name }) => name) });
  const { generation, name, uuid } = machine;
  const self = nodeName(name);
  const node = { settings, self, uuid, generation, seed: generation, kept };
  const kind = scenario.nodes.find((one) => one.name === name)?.kind;
  if (kind === 'c') return new CDaemon(node);
  const daemon = new OurDaemon(node);
  if (mutant === undefined) return daemon;
  const { authKeys, extensions } = settings;
  return mutated(daemon, mutant, { ...authKeys, acceptCrc: extensions.acceptCrc });
}
