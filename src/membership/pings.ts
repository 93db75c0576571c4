/** What is known of the ping nodes, and when one of them is to be judged (spec membership 7). */
import { type Instant, type Millis, type NodeName, after, earlier, never } from '../units.ts';
import type { PingTarget } from './types.ts';

/** One ping node; its only link has its name, and lives as long as it does. */
export interface Ping {
  readonly target: PingTarget;
  /** `init`: it has not answered since we started. */
  readonly life: 'init' | 'alive' | 'dead';
  /** When it answered last, or when we started or woke. */
  readonly heardAt: Instant;
}

export type Pings = ReadonlyMap<NodeName, Ping>;

/** Ping nodes that were never asked. */
export function silentPings(targets: readonly PingTarget[]): Pings {
  return new Map(targets.map((target) => [target.name, { target, life: 'init', heardAt: never }]));
}

/** When the next ping node dies unless it answers. */
export function nextPingDeath(pings: Pings, limit: Millis): Instant {
  return Array.from(pings.values())
    .filter(({ life }) => life !== 'dead')
    .reduce((at, { heardAt }) => earlier(at, after(heardAt, limit)), never);
}

/** Our own sleep is nobody's silence. */
export function excusePings(pings: Pings, now: Instant): Pings {
  const excused = Array.from(pings.values(), (ping): Ping =>
    ping.life === 'dead' ? ping : { ...ping, heardAt: now },
  );
  return new Map(excused.map((ping) => [ping.target.name, ping]));
}

/** Whether each has answered or was given up. */
export function allPingsKnown(pings: Pings): boolean {
  return Array.from(pings.values()).every(({ life }) => life !== 'init');
}
