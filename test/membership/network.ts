/** Whole membership engines on one virtual clock, joined by media that lose, double, delay and reorder. */
import { assert } from '../../src/assert.ts';
import { type Draft, type Field, valueOf } from '../../src/message/messages.ts';
import { type RandomState, nextRandom } from '../../src/random.ts';
import { type Membership, createMembership } from '../../src/membership/state.ts';
import { nextDeadline, stepMembership } from '../../src/membership/step.ts';
import type {
  MembershipEffect,
  MembershipEvent,
  MembershipSettings,
} from '../../src/membership/types.ts';
import { type NodeName, instant } from '../../src/units.ts';
import { messageOf } from './support.ts';

export interface Weather {
  readonly seed: number;
  /** Of 100 packets, for each link and receiver. */
  readonly lossPercent: number;
  readonly doublePercent: number;
  /** A packet takes 0 to so many milliseconds. */
  readonly delay: number;
  readonly links: readonly string[];
  /** Senders hear their own packets. */
  readonly echo: boolean;
}

interface Flight {
  readonly at: number;
  readonly order: number;
  readonly to: NodeName;
  readonly from: NodeName;
  readonly link: string;
  readonly fields: readonly Field[];
}

interface Host {
  state: Membership;
  readonly seen: { readonly at: number; readonly effect: MembershipEffect }[];
  isCut: boolean;
  isFrozen: boolean;
}

export class Network {
  now = 0;
  packets = 0;
  readonly hosts: Map<NodeName, Host> = new Map<NodeName, Host>();
  #weather: Weather;
  #random: RandomState;
  #flights: Flight[] = [];

  constructor(weather: Weather) {
    this.#weather = weather;
    this.#random = { seed: weather.seed };
  }

  setWeather(weather: Partial<Weather>): void {
    this.#weather = { ...this.#weather, ...weather };
  }

  boot(settings: MembershipSettings): void {
    const state = createMembership(settings);
    this.hosts.set(settings.self, { state, seen: [], isCut: false, isFrozen: false });
    this.#step(settings.self, { kind: 'start' });
  }

  host(name: NodeName): Host {
    const host = this.hosts.get(name);
    assert(host !== undefined, `a host named ${name}`);
    return host;
  }

  /** A power cut. */
  kill(name: NodeName): void {
    this.hosts.delete(name);
  }

  submit(name: NodeName, draft: Draft): void {
    this.#step(name, { kind: 'submit', draft });
  }

  runTo(end: number): void {
    for (;;) {
      const flight = this.#nextFlight();
      const [ticker, tickAt] = this.#nextTick();
      const next = Math.min(flight?.at ?? Infinity, tickAt);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      // Sockets are read before deadlines are judged.
      if (flight !== undefined && flight.at <= tickAt) this.#land(flight);
      else if (ticker !== undefined) this.#step(ticker, { kind: 'tick' });
    }
    this.now = end;
  }

  /** Texts `n` of the test messages that `name` was given, in that order. */
  delivered(name: NodeName): readonly string[] {
    return this.host(name).seen.flatMap(({ effect }) => {
      if (effect.kind !== 'deliver') return [];
      const n = valueOf(effect.message.fields, 'n');
      return n === undefined ? [] : [n];
    });
  }

  facts(name: NodeName, kind: MembershipEffect['kind']): readonly MembershipEffect[] {
    return this.host(name)
      .seen.map(({ effect }) => effect)
      .filter((effect) => effect.kind === kind);
  }

  #nextFlight(): Flight | undefined {
    return this.#flights.reduce<Flight | undefined>((first, flight) => {
      if (this.hosts.get(flight.to)?.isFrozen === true) return first;
      if (first === undefined || flight.at < first.at) return flight;
      return flight.at === first.at && flight.order < first.order ? flight : first;
    }, undefined);
  }

  #nextTick(): readonly [NodeName | undefined, number] {
    let earliest: readonly [NodeName | undefined, number] = [undefined, Infinity];
    for (const [name, host] of this.hosts) {
      const at = Math.max(nextDeadline(host.state), this.now);
      if (!host.isFrozen && at < earliest[1]) earliest = [name, at];
    }
    return earliest;
  }

  #land(flight: Flight): void {
    this.#flights = this.#flights.filter((other) => other !== flight);
    if (!this.hosts.has(flight.to)) return;
    const message = messageOf(flight.fields);
    this.#step(flight.to, { kind: 'message', link: flight.link, message });
  }

  #step(name: NodeName, event: MembershipEvent): void {
    const host = this.host(name);
    const wall = 1_700_000_000 + Math.floor(this.now / 1000);
    const moment = { now: instant(this.now), wall, load: '0.00 0.00 0.00 1/1 1' };
    const { state, effects } = stepMembership(host.state, event, moment);
    host.state = state;
    for (const effect of effects) {
      if (effect.kind === 'transmit') this.#send(name, effect.fields);
      else host.seen.push({ at: this.now, effect });
    }
  }

  #send(from: NodeName, fields: readonly Field[]): void {
    for (const to of this.hosts.keys()) {
      for (const link of this.#weather.links) {
        if (to !== from || this.#weather.echo) this.#fly({ to, from, link, fields });
      }
    }
  }

  #fly(packet: Pick<Flight, 'to' | 'from' | 'link' | 'fields'>): void {
    if (this.host(packet.from).isCut || this.host(packet.to).isCut) return;
    const { lossPercent, doublePercent, delay } = this.#weather;
    const copies = this.#roll(100) < doublePercent ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.packets += 1;
      if (this.#roll(100) < lossPercent) continue;
      const at = this.now + Math.floor(this.#roll(delay + 1));
      this.#flights.push({ ...packet, at, order: this.packets });
    }
  }

  #roll(sides: number): number {
    const { value, state } = nextRandom(this.#random);
    this.#random = state;
    return value * sides;
  }
}
