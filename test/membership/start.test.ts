import { describe, expect, test } from 'vitest';
import { reqnodesDraft } from '../../src/message/drafts.ts';
import { text } from '../../src/message/messages.ts';
import { nextDeadline } from '../../src/membership/step.ts';
import { localStatus, nodeViews } from '../../src/membership/views.ts';
import { millis, never, nodeName } from '../../src/units.ts';
import { Bench, facts, log, node1, node2, node3, say, sent, settings, status } from './support.ts';

const reqnodes = 't=reqnodes dest=node2';

function repnodes(
  from: typeof node1,
  sequence: number,
  nodelist = 'node1 node2 ',
): ReturnType<typeof say> {
  const draft = [
    text('dest', 'node1'),
    text('t', 'repnodes'),
    text('nodelist', nodelist),
    text('delnodelist', ' '),
  ];
  return say(from, draft, { sequence });
}

describe('a starting node', () => {
  test('says init once and up twice, with its dead time raised by 2 s', () => {
    const bench = new Bench();

    const effects = bench.start();

    expect(sent(effects)).toEqual([
      't=status st=init dt=1b58 protocol=1',
      't=status st=up dt=1b58 protocol=1',
      't=status st=up dt=1b58 protocol=1',
    ]);
    expect(log(effects)).toEqual(["info: Local status now set to: 'up'"]);
    expect(facts(effects)).toEqual([{ kind: 'local-status', status: 'up' }]);
  });

  test('numbers from 1 and stamps as the C daemon does', () => {
    const bench = new Bench();
    const [first] = bench.start();

    expect(first).toEqual({
      kind: 'transmit',
      isRepeat: false,
      fields: [
        text('t', 'status'),
        text('st', 'init'),
        text('dt', '1b58'),
        text('protocol', '1'),
        text('src', 'node1'),
        { type: 1, name: 'srcuuid', value: '1'.repeat(16) },
        text('seq', '1'),
        text('hg', '64'),
        text('ts', '1388'),
        text('ld', 'n/a'),
        text('ttl', '3'),
      ],
    });
  });

  test('wants nothing and does nothing before its media are open', () => {
    const bench = new Bench();

    expect(nextDeadline(bench.state)).toBe(never);
    expect(bench.tick()).toEqual([]);
    expect(bench.hear(status(node2, 1))).toEqual([]);
    expect(bench.submit([text('t', 'starting')])).toEqual([]);
    expect(localStatus(bench.state)).toBe('init');
  });

  test('starts once', () => {
    const bench = new Bench();
    bench.start();

    expect(bench.start()).toEqual([]);
  });

  test('says its status every keepalive, and its normal dead time from 5 s on, at once', () => {
    const bench = new Bench({ keepalive: millis(1500) });
    bench.start();

    const early = bench.runTo(4999);
    const late = bench.runTo(6000);

    expect(sent(early)).toEqual(Array(3).fill('t=status st=up dt=1b58 protocol=1'));
    expect(sent(late)).toEqual(Array(2).fill('t=status st=up dt=1388 protocol=1'));
  });

  test('asks the first live peer for its nodes as soon as all are heard, and is active when it answers', () => {
    const bench = new Bench();
    bench.start();
    bench.take();
    bench.now = 20;

    expect(sent(bench.hear(status(node2, 4, { st: 'up' })))).toContain(reqnodes);
    expect(localStatus(bench.state)).toBe('up');

    const effects = bench.hear(repnodes(node2, 5));
    expect(log(effects)).toEqual([
      'info: Comm_now_up(): updating status to active',
      "info: Local status now set to: 'active'",
    ]);
    expect(sent(effects)).toEqual(['t=status st=active dt=1b58 protocol=1']);
    expect(facts(effects)).toEqual([{ kind: 'local-status', status: 'active' }]);
  });

  test('repeats its question every second, also to a node that never answers', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(status(node2, 4, { dt: 60_000 }));
    bench.take();

    const asked = sent(bench.runTo(30_500)).filter((message) => message === reqnodes);

    expect(asked).toHaveLength(30);
    expect(localStatus(bench.state)).toBe('up');
  });

  test('asks the next live peer when the asked one dies', () => {
    const bench = new Bench({ nodes: [node1, node2, node3] });
    bench.start();
    bench.hear(status(node2, 4));
    const [, , toNode3] = [0, 1, 't=reqnodes dest=node3'];
    expect(sent(bench.hear(status(node3, 4, { dt: 60_000 })))).toContain(reqnodes);

    expect(sent(bench.runTo(4_999))).not.toContain(toNode3);
    expect(sent(bench.runTo(5_000))).toContain(toNode3);
  });

  test('is active at once when the last peer that it could ask dies', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(status(node2, 4));

    bench.runTo(4_999);
    expect(localStatus(bench.state)).toBe('up');
    bench.runTo(5_000);
    expect(localStatus(bench.state)).toBe('active');
  });

  test('gives up a peer that was never heard after initdead, and goes on alone', () => {
    const bench = new Bench();
    bench.start();
    bench.runTo(11_999);
    bench.take();

    const effects = bench.runTo(12_000);

    expect(facts(effects)).toEqual([
      { kind: 'node-dead', node: node2, everHeard: false },
      { kind: 'local-status', status: 'active' },
    ]);
    expect(log(effects)).toEqual([
      'WARN: node node2: is dead',
      'info: Comm_now_up(): updating status to active',
      "info: Local status now set to: 'active'",
    ]);
  });

  test('judges by initdead until all are heard, and by dead times from then on', () => {
    const bench = new Bench({ nodes: [node1, node2, node3] });
    bench.start();
    bench.hear(status(node2, 4));
    bench.take();

    expect(facts(bench.runTo(11_999))).toEqual([]);

    bench.hear(status(node3, 4));
    expect(facts(bench.runTo(12_000))).toContainEqual({
      kind: 'node-dead',
      node: node2,
      everHeard: true,
    });
  });

  test('that is the only configured node is active at once', () => {
    const bench = new Bench({ nodes: [node1] });

    const effects = bench.start();

    expect(facts(effects)).toEqual([
      { kind: 'local-status', status: 'up' },
      { kind: 'local-status', status: 'active' },
    ]);
    expect(nodeViews(bench.state)).toMatchObject([
      { name: node1, type: 'normal', status: 'active', links: [], uuid: settings().uuid },
    ]);
  });

  test('reports a node list that differs from its own, and adds nobody', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(status(node2, 4));
    bench.take();

    const effects = bench.hear(repnodes(node2, 5, 'node1 node2 phantom '));

    expect(log(effects)[0]).toBe(
      'WARN: node node2 has other nodes in its ha.cf [node1 node2 phantom] than we [node1 node2]: ours are kept',
    );
    expect(localStatus(bench.state)).toBe('active');
    expect(nodeViews(bench.state).map(({ name }) => name)).toEqual([node1, node2]);
  });

  test('does not mind the order of names in a node list', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(status(node2, 4));
    bench.take();

    expect(log(bench.hear(repnodes(node2, 5, 'node2 node1')))).toHaveLength(2);
  });
});

