/** The media between the machines: they lose, delay, double, replay, and can be cut in each direction. */
import type { Agenda } from './agenda.ts';
import type { Dice } from './dice.ts';

export interface Weather {
  /** Share of datagrams lost, 0 to 1. */
  readonly loss: number;
  /** Some datagrams take up to so many milliseconds longer than others, and so overtake one another. */
  readonly jitter: number;
  /** Share of datagrams that come twice. */
  readonly doubled: number;
}

export interface Wiring {
  readonly machines: readonly string[];
  /** Names of the media, which are the links' names; each reaches every machine. */
  readonly media: readonly string[];
}

/** What a machine hears, and over which link. */
export type Arrive = (to: string, link: string, bytes: Uint8Array) => void;

interface Packet {
  readonly link: string;
  readonly bytes: Uint8Array;
}

/** So many datagrams that a daemon has heard can be replayed. */
const mostRecorded = 200;

export class Network {
  weather: Weather = { loss: 0, jitter: 0, doubled: 0 };
  readonly #agenda: Agenda;
  readonly #dice: Dice;
  readonly #wiring: Wiring;
  readonly #arrive: Arrive;
  /** `medium from to`: what does not get through; at most the directed pairs on every medium. */
  readonly #blocked = new Set<string>();
  /** By the machine that has heard them in the life of its present daemon. */
  readonly #heard = new Map<string, Packet[]>();
  /** Machines from which no ping node can be reached, and since when. */
  readonly #deaf = new Map<string, number>();

  constructor(world: { agenda: Agenda; dice: Dice }, wiring: Wiring, arrive: Arrive) {
    this.#agenda = world.agenda;
    this.#dice = world.dice;
    this.#wiring = wiring;
    this.#arrive = arrive;
  }

  get media(): readonly string[] {
    return this.#wiring.media;
  }

  /** What `from` says no longer reaches `to` over these media. */
  block(from: string, to: string, media: readonly string[] = this.media): void {
    for (const medium of media) this.#blocked.add(`${medium} ${from} ${to}`);
  }

  unblock(from: string, to: string): void {
    for (const medium of this.media) this.#blocked.delete(`${medium} ${from} ${to}`);
  }

  /** From now on no ping node answers this machine. */
  blockPings(from: string): void {
    if (!this.#deaf.has(from)) this.#deaf.set(from, this.#agenda.now);
  }

  unblockPings(from: string): void {
    this.#deaf.delete(from);
  }

  /** For how many milliseconds no ping node has answered this machine; 0 when they do. */
  pingsMissing(from: string): number {
    const since = this.#deaf.get(from);
    return since === undefined ? 0 : this.#agenda.now - since;
  }

  /** An echo request: what it carries comes back. */
  ping(from: string, node: string, bytes: Uint8Array): void {
    if (this.#deaf.has(from)) return;
    this.#agenda.add(1, () => {
      this.#arrive(from, node, bytes);
    });
  }

  healAll(): void {
    this.#blocked.clear();
    this.#deaf.clear();
  }

  /** Whether anything that `from` says can reach `to`. */
  reaches(from: string, to: string): boolean {
    return this.media.some((medium) => !this.#blocked.has(`${medium} ${from} ${to}`));
  }

  /** A new daemon has heard nothing: who never heard a node cannot know an old packet of it. */
  forget(machine: string): void {
    this.#heard.delete(machine);
  }

  /** The daemon of `machine` has heard this, and may have to hear it again. */
  record(machine: string, packet: Packet): void {
    const heard = this.#heard.get(machine);
    if (heard === undefined) this.#heard.set(machine, [packet]);
    else if (heard.length < mostRecorded) heard.push(packet);
    // Old ones stay: a replay may come from a life that is over.
    else if (this.#dice.happens(0.2)) heard[this.#dice.below(mostRecorded)] = packet;
  }

  send(from: string, bytes: Uint8Array): void {
    for (const link of this.media) {
      for (const to of this.#wiring.machines) this.#carry(from, to, { link, bytes });
    }
  }

  /** Somebody on the wire says again what was said before; how often. */
  replay(count: number): number {
    for (const [to, heard] of this.#heard)
      for (let left = count; left > 0; left -= 1) this.#deliver(to, this.#dice.pick(heard));
    return count * this.#heard.size;
  }

  #carry(from: string, to: string, packet: Packet): void {
    const isEcho = from === to;
    if (!isEcho && this.#blocked.has(`${packet.link} ${from} ${to}`)) return;
    const { loss, doubled } = this.weather;
    if (!isEcho && loss > 0 && this.#dice.happens(loss)) return;
    this.#deliver(to, packet);
    if (doubled > 0 && this.#dice.happens(doubled)) this.#deliver(to, packet);
  }

  #deliver(to: string, { link, bytes }: Packet): void {
    this.#agenda.add(1 + this.#delay(), () => {
      this.#arrive(to, link, bytes);
    });
  }

  /** Most datagrams are fast. */
  #delay(): number {
    const { jitter } = this.weather;
    return jitter === 0 ? 0 : Math.floor(this.#dice.next() ** 3 * jitter);
  }
}
