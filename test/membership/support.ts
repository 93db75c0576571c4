/** Makers for the tests of membership: settings, messages as a peer sends them, and one node in virtual time. */
import { assert } from '../../src/assert.ts';
import { type Control, stampFields, statusDraft } from '../../src/message/drafts.ts';
import { interpret } from '../../src/message/interpret.ts';
import { type Draft, type Field, type Message, text, valueOf } from '../../src/message/messages.ts';
import { membershipWords } from '../../src/membership/reports.ts';
import { type Membership, createMembership } from '../../src/membership/state.ts';
import { nextDeadline, stepMembership } from '../../src/membership/step.ts';
import type {
  MembershipEffect,
  MembershipEvent,
  MembershipSettings,
} from '../../src/membership/types.ts';
import { type NodeName, instant, millis, nodeName, seconds } from '../../src/units.ts';

export const node1: NodeName = nodeName('node1');
export const node2: NodeName = nodeName('node2');
export const node3: NodeName = nodeName('node3');

/** A node's uuid in these tests: its name's last character, 16 times. */
export const uuidOf = (node: NodeName): string => node.slice(-1).repeat(16);

/** Two nodes at keepalive 1 s, deadtime 5 s, seen by node1. */
export function settings(change: Partial<MembershipSettings> = {}): MembershipSettings {
  const self = change.self ?? node1;
  return {
    self,
    uuid: uuidOf(self),
    generation: 100,
    nodes: [node1, node2],
    keepalive: seconds(1),
    deadtime: seconds(5),
    warntime: millis(2500),
    initdead: seconds(12),
    maxRexmitDelay: millis(250),
    hopfudge: 1,
    seed: 7,
    ...change,
  };
}

/** What a stamped message means to its receiver. */
export function messageOf(fields: readonly Field[]): Message {
  const message = interpret(fields);
  assert(message.ok, `a message that can be interpreted: ${JSON.stringify(fields)}`);
  return message.value;
}

/** A draft as `from` would send it. */
export function say(from: NodeName, draft: Draft, control: Partial<Control> = {}): Message {
  return messageOf(
    stampFields(draft, {
      self: from,
      uuid: uuidOf(from),
      sequence: 1,
      generation: 50,
      time: 1000,
      load: '0.00 0.00 0.00 1/1 1',
      timeToLive: 3,
      ...control,
    }),
  );
}

/** A status of a peer: number `sequence`, dead time 5 s unless told otherwise. */
export function status(
  from: NodeName,
  sequence: number,
  more: Partial<Control> & { readonly st?: string; readonly dt?: number } = {},
): Message {
  const { st = 'active', dt = 5000, ...control } = more;
  return say(from, statusDraft(st, millis(dt), true), {
    sequence,
    time: 1000 + sequence,
    ...control,
  });
}

/** One node, driven by hand. */
export class Bench {
  state: Membership;
  now = 0;
  /** How far our wall clock is off. */
  wallOffset = 0;
  /** Effects since the last `take`. */
  effects: MembershipEffect[] = [];

  constructor(change: Partial<MembershipSettings> = {}) {
    this.state = createMembership(settings(change));
  }

  step(event: MembershipEvent): readonly MembershipEffect[] {
    const wall = 5000 + this.wallOffset + Math.floor(this.now / 1000);
    const moment = { now: instant(this.now), wall, load: 'n/a' };
    const { state, effects } = stepMembership(this.state, event, moment);
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  start(): readonly MembershipEffect[] {
    return this.step({ kind: 'start' });
  }

  tick(): readonly MembershipEffect[] {
    return this.step({ kind: 'tick' });
  }

  hear(message: Message, link = 'eth0'): readonly MembershipEffect[] {
    return this.step({ kind: 'message', link, message });
  }

  submit(draft: Draft): readonly MembershipEffect[] {
    return this.step({ kind: 'submit', draft });
  }

  /** Lets time pass until `at`, with a tick at each deadline. */
  runTo(at: number): readonly MembershipEffect[] {
    const before = this.effects.length;
    for (let ticks = 0; nextDeadline(this.state) <= at; ticks += 1) {
      assert(ticks < 100_000, 'deadlines that move on');
      this.now = Math.max(this.now, nextDeadline(this.state));
      this.tick();
    }
    this.now = at;
    return this.effects.slice(before);
  }

  /** What happened since the last time. */
  take(): readonly MembershipEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}

/** A node1 that is `active`, with node2 alive at number `seq` of generation 50; nothing in its effects. */
export function activePair(change: Partial<MembershipSettings> = {}, seq = 10): Bench {
  const bench = new Bench(change);
  bench.start();
  bench.hear(status(node2, seq - 1));
  bench.hear(
    say(
      node2,
      [
        text('dest', 'node1'),
        text('t', 'repnodes'),
        text('nodelist', 'node1 node2 '),
        text('delnodelist', ' '),
      ],
      { sequence: seq },
    ),
  );
  bench.take();
  return bench;
}

/** The log of these effects, as `LEVEL: text`. */
export function log(effects: readonly MembershipEffect[]): readonly string[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'report') return [];
    const { level, text: words } = membershipWords(effect.report);
    return [`${level}: ${words}`];
  });
}

/** What these effects send, each as its fields `name=value` without the control fields. */
export function sent(effects: readonly MembershipEffect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'transmit' ? [brief(effect.fields)] : []));
}

const controls = new Set(['src', 'srcuuid', 'destuuid', 'seq', 'hg', 'ts', 'ld', 'ttl']);

function brief(fields: readonly Field[]): string {
  return fields
    .filter(({ name }) => !controls.has(name))
    .map(({ name }) => `${name}=${valueOf(fields, name) ?? ''}`)
    .join(' ');
}

/** Everything but log lines and messages. */
export function facts(effects: readonly MembershipEffect[]): readonly object[] {
  return effects
    .filter((effect) => effect.kind !== 'report' && effect.kind !== 'transmit')
    .map((effect) => {
      if (effect.kind === 'deliver') return { deliver: valueOf(effect.message.fields, 't') };
      if (effect.kind !== 'node-status') return effect;
      const { node, status: word, previous } = effect;
      return { kind: 'node-status', node, status: word, previous };
    });
}