describe('a node that is asked for its nodes', () => {
  test('answers at once with the configured ones in its own order, even when it is not active itself', () => {
    const bench = new Bench({ nodes: [node2, node1] });
    bench.start();
    bench.hear(status(node2, 4, { st: 'up' }));
    bench.take();

    expect(sent(bench.hear(say(node2, reqnodesDraft(node1), { sequence: 5 })))).toEqual([
      'dest=node2 t=repnodes nodelist=node2 node1  delnodelist= ',
    ]);
  });

  test('leaves questions to others alone', () => {
    const bench = new Bench({ nodes: [node1, node2, node3] });
    bench.start();
    bench.hear(status(node2, 4, { st: 'up' }));
    bench.take();

    expect(sent(bench.hear(say(node2, reqnodesDraft(node3), { sequence: 5 })))).toEqual([]);
  });
});

describe('a peer of another version, without protocol in its status', () => {
  const plain = [text('t', 'status'), text('st', 'up'), text('dt', '1388')];

  test('switches flow control off for good: no question, no acknowledgements, no protocol of ours', () => {
    const bench = new Bench();
    bench.start();
    bench.take();

    const effects = bench.hear(say(node2, plain, { sequence: 4 }));

    expect(log(effects)).toContain(
      'info: flow control disabled due to different version heartbeat',
    );
    expect(sent(effects)).toEqual(['t=status st=active dt=1b58']);
    expect(localStatus(bench.state)).toBe('active');
    expect(sent(bench.hear(status(node2, 5)))).toEqual([]);
  });
});

describe('an unknown name', () => {
  test('is refused and named once a minute, with a count of the rest', () => {
    const bench = new Bench();
    bench.start();
    bench.take();
    const stranger = status(nodeName('stranger'), 1);

    expect(log(bench.hear(stranger))).toEqual([
      'ERROR: process_status_message: bad node [stranger] in message',
    ]);
    for (let at = 0; at < 10; at += 1)
      expect(bench.hear(status(nodeName(`s${String(at)}`), 1))).toEqual([]);
    bench.runTo(60_000);
    expect(log(bench.hear(stranger))).toEqual([
      'info: 10 more like the next line were not logged: unknown-node',
      'ERROR: process_status_message: bad node [stranger] in message',
    ]);
  });
});

describe('another node of our name', () => {
  test('that is heard when the last peer dies is waited out, without a tick in between', () => {
    const bench = new Bench();
    bench.start();
    bench.hear(status(node2, 4, { st: 'up' }));
    bench.runTo(4_500);
    bench.hear(status(node1, 9, { uuid: 'x'.repeat(16) }));

    bench.runTo(9_400);
    expect(nodeViews(bench.state).find(({ name }) => name === node2)?.status).toBe('dead');
    expect(localStatus(bench.state)).toBe('up');
    bench.runTo(9_600);
    expect(localStatus(bench.state)).toBe('active');
  });
});
