import { describe, expect, test } from 'vitest';
import { ackDraft, nakRexmitDraft, rexmitDraft } from '../../src/message/drafts.ts';
import { type Message, text, valueOf } from '../../src/message/messages.ts';
import { nextDeadline } from '../../src/membership/step.ts';
import type { MembershipEffect } from '../../src/membership/types.ts';
import { generationOf, livePeers, nodeViews, unackedCount } from '../../src/membership/views.ts';
import {
  type Bench,
  activePair,
  facts,
  log,
  node1,
  node2,
  node3,
  say,
  sent,
  status,
} from './support.ts';

const starting = (sequence: number, generation = 50): Message =>
  say(node2, [text('t', 'starting')], { sequence, generation });

const delivered = { deliver: 'starting' };

const requests = (effects: readonly MembershipEffect[]): readonly string[] =>
  sent(effects).filter((message) => message.startsWith('t=NS_rexmit'));
const acks = (effects: readonly MembershipEffect[]): readonly string[] =>
  sent(effects).filter((message) => message.startsWith('t=NS_ackmsg'));

describe('numbers of a peer', () => {
  test('each message is delivered once, whatever copies come', () => {
    const bench = activePair();

    expect(facts(bench.hear(starting(11)))).toEqual([delivered]);
    expect(facts(bench.hear(starting(11)))).toEqual([]);
    bench.hear(starting(12));
    expect(facts(bench.hear(starting(11)))).toEqual([]);
  });

  test('after a gap the message is delivered at once, and the missing one when it comes', () => {
    const bench = activePair();

    const after = bench.hear(starting(13));
    expect(facts(after)).toEqual([delivered]);
    expect(log(after)).toEqual(['WARN: 2 lost packet(s) for [node2] [10:13]']);
    expect(log(bench.hear(starting(11)))).toEqual([]);
    const whole = bench.hear(starting(12));
    expect(facts(whole)).toEqual([delivered]);
    expect(log(whole)).toEqual(['info: No pkts missing from node2!']);
  });

  test('a packet that was only overtaken is not asked for', () => {
    const bench = activePair();
    bench.hear(starting(12));
    bench.now = 49;
    bench.hear(starting(11));

    expect(requests(bench.runTo(900))).toEqual([]);
  });

  test('a leap of more than 251 is not asked for', () => {
    const bench = activePair();

    const effects = bench.hear(status(node2, 10 + 252));

    expect(log(effects)).toEqual([
      'WARN: 251 lost packet(s) for [node2] [10:262]',
      'ERROR: lost a lot of packets!',
    ]);
    expect(requests(bench.runTo(900))).toEqual([]);
    expect(facts(bench.hear(starting(200)))).toEqual([]);
  });

  test('messages for another node are counted and not delivered', () => {
    const bench = activePair({ nodes: [node1, node2, node3] });
    const toNode3 = [text('t', 'whatever'), text('dest', 'node3')];

    expect(facts(bench.hear(say(node2, toNode3, { sequence: 11 })))).toEqual([]);
    expect(log(bench.hear(starting(12)))).toEqual([]);
  });

  test('destuuid decides over dest', () => {
    const bench = activePair();
    const draft = [text('t', 'whatever'), text('dest', 'node3')];
    const mine = { sequence: 11, destinationUuid: '1'.repeat(16) };
    const others = { sequence: 12, destinationUuid: '3'.repeat(16) };

    expect(facts(bench.hear(say(node2, draft, mine)))).toEqual([{ deliver: 'whatever' }]);
    expect(facts(bench.hear(say(node2, [text('t', 'whatever')], others)))).toEqual([]);
  });
});

