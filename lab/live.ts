/** The live view: what both nodes believe, who has the address, what the client sees, and keys to disturb them. */
import type { Belief } from './beliefs.ts';
import { openCluster, type Cluster, type ClusterNode } from './cluster.ts';
import { LogFollower, parseLogLine } from './log-lines.ts';
import type { LabOptions } from './options.ts';
import type { Outage } from './outages.ts';
import type { ServiceClient } from './scenario.ts';
import { Screen } from './screen.ts';
import { HoldingWatch } from './two-holders.ts';
import { drawView, type EventView, type LabView, type Moment, type NodeView } from './view.ts';
import { describeTiming } from './words.ts';
import { pause } from './wait.ts';

const frameLength = 100;
const framesPerMoment = 2;
const maxEvents = 500;
const maxMoments = 1_000;
/** A node is asked again after this, or as soon as its log grows. */
const beliefLifetime = 2_000;

interface Seat {
  readonly node: ClusterNode;
  readonly log: LogFollower;
  belief: Belief;
  believedAt: number;
  logGrew: boolean;
  busy: string | undefined;
}

/** Shows the lab in the terminal until the user leaves or `signal` aborts. */
export async function showLive(options: LabOptions, signal: AbortSignal): Promise<void> {
  process.stdout.write('lab: making the hosts\n');
  const leave = new AbortController();
  const cluster = await openCluster(options, AbortSignal.any([signal, leave.signal]));
  const live = new Live(options, cluster, { signal, leave });
  try {
    await live.run();
  } finally {
    await live.close();
    await cluster.down();
  }
}

/** The two ways to the end: the lab is told to stop, or the user leaves. */
interface LiveEnd {
  readonly signal: AbortSignal;
  readonly leave: AbortController;
}

const isOld = (seat: Seat): boolean =>
  seat.logGrew || performance.now() - seat.believedAt > beliefLifetime;

class Live {
  readonly #setting: string;
  readonly #seats: readonly [Seat, Seat];
  readonly #watch: HoldingWatch;
  readonly #client: ServiceClient;
  readonly #clientDoes: string;
  readonly #screen: Screen;
  readonly #leave: AbortController;
  readonly #signal: AbortSignal;
  #selected: 0 | 1 = 0;
  #events: readonly EventView[] = [];
  #moments: readonly Moment[] = [];
  #outageInMoment = false;
  #lastOutageAt = performance.now();

