import { describe, expect, test } from 'vitest';
import type { MembershipSettings, PingTarget } from '../../src/membership/types.ts';
import { nodeViews } from '../../src/membership/views.ts';
import { pingDraft } from '../../src/message/drafts.ts';
import { type Field, type Message, text, valueOf } from '../../src/message/messages.ts';
import { nodeName, seconds } from '../../src/units.ts';
import { Bench, facts, log, messageOf, node1, node2, say, sent, status } from './support.ts';

const router = nodeName('10.0.0.1');
const group = nodeName('routers');
const pingNodes: readonly PingTarget[] = [
  { name: router, kind: 'ping', hosts: ['10.0.0.1'] },
  { name: group, kind: 'ping_group', hosts: ['10.0.0.2', '10.0.0.3'] },
];
const one = { pingNodes: pingNodes.slice(0, 1), deadping: seconds(4) };

const echo = (change: { src?: string; info?: 'ping' | 'ping_group' } = {}): Message =>
  messageOf(pingDraft(change.src ?? '10.0.0.1', change.info ?? 'ping', 5000));

/** A running pair whose ping nodes have answered. */
function pairWith(change: Partial<MembershipSettings> = {}): Bench {
  const bench = new Bench({ ...one, ...change });
  bench.start();
  bench.hear(status(node2, 1));
  bench.hear(echo(), router);
  bench.hear(echo({ src: 'routers', info: 'ping_group' }), group);
  const nodes = 'dest=node1 t=repnodes nodelist=node1_node2_ delnodelist=_'.split(' ');
  bench.hear(say(node2, nodes.map(fieldOf), { sequence: 2 }));
  bench.take();
  return bench;
}

function fieldOf(pair: string): Field {
  const [name = '', value = ''] = pair.split('=');
  return text(name, value.replaceAll('_', ' '));
}

/** Lets node2 go on speaking while the ping nodes are silent. */
function speakUntil(bench: Bench, at: number): void {
  while (bench.now < at) {
    bench.runTo(Math.min(bench.now + 100, at));
    bench.hear(status(node2, 2 + Math.floor(bench.now / 100)));
  }
}

describe('a node with ping nodes', () => {
  test('asks each of them with every status, for the message that it wants back', () => {
    const bench = new Bench({ pingNodes });
    const pings = bench
      .start()
      .filter((effect) => effect.kind === 'ping' || effect.kind === 'transmit')
      .map((effect) =>
        effect.kind === 'ping'
          ? `${effect.node}: ${effect.draft.map(({ name }) => `${name}=${valueOf(effect.draft, name) ?? ''}`).join(' ')}`
          : `status ${valueOf(effect.fields, 'st') ?? ''}`,
      );

    const asked = [
      '10.0.0.1: t=NS_st st=ping info=ping src=10.0.0.1 ts=1388',
      'routers: t=NS_st st=ping info=ping_group src=routers ts=1388',
    ];
    expect(pings).toEqual([
      ...['status init', ...asked],
      ...['status up', ...asked],
      ...['status up', ...asked],
    ]);
  });

  test('does not ask them again when it sends an old status once more', () => {
    const bench = pairWith();
    bench.now += 300;
    const request = say(node2, [
      { type: 0, name: 't', value: 'NS_rexmit' },
      { type: 0, name: 'dest', value: 'node1' },
      { type: 0, name: 'firstseq', value: '1' },
      { type: 0, name: 'lastseq', value: '1' },
    ]);
    const effects = bench.hear(request);

    expect(sent(effects)).toHaveLength(1);
    expect(effects.some(({ kind }) => kind === 'ping')).toBe(false);
  });

  test('counts them for the time to live', () => {
    const [first] = new Bench({ pingNodes }).start().filter(({ kind }) => kind === 'transmit');
    expect(first?.kind === 'transmit' && valueOf(first.fields, 'ttl')).toBe('5');
  });

  test('never lists them to a node that asks for nodes', () => {
    const bench = pairWith();
    const asked = bench.hear(
      say(
        node2,
        [
          { type: 0, name: 't', value: 'reqnodes' },
          { type: 0, name: 'dest', value: 'node1' },
        ],
        { sequence: 3 },
      ),
    );
    expect(sent(asked)).toContain('dest=node2 t=repnodes nodelist=node1 node2  delnodelist= ');
  });

  test('is not active before they have answered, or initdead is over', () => {
    const bench = new Bench(one);
    bench.start();
    bench.hear(status(node2, 1));
    expect(sent(bench.take()).some((words) => words.includes('reqnodes'))).toBe(false);
    expect(sent(bench.hear(echo(), router)).some((words) => words.includes('reqnodes'))).toBe(true);

    const alone = new Bench(one);
    alone.start();
    speakUntil(alone, 11_900);
    expect(sent(alone.take()).some((words) => words.includes('reqnodes'))).toBe(false);
    speakUntil(alone, 12_100);
    expect(log(alone.effects)).toContain('WARN: node 10.0.0.1: is dead');
    expect(sent(alone.effects).some((words) => words.includes('reqnodes'))).toBe(true);
  });
});