describe('generations of a peer', () => {
  test('a lower one is refused, and named once a minute', () => {
    const bench = activePair();

    expect(log(bench.hear(status(node2, 900, { generation: 49 })))).toEqual([
      'ERROR: should_drop_message: attempted replay attack [node2]? [gen = 49, curgen = 50]',
    ]);
    expect(bench.hear(status(node2, 901, { generation: 49 }))).toEqual([]);
  });

  test('what comes before the first status of a higher one waits for it', () => {
    const bench = activePair();
    bench.take();

    expect(bench.hear(starting(3, 51))).toEqual([]);
    expect(facts(bench.hear(status(node2, 4, { generation: 51, st: 'up' })))).toEqual([
      { kind: 'node-restarted', node: node2 },
      { kind: 'node-status', node: node2, status: 'up', previous: 'active' },
      delivered,
    ]);
    expect(generationOf(bench.state, node2)).toBe(51);
  });

  test('what comes before the first status of a still higher one goes on waiting', () => {
    const bench = activePair();
    bench.hear(starting(3, 52));

    expect(facts(bench.hear(status(node2, 9, { generation: 51 })))).not.toContainEqual(delivered);
    expect(requests(bench.runTo(900))).toEqual([]);
    expect(facts(bench.hear(status(node2, 4, { generation: 52 })))).toContainEqual(delivered);
  });

  test('what has waited for a second is dropped, and asked for after the status', () => {
    const bench = activePair();
    bench.hear(starting(3, 51));
    bench.runTo(1_500);

    expect(facts(bench.hear(status(node2, 6, { generation: 51 })))).not.toContainEqual(delivered);
    expect(requests(bench.runTo(1_800))).toContain('t=NS_rexmit dest=node2 firstseq=3 lastseq=5');
    expect(facts(bench.hear(starting(3, 51)))).toEqual([delivered]);
  });

  test('no more than 64 messages wait', () => {
    const bench = activePair();
    for (let seq = 2; seq < 200; seq += 1) bench.hear(starting(seq, 51));
    bench.take();

    const released = facts(bench.hear(status(node2, 1, { generation: 51 })));

    expect(released.filter((fact) => 'deliver' in fact)).toHaveLength(64);
  });

  test('NS_ messages of a lower one are passed over', () => {
    const bench = activePair();
    const old = say(node2, rexmitDraft(node1, 1, 3), { generation: 49 });

    expect(bench.hear(old)).toEqual([]);
  });

  test('NS_st says nothing about a normal node', () => {
    const bench = activePair();
    bench.runTo(3_000);
    bench.take();

    expect(bench.hear(say(node2, [text('t', 'NS_st'), text('st', 'up')]))).toEqual([]);
    expect(facts(bench.runTo(5_000))).toContainEqual({
      kind: 'node-dead',
      node: node2,
      everHeard: true,
    });
  });

  test('an unknown NS_ type is delivered', () => {
    const bench = activePair();

    expect(facts(bench.hear(say(node2, [text('t', 'NS_other')])))).toEqual([
      { deliver: 'NS_other' },
    ]);
  });
});

