/** A larger generation for those who may have declared us dead. */
import { describe, expect, test } from 'vitest';
import { ackDraft, resourceDraft, startingDraft } from '../../src/message/drafts.ts';
import { text, valueOf } from '../../src/message/messages.ts';
import type { MembershipEffect } from '../../src/membership/types.ts';
import { type Bench, activePair, facts, log, node2, say, sent, status } from './support.ts';

const returned = { kind: 'node-returned', node: node2 };

/** Active beside node2 at keepalive 1 s, deadtime 5 s, and past the first 5 s; generation 101 is on the disk. */
function pair(): Bench {
  const bench = activePair({ renews: true });
  bench.step({ kind: 'generation-reserved', generation: 101 });
  for (const [at, seq] of [
    [3_000, 11],
    [6_000, 12],
    [8_000, 13],
    [10_000, 14],
  ] as const) {
    bench.runTo(at);
    bench.hear(status(node2, seq));
  }
  bench.take();
  return bench;
}

/** `generation.number type` of everything sent, in hexadecimal as on the wire. */
const stamps = (effects: readonly MembershipEffect[]): readonly string[] =>
  effects.flatMap((effect) => {
    if (effect.kind !== 'transmit') return [];
    const [hg, seq, t] = ['hg', 'seq', 't'].map((name) => valueOf(effect.fields, name) ?? '-');
    return [`${hg ?? ''}.${seq ?? ''} ${t ?? ''}`];
  });

describe('a node beside a silent one', () => {
  test('asks for the next generation to be made persistent when it starts', () => {
    const bench = activePair();
    expect(facts(bench.effects)).toEqual([]);
    const renewing = activePair({ renews: true });
    expect(renewing.state.reserved).toBe(100);
  });

  test('goes on with it before the other can have declared it dead, with a status as number 1', () => {
    const bench = pair();

    expect(stamps(bench.runTo(13_400)).at(-1)).toMatch(/^64\.\w+ status$/);
    const effects = bench.runTo(13_600);
    expect(stamps(effects)).toEqual(['65.1 status']);
    expect(facts(effects)).toEqual([{ kind: 'reserve-generation', generation: 102 }]);
    expect(stamps(bench.runTo(14_500))).toEqual(['65.2 status']);
  });

  test('does so once for one silence', () => {
    const bench = pair();
    bench.step({ kind: 'generation-reserved', generation: 102 });
    bench.runTo(13_600);
    bench.step({ kind: 'generation-reserved', generation: 103 });
    bench.runTo(60_000);

    expect(bench.state.generation).toBe(101);
  });

  test('tells when it is heard in time after all, for it may have declared us dead', () => {
    const bench = pair();
    bench.runTo(14_000);
    bench.take();

    const effects = bench.hear(status(node2, 18));
    expect(facts(effects)).toEqual([{ kind: 'node-doubts', node: node2 }]);
    expect(sent(effects)).toContain('t=status st=active dt=1388 protocol=1');
    expect(facts(bench.hear(status(node2, 19)))).toEqual([]);
  });

  test('does not beside one of ours, which compares what each holds', () => {
    const bench = pair();
    const owners = text('owners', 'node2');
    const statement = [...resourceDraft({ hold: 'local', stable: true }), owners];
    bench.hear(say(node2, statement, { sequence: 15 }));
    bench.runTo(60_000);

    expect(bench.state.generation).toBe(100);
  });

  test('does not when that has left in order, nor without a generation on the disk', () => {
    const left = pair();
    left.hear(say(node2, [text('t', 'shutdone'), text('st', 'dead')], { sequence: 15 }));
    left.runTo(30_000);
    expect(left.state.generation).toBe(100);

    const full = activePair({ renews: true });
    full.runTo(30_000);
    expect(full.state.generation).toBe(100);
  });

  test('takes no offence at acknowledgements and requests for its earlier numbers', () => {
    const bench = pair();
    bench.runTo(13_600);
    bench.take();

    expect(log(bench.hear(say(node2, ackDraft(bench.state.settings.self, 10))))).toEqual([]);
  });
});

describe('a node that may have been declared dead', () => {
  test.each(['n_stnth', 'OK'])('renews when another says so: stonith %s', (result) => {
    const bench = pair();
    const verdict = [text('t', 'stonith'), text('node', 'node1'), text('result', result)];

    const effects = bench.hear(say(node2, verdict, { sequence: 15 }));
    expect(stamps(effects)).toEqual(['65.1 status']);
    expect(facts(effects)).toContainEqual({ deliver: 'stonith' });
  });

  test('renews before its first word when it was frozen', () => {
    const bench = pair();
    bench.now += 5_001;

    expect(stamps(bench.tick())).toEqual(['65.1 status', '65.2 status']);
  });

  test('renews and doubts when its last status was too long ago, though it was not asleep for long', () => {
    const bench = pair();
    bench.now += 900;
    bench.hear(status(node2, 15));
    bench.now += 4_700;
    bench.take();

    expect(stamps(bench.tick())[0]).toBe('65.1 status');
    expect(facts(bench.hear(status(node2, 16)))).toContainEqual({
      kind: 'node-doubts',
      node: node2,
    });
  });
});

describe('a peer with a larger generation that is active at its first word', () => {
  test('has lived on: alive, it goes on; dead, it returns', () => {
    const alive = pair();
    expect(facts(alive.hear(status(node2, 1, { generation: 51 })))).toEqual([
      { kind: 'node-renewed', node: node2 },
    ]);

    const dead = pair();
    dead.runTo(20_000);
    dead.take();
    const effects = dead.hear(status(node2, 4, { generation: 51 }));
    expect(facts(effects)).toMatchObject([
      { kind: 'node-renewed', node: node2 },
      { ...returned, renewed: true },
      { kind: 'link', status: 'up' },
      { kind: 'node-status', status: 'active', previous: 'dead' },
    ]);
    expect(facts(dead.hear(say(node2, startingDraft(), { generation: 51, sequence: 5 })))).toEqual([
      { deliver: 'starting' },
    ]);
  });
});
