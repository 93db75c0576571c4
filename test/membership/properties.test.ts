import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { type Body, type Header, type Message, text } from '../../src/message/messages.ts';
import { membershipWords } from '../../src/membership/reports.ts';
import { nextDeadline, stepMembership } from '../../src/membership/step.ts';
import { type Membership, createMembership } from '../../src/membership/state.ts';
import type { MembershipEvent } from '../../src/membership/types.ts';
import { nodeViews } from '../../src/membership/views.ts';
import { type NodeName, instant, millis, nodeName } from '../../src/units.ts';
import { node1, node2, node3, settings, uuidOf } from './support.ts';

const name: fc.Arbitrary<NodeName> = fc.oneof(
  fc.constantFrom(node1, node2, node3),
  fc.string().map(nodeName),
);
const known = fc.constantFrom(node1, node2, node3);
const count = fc.oneof(fc.nat(30), fc.nat(600), fc.nat(2 ** 31 - 1), fc.maxSafeNat());
const word = fc.oneof(fc.constantFrom('init', 'up', 'active', 'dead', ''), fc.string());
const hold = fc.constantFrom('none', 'local', 'foreign', 'all');

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record(
    {
      t: fc.constant('status' as const),
      st: word,
      dt: fc.oneof(fc.constant(5000), count),
      protocol: fc.boolean(),
    },
    { requiredKeys: ['t', 'st', 'protocol'] },
  ),
  fc.record({ t: fc.constant('status' as const), st: word, protocol: fc.constant(true) }),
  fc.record({ t: fc.constant('NS_st' as const), st: word }),
  fc.record({ t: fc.constant('NS_ackmsg' as const), ackseq: count }),
  fc.record({ t: fc.constant('NS_rexmit' as const), firstseq: count, lastseq: count }),
  fc.record({ t: fc.constant('NS_nak_rexmit' as const), firstseq: count, info: word }),
  fc.record({ t: fc.constant('reqnodes' as const) }),
  fc.record({
    t: fc.constant('repnodes' as const),
    nodelist: fc.array(name),
    delnodelist: fc.array(name),
  }),
  fc.record({ t: fc.constantFrom('starting' as const, 'shutdone' as const) }),
  fc.record({ t: fc.constant('resource' as const), hold, full: fc.boolean() }),
  fc.record({ t: fc.constant('stonith' as const), node: name, result: word }),
  fc.record({
    t: fc.constant('other' as const),
    type: fc.constantFrom('test', 'NS_rexmit', 'NS_ackmsg', 'status', 'addnode'),
  }),
);

/** As `interpret` makes them: the `NS_*` types have no number, all others have one. */
const message: fc.Arbitrary<Message> = fc
  .record({
    body,
    src: fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: name }),
    knowsUuid: fc.boolean(),
    oddUuid: fc.option(fc.constantFrom('x'.repeat(16), '3'.repeat(16)), { freq: 20 }),
    dest: fc.option(name),
    destuuid: fc.option(fc.constantFrom('1'.repeat(16), 'y'.repeat(16)), { freq: 20 }),
    seq: count.map((seq) => seq + 1),
    hg: fc.oneof(fc.constantFrom(50, 51, 100), fc.constant(0), count),
    ts: fc.nat().map((ts) => ts + 1),
  })
  .map(({ body: said, src, knowsUuid, oddUuid, dest, destuuid, seq, hg, ts }) => {
    const type = said.t === 'other' ? said.type : said.t;
    const srcuuid = oddUuid ?? (knowsUuid ? uuidOf(src).padEnd(16).slice(0, 16) : undefined);
    const header: Header = {
      src,
      hg,
      ts,
      ...(srcuuid === undefined ? {} : { srcuuid }),
      ...(dest === null ? {} : { dest }),
      ...(destuuid === null ? {} : { destuuid }),
      ...(type.startsWith('NS_') ? {} : { seq }),
    };
    return { header, body: said, fields: [text('t', type)] };
  });

interface Happening {
  readonly event: MembershipEvent;
  readonly wait: number;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  event: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('message' as const),
        link: fc.constantFrom('eth0', 'eth1'),
        message,
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'tick' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'submit' as const, draft: [text('t', 'test')] }) },
  ),
  wait: fc.oneof(fc.constant(0), fc.nat(400), fc.nat(20_000)),
});

const story = fc.array(happening, { maxLength: 60 });

function play(
  happenings: readonly Happening[],
  check: (state: Membership, now: number) => void,
): void {
  let now = 0;
  let state = createMembership(
    settings({ nodes: [node1, node2, node3], maxRexmitDelay: millis(250) }),
  );
  const step = (event: MembershipEvent): void => {
    const moment = { now: instant(now), wall: 5000, load: '' };
    const turn = stepMembership(state, event, moment);
    state = turn.state;
    for (const effect of turn.effects) {
      if (effect.kind === 'report') expect(membershipWords(effect.report).text).toMatch(/^[ -~]+$/);
    }
    check(state, now);
  };
  step({ kind: 'start' });
  for (const { event, wait } of happenings) {
    now += wait;
    step(event);
  }
}

describe('whatever comes', () => {
  test('nothing throws, log lines are printable, and all that is kept is bounded', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        play(happenings, (state) => {
          expect(nodeViews(state)).toHaveLength(3);
          expect(state.outgoing.history.length).toBeLessThanOrEqual(500);
          expect(state.limiter.size).toBeLessThan(30);
          for (const peer of state.peers.values()) {
            expect(peer.held?.messages.length ?? 0).toBeLessThanOrEqual(64);
            expect(peer.links.length).toBeLessThanOrEqual(2);
            if (peer.track.kind === 'fresh') continue;
            const { last, missing } = peer.track;
            expect(missing.length).toBeLessThanOrEqual(500);
            for (const packet of missing) expect(packet.seq).toBeLessThan(last);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  test('ticks at deadlines get on: time passes between them', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        let last: Membership | undefined;
        let lastNow = 0;
        play(happenings, (state, now) => {
          last = state;
          lastNow = now;
        });
        const end = lastNow + 20_000;
        let ticks = 0;
        while (last !== undefined && nextDeadline(last) <= end) {
          lastNow = Math.max(lastNow, nextDeadline(last));
          const moment = { now: instant(lastNow), wall: 5000, load: '' };
          last = stepMembership(last, { kind: 'tick' }, moment).state;
          ticks += 1;
          expect(ticks).toBeLessThan(1_000);
        }
        expect(ticks).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  test('numbers of ours never repeat and never skip', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        play(happenings, (state) => {
          const { history, lastSeq } = state.outgoing;
          const numbers = history.map(({ seq }) => seq);
          expect(numbers).toEqual(numbers.map((_, index) => lastSeq - numbers.length + 1 + index));
        });
      }),
      { numRuns: 100 },
    );
  });
});
