/**
 * Faults drawn from a seed on a pair of whole daemons, and judges that look on from outside. Faults come in rounds; after each
 * the wire is whole again, every node is up, and the pair has to come to rest with one owner.
 */
import { setTimeout as later } from 'node:timers/promises';
import { nextRandom } from '../../src/random.ts';
import { eventually } from './eventually.ts';
import { exitCode, type Pair, type SetWord, type TestNode } from './pair.ts';
import type { Wire } from './wire.ts';

export interface Limits {
  /** Milliseconds for which both may serve although both daemons run and hear each other. */
  readonly two: number;
  /** Milliseconds for which nobody may serve although a node that could has been up for some time. */
  readonly none: number;
  /** Milliseconds until the pair has come to rest after a round. */
  readonly rest: number;
}

/** A node that started so many milliseconds ago may still wait for a peer that it has never heard (initdead). */
const booting = 8_000;
/** So long a standby is waited for. */
const standbyLimit = 12_000;
const words: readonly SetWord[] = ['all', 'local', 'foreign', 'failback'];

type Fault =
  | 'cut'
  | 'heal'
  | 'loss'
  | 'calm-wire'
  | 'start'
  | 'thaw'
  | 'stop'
  | 'kill'
  | 'power-off'
  | 'freeze'
  | 'standby'
  | 'takeover';

interface Player {
  readonly node: TestNode;
  daemon: 'up' | 'frozen' | 'down';
  upSince: number;
  /** Its daemon was killed, what it ran may still run. */
  isRemains: boolean;
}

/** One game: the faults, what was done how often, and what the judges saw. */
export class Faults {
  /** Everything that was done, the oldest first. */
  readonly done: string[] = [];
  readonly violations: string[] = [];
  /** The longest time, in milliseconds, for which both, or nobody, served where one should. */
  longestTwo = 0;
  longestNone = 0;
  rounds = 0;
  readonly #pair: Pair;
  readonly #wire: Wire;
  readonly #limits: Limits;
  readonly #players: readonly [Player, Player];
  readonly #began = performance.now();
  #seed: number;
  #isOver = false;
  #isFoul = false;
  #askedAt = -Infinity;

  /** Both daemons run. */
  constructor(pair: Pair, wire: Wire, limits: Limits, seed: number) {
    this.#pair = pair;
    this.#wire = wire;
    this.#limits = limits;
    this.#seed = seed;
    const player = (node: TestNode): Player => ({
      node,
      daemon: 'up',
      upSince: 0,
      isRemains: false,
    });
    this.#players = [player(pair.first), player(pair.second)];
  }

  /** Plays rounds for so many milliseconds; the last one is played to its end. Stops at the first violation. */
  async play(length: number): Promise<void> {
    const judging = this.#judge();
    try {
      while (this.violations.length === 0 && performance.now() - this.#began < length) {
        await this.#round();
      }
    } catch (error) {
      this.violations.push(String(error));
    }
    this.#isOver = true;
    await judging;
  }

  async #round(): Promise<void> {
    const count = 2 + this.#below(5);
    for (let number = 0; number < count && this.violations.length === 0; number += 1) {
      await this.#oneFault();
      await later(this.#below(3_000));
    }
    await this.#calm();
    this.rounds += 1;
  }

  /** Ends every fault, and waits until one serves and both are at rest. */
  async #calm(): Promise<void> {
    await this.#weather(false);
    for (const player of this.#players) {
      if (player.node.host.isCut()) await this.#heal(player);
      if (player.daemon === 'frozen') await this.#thaw(player);
      if (player.daemon === 'down') await this.#start(player);
    }
    this.#say('calm');
    await this.#pair.oneHolder(this.#limits.rest);
    await this.#pair.settled(this.#limits.rest);
    const owner = await this.#pair.oneHolder(this.#limits.rest);
    await this.#pair.servedBy(owner, this.#limits.rest);
    for (const { node } of this.#players) await this.#mustRun(node);
  }