describe('missing packets', () => {
  test('are asked for in ranges after 50 to 250 ms, eight times in 250 ms, then more slowly', () => {
    const bench = activePair();
    bench.hear(status(node2, 11, { dt: 60_000 }));
    bench.hear(status(node2, 15, { dt: 60_000 }));
    bench.take();

    expect(requests(bench.runTo(49))).toEqual([]);
    expect(requests(bench.runTo(250))).toEqual(['t=NS_rexmit dest=node2 firstseq=12 lastseq=14']);
    expect(requests(bench.runTo(2_000))).toHaveLength(7);
    expect(requests(bench.runTo(20_000)).length).toBeLessThan(13);
  });

  test('are asked for 50 at a time', () => {
    const bench = activePair();
    bench.hear(status(node2, 200));
    bench.take();

    expect(requests(bench.runTo(250))).toEqual([
      't=NS_rexmit dest=node2 firstseq=11 lastseq=60',
      't=NS_rexmit dest=node2 firstseq=61 lastseq=110',
      't=NS_rexmit dest=node2 firstseq=111 lastseq=160',
      't=NS_rexmit dest=node2 firstseq=161 lastseq=199',
    ]);
  });

  test('are asked for with at most 10 messages at an instant', () => {
    const bench = activePair();
    for (let seq = 12; seq < 90; seq += 2) bench.hear(status(node2, seq));
    bench.take();
    const before = nextDeadline(bench.state);
    bench.now = 250;

    expect(requests(bench.tick())).toHaveLength(10);
    expect(before).toBeLessThan(nextDeadline(bench.state));
    expect(requests(bench.runTo(500)).length).toBeGreaterThanOrEqual(29);
  });

  test('are not asked for any more when their sender says that they are gone', () => {
    const bench = activePair();
    bench.hear(status(node2, 12));
    bench.take();

    const effects = bench.hear(say(node2, nakRexmitDraft(node1, 11)));

    expect(log(effects)).toEqual(['ERROR: Irretrievably lost packet: node node2 seq 11']);
    expect(requests(bench.runTo(900))).toEqual([]);
    expect(bench.hear(say(node2, nakRexmitDraft(node1, 11)))).toEqual([]);
  });

  test('are still asked for when an earlier or later life of their sender lacks that number', () => {
    const bench = activePair();
    bench.hear(status(node2, 12));
    bench.take();
    bench.hear(say(node2, nakRexmitDraft(node1, 11), { generation: 51 }));

    expect(requests(bench.runTo(250))).toEqual(['t=NS_rexmit dest=node2 firstseq=11 lastseq=11']);
  });

  test('are given up when no history can hold them', () => {
    const bench = activePair();
    for (let seq = 12; seq <= 511; seq += 1) bench.hear(status(node2, seq));

    expect(log(bench.take()).some((line) => line.includes('Irretrievably'))).toBe(true);
    expect(requests(bench.runTo(900))).toEqual([]);
  });

  test('are forgotten when their sender dies or restarts', () => {
    const died = activePair();
    died.hear(status(node2, 14, { dt: 100 }));
    expect(requests(died.runTo(2_000)).length).toBeLessThan(2);
    const restarted = activePair();
    restarted.hear(status(node2, 14));
    restarted.hear(status(node2, 1, { generation: 51 }));
    expect(requests(restarted.runTo(900))).toEqual([]);
  });
});

describe('acknowledgements of ours', () => {
  test('come at once for the first packet, then every ten', () => {
    const bench = activePair({}, 100);
    const effects: MembershipEffect[] = [];
    for (let seq = 101; seq <= 130; seq += 1) effects.push(...bench.hear(status(node2, seq)));

    expect(acks(effects)).toHaveLength(3);
  });

  test('of a restarted peer start anew', () => {
    const bench = activePair();

    expect(acks(bench.hear(status(node2, 1, { generation: 51 })))).toEqual([
      't=NS_ackmsg dest=node2 ackseq=1',
    ]);
  });

  test('stop at a hole, and catch up when it closes', () => {
    const bench = activePair();
    const effects: MembershipEffect[] = [];
    for (let seq = 12; seq <= 40; seq += 1) effects.push(...bench.hear(status(node2, seq)));
    expect(acks(effects)).toEqual([]);

    const [ack] = acks(bench.hear(status(node2, 11)));
    expect(Number.parseInt(ack?.split('=').at(-1) ?? '', 16)).toBeGreaterThan(30);
  });

  test('are not sent to ourselves', () => {
    const bench = activePair();

    expect(sent(bench.hear(status(node1, 1, { generation: 100 })))).toEqual([]);
  });
});

describe('acknowledgements of a peer', () => {
  test('count down what it lacks', () => {
    const bench = activePair();
    bench.hear(say(node2, ackDraft(node1, 5)));
    for (let times = 0; times < 20; times += 1) bench.submit([text('t', 'test')]);

    expect(unackedCount(bench.state)).toBe(20);
    bench.hear(say(node2, ackDraft(node1, 15)));
    expect(unackedCount(bench.state)).toBe(10);
    bench.hear(say(node2, ackDraft(node1, 9)));
    expect(unackedCount(bench.state)).toBe(10);
  });

  test('of what was never sent are reported and ignored', () => {
    const bench = activePair();
    const before = unackedCount(bench.state);

    expect(log(bench.hear(say(node2, ackDraft(node1, 0xfffff))))[0]).toMatch(
      /^ERROR: HBDoMsg_T_ACK: corrupted ackseq 1048575 from node2/,
    );
    expect(unackedCount(bench.state)).toBe(before);
  });

  test('are not waited for when it is dead', () => {
    const bench = activePair();
    bench.runTo(30_000);

    expect(unackedCount(bench.state)).toBe(0);
    expect(livePeers(bench.state)).toEqual([]);
  });
});

