/** What API clients hear of, as which kind of event, and when they have to wait (spec client-api 8.1, 9). */
import { describe, expect, test } from 'vitest';
import {
  isNews,
  mustWait,
  nothingForClients,
  ofOwnMessage,
  settleClients,
  type ForClients,
} from '../../src/heartbeat/client-events.ts';
import { passedOver } from '../../src/membership/passed-over.ts';
import { incompletePeers, unackedCount } from '../../src/membership/views.ts';
import { ackDraft, rexmitDraft } from '../../src/message/drafts.ts';
import { text, type Draft, type Message } from '../../src/message/messages.ts';
import { instant } from '../../src/units.ts';
import { activePair, node1, node2, node3, say, status, type Bench } from '../membership/support.ts';

const hello: Draft = [text('t', 'hello')];
const toNode3: Draft = [text('t', 'hello'), text('dest', 'node3')];
const join: Draft = [text('t', 'hbapi-clstat'), text('st', 'join'), text('to_id', 'tool')];

/** The kind of event that a message is to node1, as the node finds out. */
function kindOf(bench: Bench, message: Message): string {
  const before = bench.state;
  const effects = bench.hear(message);
  if (isNews(effects, message)) return 'keep';
  return passedOver(before, 'eth0', message, instant(bench.now)) ?? 'consumed';
}

describe('a message of another node is', () => {
  test('news when it says something new, and a life sign without change when not', () => {
    const bench = activePair();
    expect(kindOf(bench, say(node2, hello, { sequence: 11 }))).toBe('keep');
    expect(kindOf(bench, status(node2, 12))).toBe('no-change');
    expect(kindOf(bench, status(node2, 13, { st: 'up' }))).toBe('keep');
  });

  test('a duplicate when it is the newest once more, and dropped when it is older', () => {
    const bench = activePair();
    kindOf(bench, say(node2, hello, { sequence: 11 }));
    expect(kindOf(bench, say(node2, hello, { sequence: 11 }))).toBe('duplicate');
    expect(kindOf(bench, status(node2, 10))).toBe('dropped');
    expect(kindOf(bench, status(node2, 90, { generation: 49 }))).toBe('dropped');
  });

  test('dropped when it is for another node, or of a stranger', () => {
    const bench = activePair();
    expect(kindOf(bench, say(node2, toNode3, { sequence: 11 }))).toBe('dropped');
    expect(kindOf(bench, say(node2, ackDraft(node3, 1)))).toBe('dropped');
    expect(kindOf(bench, status(node3, 1))).toBe('dropped');
  });

  test('of the protocol when it asks for lost packets, and nothing when it acknowledges', () => {
    const bench = activePair();
    expect(kindOf(bench, say(node2, rexmitDraft(node1, 1, 1)))).toBe('protocol');
    expect(kindOf(bench, say(node2, ackDraft(node1, 1)))).toBe('consumed');
  });
});

describe('a message of our own is', () => {
  test('news, a life sign, or dropped when it is for another node', () => {
    expect(ofOwnMessage(hello, node1)).toBe('keep');
    expect(ofOwnMessage([text('t', 'status')], node1)).toBe('no-change');
    expect(ofOwnMessage(toNode3, node1)).toBe('dropped');
    expect(ofOwnMessage([text('t', 'hello'), text('dest', 'NODE1')], node1)).toBe('keep');
    expect(ofOwnMessage([text('t', 'reqnodes')], node1)).toBeUndefined();
  });

  test('a duplicate when it comes back, and dropped when newer ones have come back before', () => {
    const bench = activePair();
    const echoes = [hello, hello].map((draft) => {
      const [effect] = bench.submit(draft);
      const sequence = bench.state.outgoing.lastSeq;
      expect(effect).toMatchObject({ kind: 'transmit', isRepeat: false });
      return say(node1, draft, { sequence, generation: 100 });
    });
    expect(echoes.map((echo) => kindOf(bench, echo))).toEqual(['dropped', 'duplicate']);
  });

  test('a repeat when another node has missed it', () => {
    const bench = activePair();
    bench.submit(hello);
    const sequence = bench.state.outgoing.lastSeq;
    const effects = bench.hear(say(node2, rexmitDraft(node1, sequence, sequence)));
    expect(effects).toMatchObject([{ kind: 'transmit', isRepeat: true }]);
  });
});

describe('the coming of a client on another node', () => {
  const heldBack = (bench: Bench, ...messages: readonly Message[]): ForClients => {
    expect(messages.every((message) => mustWait(bench.state, message))).toBe(true);
    return { ...nothingForClients, heldBack: messages };
  };

  test('is told at once when nothing is missing before it', () => {
    const bench = activePair();
    const joined = say(node2, join, { sequence: 11 });
    bench.hear(joined);
    expect(mustWait(bench.state, joined)).toBe(false);
  });

  test('waits for the packets before it, and for no others', () => {
    const bench = activePair();
    const joined = say(node2, join, { sequence: 12 });
    bench.hear(joined);
    bench.hear(status(node2, 14));
    const waiting = heldBack(bench, joined);
    expect(settleClients(waiting, bench.state)).toEqual({ clients: waiting, effects: [] });
    expect(mustWait(bench.state, say(node2, hello, { sequence: 14 }))).toBe(false);
    bench.hear(status(node2, 11));
    expect(settleClients(waiting, bench.state)).toEqual({
      clients: nothingForClients,
      effects: [{ kind: 'client-event', event: 'keep', fields: joined.fields }],
    });
  });

  test('is forgotten when its node dies meanwhile', () => {
    const bench = activePair();
    const joined = say(node2, join, { sequence: 12 });
    bench.hear(joined);
    const waiting = heldBack(bench, joined);
    bench.runTo(30_000);
    expect(settleClients(waiting, bench.state)).toEqual({
      clients: nothingForClients,
      effects: [],
    });
  });
});

test('a node of which packets are missing is known with its newest', () => {
  const bench = activePair();
  expect(incompletePeers(bench.state)).toEqual([]);
  bench.hear(status(node2, 14));
  expect(incompletePeers(bench.state)).toEqual([{ node: node2, generation: 50, seq: 14 }]);
});

test('clients are paused while the others are more than 250 messages behind', () => {
  const bench = activePair();
  while (unackedCount(bench.state) < 250) bench.submit(hello);
  const before = settleClients(nothingForClients, bench.state);
  expect(before.effects).toEqual([]);
  bench.submit(hello);
  const full = settleClients(before.clients, bench.state);
  expect(full.effects).toEqual([
    { kind: 'pause-clients', arePaused: true },
    { kind: 'log', line: { level: 'info', text: 'all clients are now paused' } },
  ]);
  expect(settleClients(full.clients, bench.state).effects).toEqual([]);
  bench.hear(say(node2, ackDraft(node1, bench.state.outgoing.lastSeq)));
  expect(settleClients(full.clients, bench.state).effects).toEqual([
    { kind: 'pause-clients', arePaused: false },
    { kind: 'log', line: { level: 'info', text: 'all clients are now resumed' } },
  ]);
});
