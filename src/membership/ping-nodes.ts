/** Ping nodes: hosts that only answer pings, by which a node sees whether its network works (spec membership 7). */
import { pingDraft } from '../message/drafts.ts';
import type { Draft, Message } from '../message/messages.ts';
import { type Instant, type Millis, after, elapsed } from '../units.ts';
import type { Ping } from './pings.ts';
import { type Membership, type Turn, linkEffects, report, turn } from './state.ts';
import type { MembershipEffect, Moment, PingTarget } from './types.ts';

/** What is to be sent to each ping node with a status of ours: the message that its echo brings back (spec wire 1). */
export function pingEffects(state: Membership, moment: Moment): readonly MembershipEffect[] {
  return Array.from(state.pings.values(), ({ target }) => ({
    kind: 'ping',
    node: target.name,
    draft: draftOf(target, moment.wall),
  }));
}

/** The name comes back as it was typed, except that of a group, which is only known in lower case. */
function draftOf(target: PingTarget, time: number): Draft {
  const host = target.kind === 'ping_group' ? undefined : target.hosts[0];
  return pingDraft(host ?? target.name, infoOf(target), time);
}

function infoOf({ kind }: PingTarget): 'ping' | 'ping_group' {
  return kind === 'ping_group' ? kind : 'ping';
}

/** The ping node whose answer this is; undefined for all else, such as `NS_st` that came over a heartbeat medium. */
export function answeringPing(state: Membership, link: string, message: Message): Ping | undefined {
  const { body, header } = message;
  if (body.t !== 'NS_st' || body.st !== 'ping' || link !== header.src) return undefined;
  const ping = state.pings.get(header.src);
  return ping !== undefined && body.info === infoOf(ping.target) ? ping : undefined;
}

/**
 * What becomes of the cluster when a ping node answers. One that was dead is alive again, and not first marked dead a
 * second time, as the C daemon does.
 */
export function hearPing(state: Membership, ping: Ping, message: Message, now: Instant): Turn {
  const { name } = ping.target;
  const alive = withPing(state, { ...ping, life: 'alive', heardAt: now });
  const late = lateness(state, ping, now);
  if (ping.life === 'alive') return turn(alive, ...late);
  return {
    state: alive,
    effects: [
      ...linkEffects(name, name, 'up'),
      ...late,
      report({ kind: 'node-status', node: name, status: 'ping' }),
      { kind: 'ping-alive', node: name, message },
    ],
  };
}

function lateness(state: Membership, ping: Ping, now: Instant): readonly MembershipEffect[] {
  if (ping.life === 'init') return [];
  const { warntime, deadtime } = state.settings;
  const interval = elapsed(ping.heardAt, now);
  if (interval <= warntime) return [];
  const tooLate = interval > deadtime;
  const node = ping.target.name;
  return [report({ kind: 'late-heartbeat', node, interval, tooLate })];
}

/** Declares dead which ping nodes were silent for `limit`. */
export function judgePings(state: Membership, limit: Millis, now: Instant): Turn {
  const silent = Array.from(state.pings.values()).filter(
    ({ life, heardAt }) => life !== 'dead' && after(heardAt, limit) <= now,
  );
  const dead = silent.reduce((next, ping) => withPing(next, { ...ping, life: 'dead' }), state);
  return { state: dead, effects: silent.flatMap(deathEffects) };
}

function deathEffects({ target, life }: Ping): readonly MembershipEffect[] {
  const node = target.name;
  return [
    report({ kind: 'node-dead', node }),
    { kind: 'ping-dead', node },
    ...(life === 'alive' ? linkEffects(node, node, 'dead') : []),
  ];
}

function withPing(state: Membership, ping: Ping): Membership {
  return { ...state, pings: new Map(state.pings).set(ping.target.name, ping) };
}
