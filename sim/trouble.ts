/** What befalls the cluster: faults of the network, of machines and of scripts, and what operators do. */
import { millis } from '../src/units.ts';
import type { Cluster } from './cluster.ts';
import type { ResetScript } from './device.ts';
import type { Dice } from './dice.ts';
import type { Machine, Script } from './machine.ts';
import type { Scenario } from './scenario.ts';

/** It says what it did, or nothing when it could not be done now. */
type Act = () => string | undefined;

const failed: Script = { outcome: { kind: 'failed', code: 1, why: '' } };
const holds = ['all', 'local', 'foreign'];

/** How much each kind of act weighs in the draw. */
const weights: Readonly<Record<string, number>> = {
  cut: 3,
  partition: 3,
  'one way': 2,
  'one medium': 2,
  heal: 5,
  freeze: 2,
  pause: 1,
  thaw: 4,
  'power off': 2,
  kill: 2,
  stop: 2,
  start: 6,
  reload: 2,
  clock: 1,
  replay: 4,
  'no pings': 1,
  storm: 1,
  standby: 3,
  takeover: 3,
  'start fails': 1,
  'start hangs': 1,
  'start is slow': 1,
  'stop fails': 1,
  'stop hangs': 1,
  'stop is slow': 1,
  'status is slow': 1,
  'reset fails': 2,
  'reset is slow': 2,
  confirm: 1,
  'scripts work': 2,
};

/** A script that a killed daemon has left at work would undo what the next one does; systemd, too, waits for it. */
const canStart = ({ daemon, frozen, scripts }: Machine): boolean =>
  daemon === undefined && !frozen && scripts === 0;

export class Trouble {
  /** How often each kind happened. */
  readonly counts: Map<string, number> = new Map<string, number>();
  readonly #cluster: Cluster;
  readonly #scenario: Scenario;
  readonly #dice: Dice;
  readonly #acts: Readonly<Record<string, Act>>;
  readonly #bag: readonly string[];