describe('a ping node', () => {
  test('is alive as soon as it answers', () => {
    const bench = new Bench(one);
    bench.start();
    const effects = bench.hear(echo(), router);

    expect(log(effects)).toEqual([
      'info: Link 10.0.0.1:10.0.0.1 up.',
      'info: Status update for node 10.0.0.1: status ping',
    ]);
    expect(facts(effects)).toMatchObject([
      { kind: 'link', node: router, link: router, status: 'up' },
      { kind: 'ping-alive', node: router },
    ]);
    expect(nodeViews(bench.state)[2]).toMatchObject({
      name: router,
      type: 'ping',
      status: 'ping',
      links: [{ name: router, status: 'up' }],
    });
  });

  test('is dead after deadping, and its link after it', () => {
    const bench = pairWith();
    speakUntil(bench, 3_900);
    expect(
      facts(bench.take()).some(
        (fact) => 'node' in fact && fact.node === router && 'status' in fact,
      ),
    ).toBe(false);
    speakUntil(bench, 4_100);

    expect(log(bench.effects)).toEqual([
      'WARN: node 10.0.0.1: is dead',
      'info: Link 10.0.0.1:10.0.0.1 dead.',
    ]);
    const death = bench.effects.filter(({ kind }) => kind === 'ping-dead' || kind === 'link');
    expect(death).toEqual([
      { kind: 'ping-dead', node: router },
      { kind: 'link', node: router, link: router, status: 'dead' },
    ]);
    expect(nodeViews(bench.state)[2]).toMatchObject({
      status: 'dead',
      links: [{ name: router, status: 'dead' }],
    });
  });

  test('touches no resource with its death: no node-dead is told', () => {
    const bench = pairWith();
    speakUntil(bench, 5_000);
    expect(bench.effects.some(({ kind }) => kind === 'ping-dead')).toBe(true);
    expect(bench.effects.some(({ kind }) => kind === 'node-dead')).toBe(false);
  });

  test('returns with the lines of C, and is not marked dead a second time', () => {
    const bench = pairWith();
    speakUntil(bench, 9_000);
    bench.take();
    const effects = bench.hear(echo(), router);

    expect(log(effects)).toEqual([
      'info: Link 10.0.0.1:10.0.0.1 up.',
      'CRIT: Late heartbeat: Node 10.0.0.1: interval 9000 ms (> deadtime)',
      'info: Status update for node 10.0.0.1: status ping',
    ]);
    expect(facts(effects).map((fact) => 'kind' in fact && fact.kind)).toEqual([
      'link',
      'ping-alive',
    ]);
  });

  test('says nothing while it goes on answering', () => {
    const bench = pairWith();
    bench.now += 1_000;
    expect(bench.hear(echo(), router)).toEqual([]);
  });

  test('is not judged by a silence that was our own', () => {
    const bench = pairWith();
    bench.now += 8_000;
    bench.tick();
    expect(log(bench.effects)).not.toContain('WARN: node 10.0.0.1: is dead');
  });

  test('lives by its own deadping, even above deadtime', () => {
    const bench = pairWith({ deadping: seconds(6) });
    speakUntil(bench, 5_900);
    expect(log(bench.take())).toEqual([]);
    speakUntil(bench, 6_100);
    expect(log(bench.effects)).toContain('WARN: node 10.0.0.1: is dead');
  });
});

describe('NS_st is believed of a ping node only', () => {
  test.each<[string, Message, string]>([
    ['of a normal node', echo({ src: 'node2' }), 'node2'],
    ['over a heartbeat medium', echo(), 'eth0'],
    ['with the info of a group', echo({ info: 'ping_group' }), '10.0.0.1'],
    ['over the link of another ping node', echo(), 'routers'],
  ])('and not %s', (_, message, link) => {
    const bench = new Bench({ pingNodes });
    bench.start();
    const before = nodeViews(bench.state);
    bench.hear(message, link);

    expect(nodeViews(bench.state)).toEqual(before);
    expect(bench.effects.some(({ kind }) => kind === 'ping-alive')).toBe(false);
  });

  test('a group is heard by its own name', () => {
    const bench = pairWith({ pingNodes });
    expect(nodeViews(bench.state).map(({ name, status: word }) => `${name} ${word}`)).toEqual([
      `${node1} active`,
      `${node2} active`,
      '10.0.0.1 ping',
      'routers ping',
    ]);
  });
});