describe('a request for our packets', () => {
  const ask = (bench: Bench, first: number, last: number): readonly MembershipEffect[] =>
    bench.hear(say(node2, rexmitDraft(node1, first, last)));
  const numbers = (effects: readonly MembershipEffect[]): readonly number[] =>
    effects.flatMap((effect) =>
      effect.kind === 'transmit' ? [Number.parseInt(valueOf(effect.fields, 'seq') ?? '', 16)] : [],
    );

  function talkative(count: number): Bench {
    const bench = activePair();
    for (let times = 0; times < count; times += 1) bench.submit([text('t', 'test')]);
    bench.take();
    return bench;
  }

  test('is answered with the very same messages', () => {
    const bench = activePair();
    const [original] = bench.submit([text('t', 'test'), text('n', 'one')]);
    const [seq] = original === undefined ? [] : numbers([original]);

    expect(ask(bench, seq ?? 0, seq ?? 0)).toEqual([{ ...original, isRepeat: true }]);
  });

  test('is answered with at most 50 of them', () => {
    expect(numbers(ask(talkative(300), 101, 300))).toEqual(
      Array.from({ length: 50 }, (_, index) => 101 + index),
    );
  });

  test('is not answered twice within max_rexmit_delay', () => {
    const bench = talkative(30);
    ask(bench, 20, 22);
    bench.now = 239;
    expect(ask(bench, 20, 22)).toEqual([]);
    bench.now = 240;
    expect(numbers(ask(bench, 20, 22))).toEqual([20, 21, 22]);
  });

  test('for what the asker has acknowledged is passed over', () => {
    const bench = talkative(30);
    bench.hear(say(node2, ackDraft(node1, 21)));

    expect(numbers(ask(bench, 20, 22))).toEqual([22]);
  });

  test('for what is gone is refused by number', () => {
    const bench = talkative(600);

    expect(sent(ask(bench, 3, 4))).toEqual([
      't=NS_nak_rexmit firstseq=3 dest=node2 info=seqno too low',
      't=NS_nak_rexmit firstseq=4 dest=node2 info=seqno too low',
    ]);
  });

  test('for what does not exist yet is reported', () => {
    expect(log(ask(talkative(5), 400, 400))[0]).toMatch(
      /^WARN: Rexmit of seq 400 requested\. \d+ is max\.$/,
    );
  });

  test('without dest is for us, for another node it is not', () => {
    const range = [text('firstseq', '2'), text('lastseq', '2')];
    const bench = talkative(5);

    expect(numbers(bench.hear(say(node2, [text('t', 'NS_rexmit'), ...range])))).toEqual([2]);
    expect(bench.hear(say(node2, rexmitDraft(node3, 3, 3)))).toEqual([]);
  });
});

describe('a message of ours', () => {
  test('to a named node carries its uuid, or zeros while that is unknown', () => {
    const bench = activePair({ nodes: [node1, node2, node3] });
    const uuidIn = (dest: string): string | undefined => {
      const [effect] = bench.submit([text('t', 'test'), text('dest', dest)]);
      return effect?.kind === 'transmit' ? valueOf(effect.fields, 'destuuid') : 'nothing sent';
    };

    expect(uuidIn('node2')).toBe('2'.repeat(16));
    expect(uuidIn('node3')).toBe('\0'.repeat(16));
    expect(uuidIn('node1')).toBe('1'.repeat(16));
    expect(uuidIn('stranger')).toBeUndefined();
  });

  test('of an NS_ type takes no number', () => {
    const bench = activePair();
    const before = bench.state.outgoing.lastSeq;

    bench.submit([text('t', 'NS_test')]);

    expect(bench.state.outgoing.lastSeq).toBe(before);
  });

  test('comes from nobody but the peers to those who are delivered to', () => {
    const bench = activePair();

    expect(facts(bench.submit([text('t', 'test')]))).toEqual([]);
    expect(nodeViews(bench.state)).toHaveLength(2);
  });
});