  constructor(options: LabOptions, cluster: Cluster, end: LiveEnd) {
    this.#setting = describeTiming(options);
    this.#leave = end.leave;
    this.#signal = AbortSignal.any([end.signal, end.leave.signal]);
    const [first, second] = cluster.nodes;
    this.#seats = [this.#seatOf(first), this.#seatOf(second)];
    this.#watch = new HoldingWatch(cluster.nodes, {
      interval: cluster.pace.lookEvery,
      holds: (node) => node.holdsAddress(),
    });
    this.#clientDoes = cluster.scenario.clientDoes;
    this.#client = cluster.openClient((outage) => {
      this.#outageInMoment = true;
      this.#lastOutageAt = performance.now();
      void this.#checkService(outage);
    });
    this.#screen = new Screen((key) => {
      this.#pressed(key);
    });
  }

  /** Starts both daemons and shows what happens, until the end is asked for. */
  async run(): Promise<void> {
    for (const seat of this.#seats) {
      this.#act(seat, 'starting heartbeat', () => seat.node.start());
    }
    await Promise.all([this.#drawFrames(), ...this.#seats.map((seat) => this.#askBeliefs(seat))]);
  }

  async close(): Promise<void> {
    this.#leave.abort();
    this.#screen.close();
    this.#client.stop();
    await this.#watch.stop();
  }

  #seatOf(node: ClusterNode): Seat {
    const log = new LogFollower(node.logFile, (line) => {
      this.#tell({ who: node.name, ...parseLogLine(line) });
    });
    return {
      node,
      log,
      belief: { kind: 'stopped' },
      believedAt: performance.now(),
      logGrew: false,
      busy: undefined,
    };
  }

  async #drawFrames(): Promise<void> {
    for (let frame = 1; !this.#signal.aborted; frame += 1) {
      for (const seat of this.#seats) {
        if (await seat.log.poll()) seat.logGrew = true;
      }
      if (frame % framesPerMoment === 0) this.#keepMoment();
      this.#screen.draw(drawView(this.#view(), this.#screen.size));
      await this.#rest();
    }
  }

  async #askBeliefs(seat: Seat): Promise<void> {
    while (!this.#signal.aborted) {
      if (isOld(seat)) {
        seat.logGrew = false;
        seat.belief = await seat.node.belief();
        seat.believedAt = performance.now();
      }
      await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    await pause(frameLength, this.#signal).catch(() => undefined); // the abort ends the caller's loop
  }

  #keepMoment(): void {
    const from = this.#client.answering;
    const index = this.#seats.findIndex(({ node }) => node.name === from);
    const answering = (['first', 'second'] as const)[index] ?? 'nobody';
    const moment: Moment = this.#outageInMoment ? 'outage' : answering;
    this.#outageInMoment = false;
    this.#moments = [...this.#moments, moment].slice(-maxMoments);
  }

  async #checkService({ length }: Outage): Promise<void> {
    if (this.#client.check === undefined) return;
    const { words } = await this.#client.check();
    this.#say(`nothing could be written for ${length.toFixed(0)} ms; ${words}`);
  }

  #pressed(key: string): void {
    const seat = this.#seats[this.#selected];
    const { node } = seat;
    switch (key) {
      case '1':
        this.#selected = 0;
        return;
      case '2':
        this.#selected = 1;
        return;
      case 's':
        this.#act(seat, 'hb_standby', () => node.standby());
        return;
      case 'o':
        this.#act(seat, 'power off', () => node.powerOff());
        return;
      case 'c':
        this.#act(seat, node.host.isCut() ? 'cable plugged in' : 'cable pulled', () =>
          node.host.isCut() ? node.host.heal() : node.host.cut(),
        );
        return;
      case 'u':
        this.#act(seat, 'starting heartbeat', () => node.start());
        return;
      case 'd':
        this.#act(seat, 'stopping heartbeat', () => node.stop());
        return;
      case 'q':
      case '\u0003': // Ctrl-C is a mere key in raw mode
        this.#leave.abort();
    }
  }

  /** One thing at a time on a node, save the power switch, which works at any time. */
  #act(seat: Seat, what: string, act: () => Promise<unknown>): void {
    if (seat.busy !== undefined && what !== 'power off') {
      this.#say(`${seat.node.name}: not now, ${seat.busy} is not done`);
      return;
    }
    seat.busy = what;
    this.#say(`${seat.node.name}: ${what}`);
    act()
      .then((refusal) => {
        if (typeof refusal === 'string') this.#say(`${seat.node.name}: ${what}: ${refusal}`);
      })
      .catch((error: unknown) => {
        this.#say(`${seat.node.name}: ${what}: ${error instanceof Error ? error.message : ''}`);
      })
      .finally(() => {
        if (seat.busy === what) seat.busy = undefined;
        seat.logGrew = true;
      });
  }

  #say(text: string): void {
    const time = new Date().toTimeString().slice(0, 8);
    this.#tell({ time, who: 'lab', level: '', text });
  }

  #tell(event: EventView): void {
    this.#events = [...this.#events, event].slice(-maxEvents);
  }

  #view(): LabView {
    const [first, second] = this.#seats;
    return {
      setting: this.#setting,
      nodes: [this.#nodeView(first), this.#nodeView(second)],
      selected: this.#selected,
      client: this.#client.view,
      clientDoes: this.#clientDoes,
      lastOutageAge: performance.now() - this.#lastOutageAt,
      moments: this.#moments,
      events: this.#events,
    };
  }

  #nodeView(seat: Seat): NodeView {
    const { node } = seat;
    return {
      name: node.name,
      address: node.address,
      program: node.implementation.title,
      hasPower: node.hasPower,
      isCut: node.host.isCut(),
      holdsAddress: this.#watch.holding.holders.includes(node.name),
      belief: node.hasPower ? seat.belief : { kind: 'stopped' },
      beliefAge: performance.now() - seat.believedAt,
      busy: seat.busy,
    };
  }
}