  async #mustRun(node: TestNode): Promise<void> {
    const outcome = await node.host.run('kill', ['-0', await node.daemonPid()]);
    if (exitCode(outcome) !== 0) throw new Error(`the daemon of ${node.name} is gone`);
  }

  /** Of two faults drawn, the one that was had less often. */
  async #oneFault(): Promise<void> {
    const player = this.#players[this.#below(2)] ?? this.#players[0];
    const possible = this.#possible(player);
    const drawn = [0, 0].map(() => possible[this.#below(possible.length)] ?? 'loss');
    const [fault = 'loss'] = drawn.toSorted((one, other) => this.#count(one) - this.#count(other));
    await this.#commit(player, fault);
  }

  #count(fault: Fault): number {
    return this.done.filter((line) => line.split(' ')[1] === fault).length;
  }

  #possible(player: Player): readonly Fault[] {
    const { node, daemon } = player;
    const wire = [node.host.isCut() ? 'heal' : 'cut', this.#isFoul ? 'calm-wire' : 'loss'] as const;
    switch (daemon) {
      case 'down':
        return [...wire, 'start'];
      case 'frozen':
        return [...wire, 'thaw'];
      case 'up':
        return [...wire, 'stop', 'kill', 'power-off', ...this.#aboutStandby(player)];
    }
  }

  /**
   * A C node that was frozen when it was asked to take part in a standby answers when it wakes; nobody waits for it any more,
   * and it refuses everything for an hour, beside a C node, too. So neither is done soon after the other.
   */
  #aboutStandby({ node }: Player): readonly Fault[] {
    const frozenC = this.#players.some(
      (player) => player.daemon === 'frozen' && player.node.program.name === 'c',
    );
    const isAsked = performance.now() - this.#askedAt < standbyLimit;
    const freeze = node.program.name === 'c' && isAsked ? [] : (['freeze'] as const);
    return frozenC ? freeze : [...freeze, 'standby', 'takeover'];
  }

  #commit(player: Player, fault: Fault): Promise<void> {
    switch (fault) {
      case 'cut':
        return this.#cut(player);
      case 'heal':
        return this.#heal(player);
      case 'loss':
      case 'calm-wire':
        return this.#weather(fault === 'loss');
      case 'start':
        return this.#start(player);
      case 'thaw':
        return this.#thaw(player);
      case 'stop':
        return this.#stop(player);
      case 'kill':
        return this.#kill(player);
      case 'power-off':
        return this.#powerOff(player);
      case 'freeze':
        return this.#freeze(player);
      case 'standby':
      case 'takeover':
        return this.#command(player, fault);
    }
  }

  async #cut({ node }: Player): Promise<void> {
    this.#say(`cut ${node.name}`);
    await node.host.cut();
  }

  async #heal({ node }: Player): Promise<void> {
    await node.host.heal();
    this.#say(`heal ${node.name}`);
  }

  async #weather(isFoul: boolean): Promise<void> {
    this.#say(isFoul ? 'loss' : 'calm-wire');
    this.#isFoul = isFoul;
    await this.#wire.set(isFoul ? { loss: 30, late: 50, upto: 300, doubled: 5 } : {});
  }

  async #start(player: Player): Promise<void> {
    const { node } = player;
    this.#say(`start ${node.name}`);
    // A C daemon that was killed knows nothing of what it left running, and says so: its machine has to be booted.
    if (player.isRemains && node.program.name === 'c') await node.host.powerOff();
    player.isRemains = false;
    if (node.host.pid === undefined) {
      await node.host.powerOn();
      await node.program.prepare(node.host);
    }
    // What is left of a C daemon that was killed takes a moment to notice.
    const starts = async (): Promise<boolean> => exitCode(await node.command('heartbeat')) === 0;
    await eventually(`${node.name} starts`, starts, 20_000);
    player.daemon = 'up';
    player.upSince = performance.now();
  }

  /** An orderly stop; a daemon that does not come to its end is killed, as an operator would. */
  async #stop(player: Player): Promise<void> {
    const { node } = player;
    this.#say(`stop ${node.name}`);
    const [program = '', ...args] = node.program.command('heartbeat');
    const outcome = await node.host.run(program, [...args, '-k'], { timeout: 20_000 });
    if (exitCode(outcome) !== 0) await this.#kill(player);
    player.daemon = 'down';
  }

  async #kill(player: Player): Promise<void> {
    this.#say(`kill ${player.node.name}`);
    player.daemon = 'down';
    player.isRemains = true;
    await player.node.signal('KILL');
  }

  async #powerOff(player: Player): Promise<void> {
    this.#say(`power-off ${player.node.name}`);
    player.daemon = 'down';
    await player.node.host.powerOff();
  }

  async #freeze(player: Player): Promise<void> {
    this.#say(`freeze ${player.node.name}`);
    player.daemon = 'frozen';
    await player.node.signal('STOP');
  }

  async #thaw(player: Player): Promise<void> {
    await player.node.signal('CONT');
    player.daemon = 'up';
    player.upSince = performance.now();
    this.#say(`thaw ${player.node.name}`);
  }

  async #command({ node }: Player, what: 'standby' | 'takeover'): Promise<void> {
    const word = words[this.#below(words.length)] ?? 'all';
    this.#say(`${what} ${node.name} ${word}`);
    this.#askedAt = performance.now();
    await (what === 'standby' ? node.standby(word) : node.takeover(word));
  }

  /** Looks every 100 ms, and mends what a C node loses of its own words every second. */
  async #judge(): Promise<void> {
    let two: number | undefined;
    let none: number | undefined;
    for (let look = 0; !this.#isOver && this.violations.length === 0; look += 1) {
      if (look % 10 === 0) await this.#pair.sayAgainWhatCLost();
      const { isTwo, isNone } = await this.#look();
      const now = performance.now();
      two = isTwo ? (two ?? now) : undefined;
      none = isNone ? (none ?? now) : undefined;
      this.longestTwo = Math.max(this.longestTwo, now - (two ?? now));
      this.longestNone = Math.max(this.longestNone, now - (none ?? now));
      if (now - (two ?? now) > this.#limits.two) await this.#accuse('both serve', (two = now));
      if (now - (none ?? now) > this.#limits.none)
        await this.#accuse('nobody serves', (none = now));
      await later(100);
    }
  }

  async #look(): Promise<{ isTwo: boolean; isNone: boolean }> {
    const hold = await Promise.all(this.#players.map(({ node }) => node.holdsAddress()));
    const hear = this.#players.every(({ node, daemon }) => daemon === 'up' && !node.host.isCut());
    const able = this.#players.some(
      ({ daemon, upSince }) => daemon === 'up' && performance.now() - upSince > booting,
    );
    return { isTwo: hear && hold.every(Boolean), isNone: able && !hold.some(Boolean) };
  }

  async #accuse(what: string, at: number): Promise<void> {
    const stories = await Promise.all(this.#players.map(({ node }) => node.story()));
    const since = ((at - this.#began) / 1000).toFixed(1);
    this.violations.push([`${since} s: ${what} for too long`, ...stories].join('\n'));
  }

  #say(what: string): void {
    this.done.push(`${((performance.now() - this.#began) / 1000).toFixed(1)} ${what}`);
  }

  #below(count: number): number {
    const { value, state } = nextRandom({ seed: this.#seed });
    this.#seed = state.seed;
    return Math.floor(value * count);
  }
}