  constructor(cluster: Cluster, scenario: Scenario, dice: Dice) {
    this.#cluster = cluster;
    this.#scenario = scenario;
    this.#dice = dice;
    this.#acts = {
      ...this.#networkActs(),
      ...this.#machineActs(),
      ...this.#operatorActs(),
      ...this.#scriptActs(),
      ...(scenario.fencing === undefined ? {} : this.#fencingActs()),
    };
    this.#bag = Object.entries(weights).flatMap(([kind, weight]) =>
      Array.from({ length: weight }, () => kind),
    );
    cluster.network.weather = scenario.weather;
  }

  /** One thing happens; what it is, in words. */
  strike(): string {
    for (let tries = 0; tries < 20; tries += 1) {
      const kind = this.#dice.pick(this.#bag);
      const told = this.#acts[kind]?.();
      if (told === undefined) continue;
      this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
      return told;
    }
    return 'nothing';
  }

  /** Everything works again, and every daemon runs. */
  end(): void {
    const { device, network, scripts } = this.#cluster;
    scripts.clear();
    device.scripts.clear();
    network.healAll();
    network.weather = { loss: 0, jitter: 0, doubled: 0 };
    for (const { name, frozen } of this.#machines()) if (frozen) this.#cluster.thaw(name);
    this.startAll();
  }

  startAll(): void {
    for (const machine of this.#machines())
      if (canStart(machine)) this.#cluster.start(machine.name);
  }

  /** What waits for an operator when the faults are over: what failed to start everywhere, or could not be stopped. */
  repair(turn: number): string | undefined {
    const stuckC = this.#some(({ daemon }) => daemon?.kind === 'c');
    if (turn === 2 && stuckC !== undefined) {
      this.#cluster.powerOff(stuckC.name);
      return `operator: ${stuckC.name}, like C, is reset`;
    }
    const stuck = this.#some(
      ({ daemon }) =>
        daemon !== undefined &&
        this.#scenario.groups.some(([, key = '']) => daemon.belief(key) === 'letting-go'),
    );
    if (stuck !== undefined) {
      this.#cluster.stop(stuck.name);
      return `operator: stop ${stuck.name}, which could not let go`;
    }
    const name = turn % 2 === 0 ? this.#ownerOfMissing() : this.#inTurn(turn);
    if (name === undefined || !this.#cluster.isUp(name)) return undefined;
    this.#cluster.takeover(name, 'local');
    return `operator: hb_takeover local on ${name}`;
  }

  /** The owner of a group that runs nowhere. */
  #ownerOfMissing(): string | undefined {
    const { groups } = this.#scenario;
    return groups.find(([, ...resources]) =>
      resources.some((resource) => this.#cluster.runners(resource).length === 0),
    )?.[0];
  }

  #inTurn(turn: number): string | undefined {
    const { nodes } = this.#scenario;
    return nodes[Math.floor(turn / 2) % nodes.length]?.name;
  }

  #machines(): readonly Machine[] {
    return [...this.#cluster.hosts.values()];
  }

  #some(fits: (machine: Machine) => boolean): Machine | undefined {
    const candidates = this.#machines().filter(fits);
    return candidates.length === 0 ? undefined : this.#dice.pick(candidates);
  }

  /** Does it to a machine with a daemon that is awake. */
  #toOneAwake(act: (name: string) => string): string | undefined {
    const machine = this.#some(({ daemon, frozen }) => daemon !== undefined && !frozen);
    return machine === undefined ? undefined : act(machine.name);
  }

  #networkActs(): Record<string, Act> {
    const { network } = this.#cluster;
    const names = (): readonly string[] => this.#machines().map(({ name }) => name);
    return {
      cut: () => {
        const name = this.#dice.pick(names());
        this.#cluster.cut(name);
        network.blockPings(name);
        return `all cables of ${name} are pulled`;
      },
      partition: () => {
        const side = this.#dice.some(names());
        this.#divide(side, network.media);
        this.#partFromPings(side);
        return `the network falls apart: ${side.join(' ') || 'nobody'} on one side`;
      },
      'one way': () => {
        const from = this.#dice.pick(names());
        const to = this.#dice.pick(names().filter((name) => name !== from));
        network.block(from, to);
        // One of the two is at fault, and what it hears of ping nodes is gone as well.
        network.blockPings(this.#dice.pick([from, to]));
        return `${to} no longer hears ${from}`;
      },
      'one medium': () => {
        const medium = this.#dice.pick(network.media);
        const side = this.#dice.some(names());
        this.#divide(side, [medium]);
        this.#partFromPings(side);
        return `${medium} falls apart: ${side.join(' ') || 'nobody'} on one side`;
      },
      'no pings': () => {
        if (this.#scenario.pingNodes.length === 0) return undefined;
        const name = this.#dice.pick(names());
        network.blockPings(name);
        return `${name} reaches no ping node`;
      },
      heal: () => {
        network.healAll();
        return 'the network is whole';
      },
      storm: () => {
        const stormy = { loss: 0.4, jitter: 400, doubled: 0.1 };
        const isStorm = network.weather.loss === stormy.loss;
        network.weather = isStorm ? this.#scenario.weather : stormy;
        return isStorm ? 'the storm is over' : 'a storm: 40 % of all packets are lost';
      },
      replay: () => {
        const count = network.replay(this.#dice.pick([5, 30, 100]));
        return count === 0 ? undefined : `${String(count)} old packets are sent again`;
      },
    };
  }

  /** Ping nodes are on the other side: where both see them only the path of the heartbeats is cut, and no tie can be broken. */
  #partFromPings(side: readonly string[]): void {
    for (const name of side) this.#cluster.network.blockPings(name);
  }

  #divide(side: readonly string[], media: readonly string[]): void {
    const others = [...this.#cluster.hosts.keys()].filter((name) => !side.includes(name));
    for (const one of side)
      for (const other of others) {
        this.#cluster.network.block(one, other, media);
        this.#cluster.network.block(other, one, media);
      }
  }

  #machineActs(): Record<string, Act> {
    const { cluster, dice } = { cluster: this.#cluster, dice: this.#dice };
    return {
      freeze: () =>
        this.#toOneAwake((name) => {
          cluster.freeze(name);
          return `the daemon of ${name} stands still`;
        }),
      pause: () =>
        this.#toOneAwake((name) => {
          cluster.pause(name);
          return `${name} stands still`;
        }),
      thaw: () => {
        const machine = this.#some(({ frozen }) => frozen);
        if (machine === undefined) return undefined;
        cluster.thaw(machine.name);
        return `${machine.name} goes on`;
      },
      'power off': () => {
        const name = dice.pick(this.#machines()).name;
        cluster.powerOff(name);
        return `${name} loses power`;
      },
      kill: () => {
        const machine = this.#some(({ daemon, paused }) => daemon !== undefined && !paused);
        if (machine === undefined) return undefined;
        // What a C daemon has left running the next one does not look for (spec resources 7.11).
        if (machine.daemon?.kind === 'c') cluster.powerOff(machine.name);
        else cluster.kill(machine.name);
        return `the daemon of ${machine.name} is killed`;
      },
      clock: () => {
        const machine = dice.pick(this.#machines());
        // Nodes like C refuse for ever a generation that is lower than the last.
        const hasC = this.#machines().some(({ daemon }) => daemon?.kind === 'c');
        const mustRise = hasC && this.#scenario.losesFiles;
        const jump = dice.pick(mustRise ? [30, 3600] : [-3600, -30, 30, 3600]);
        machine.clockOff += jump;
        return `the wall clock of ${machine.name} jumps by ${String(jump)} s`;
      },
    };
  }

  #operatorActs(): Record<string, Act> {
    const { cluster, dice } = { cluster: this.#cluster, dice: this.#dice };
    return {
      stop: () =>
        this.#toOneAwake((name) => {
          cluster.stop(name);
          return `operator: stop ${name}`;
        }),
      start: () => {
        const machine = this.#some(canStart);
        if (machine === undefined) return undefined;
        const { name } = machine;
        const isLost = this.#scenario.losesFiles && dice.happens(0.3);
        if (isLost) cluster.loseFiles(name);
        cluster.start(name);
        return `operator: start ${name}${isLost ? ', whose state files are lost' : ''}`;
      },
      reload: () =>
        this.#toOneAwake((name) => {
          cluster.tell(name, { kind: 'restart' });
          return `operator: reload ${name}, whose ha.cf has changed`;
        }),
      standby: () =>
        this.#toOneAwake((name) => {
          const hold = dice.pick(holds);
          cluster.standby(name, hold);
          return `operator: hb_standby ${hold} on ${name}`;
        }),
      takeover: () =>
        this.#toOneAwake((name) => {
          const hold = dice.pick([...holds, 'failback']);
          cluster.takeover(name, hold);
          return `operator: hb_takeover ${hold} on ${name}`;
        }),
    };
  }

  #scriptActs(): Record<string, Act> {
    const { scripts } = this.#cluster;
    const from = (action: string, script: () => Script) => (): string => {
      const { name } = this.#dice.pick(this.#machines());
      const [, ...resources] = this.#dice.pick(this.#scenario.groups);
      const call = `${name} ${action} ${this.#dice.pick(resources)}`;
      const made = script();
      scripts.set(call, made);
      const takes = made.takes === undefined ? '' : `, after ${String(made.takes)} ms`;
      const works = made.works === true ? ', though it works' : '';
      return `from now on: ${call}: ${made.outcome?.kind ?? 'works'}${takes}${works}`;
    };
    const hangs = (): Script => ({
      outcome: { kind: 'timed-out', limit: millis(3000) },
      takes: 3000,
      works: this.#dice.happens(0.5),
    });
    const slow = (): Script => ({ takes: this.#dice.pick([1500, 4000]) });
    return {
      'start fails': from('start', () => failed),
      'start hangs': from('start', hangs),
      'start is slow': from('start', slow),
      'stop fails': from('stop', () => failed),
      'stop hangs': from('stop', hangs),
      'stop is slow': from('stop', slow),
      'status is slow': from('status', slow),
      'scripts work': () => {
        const { device } = this.#cluster;
        if (scripts.size + device.scripts.size === 0) return undefined;
        scripts.clear();
        device.scripts.clear();
        return 'all scripts work';
      },
    };
  }

  #fencingActs(): Record<string, Act> {
    const { device } = this.#cluster;
    const resets = (script: ResetScript) => (): string => {
      const { name } = this.#dice.pick(this.#machines());
      const others = this.#machines().filter((machine) => machine.name !== name);
      const call = `${name} resets ${this.#dice.pick(others).name}`;
      device.scripts.set(call, script);
      return `from now on: ${call}: ${script.outcome?.kind ?? 'works'}, after ${String(script.takes)} ms`;
    };
    return {
      'reset fails': resets({ outcome: { kind: 'failed', why: 'no answer' }, takes: 1000 }),
      'reset is slow': resets({ takes: 5000 }),
      // Operators look before they say so.
      confirm: () => {
        const down = this.#some(
          ({ daemon, running, scripts }) =>
            daemon === undefined && running.size === 0 && scripts === 0,
        );
        if (down === undefined) return undefined;
        return this.#toOneAwake((name) => {
          this.#cluster.fifo(name, { t: 'hb_confirm_down', node: down.name });
          return `operator: hb_confirm_down ${down.name} on ${name}`;
        });
      },
    };
  }
}
