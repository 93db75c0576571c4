import { describe, expect, test } from 'vitest';
import { ackDraft } from '../../src/message/drafts.ts';
import { text } from '../../src/message/messages.ts';
import { nodeViews } from '../../src/membership/views.ts';
import { nodeName, seconds } from '../../src/units.ts';
import {
  Bench,
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

const dead = { kind: 'node-dead', node: node2, everHeard: true };
const linkDead = { kind: 'link', node: node2, link: 'eth0', status: 'dead' };

describe('a peer', () => {
  test('is declared dead when it has been silent for its dead time, and not a millisecond sooner', () => {
    const bench = activePair();
    bench.runTo(300);
    bench.hear(status(node2, 11));

    expect(facts(bench.runTo(5_299))).toEqual([]);
    const effects = bench.runTo(5_300);
    expect(facts(effects)).toEqual([dead, linkDead]);
    expect(log(effects)).toEqual(['WARN: node node2: is dead', 'info: Link node2:eth0 dead.']);
  });

  test('is judged by the dead time it announces, not by ours', () => {
    const bench = activePair();
    bench.hear(status(node2, 11, { dt: 8000 }));

    expect(facts(bench.runTo(7_999))).toEqual([]);
    expect(facts(bench.runTo(8_000))).toContainEqual(dead);
  });

  test('keeps its dead time when a status does not give one that is usable', () => {
    const bench = activePair();
    bench.hear(status(node2, 11, { dt: 8000 }));
    bench.hear(status(node2, 12, { dt: 0 }));

    expect(facts(bench.runTo(7_999))).toEqual([]);
  });

  test('is dead once', () => {
    const bench = activePair();

    const deaths = facts(bench.runTo(60_000)).filter((fact) => 'everHeard' in fact);
    expect(deaths).toEqual([dead]);
  });

  test('lives by status alone, not by what else it says', () => {
    const bench = activePair();
    bench.runTo(4_000);
    bench.hear(say(node2, [text('t', 'starting')], { sequence: 11 }));
    bench.hear(say(node2, ackDraft(node1, 1)));

    expect(facts(bench.runTo(5_000))).toContainEqual(dead);
  });

  test('is late beyond warntime, again every 2 s, until it is heard or dead', () => {
    const lateAt = (bench: Bench, until: number): number[] => {
      const times: number[] = [];
      for (let at = bench.now; at <= until; at += 100)
        if (bench.runTo(at).some(({ kind }) => kind === 'node-late')) times.push(at);
      return times;
    };
    const bench = activePair({ tellsLateness: true, deadtime: seconds(9) });
    bench.hear(status(node2, 11, { dt: 9000 }));
    expect(lateAt(bench, 5000)).toEqual([2500, 4500]);

    bench.hear(status(node2, 12, { dt: 9000 }));
    expect(lateAt(bench, 60_000)).toEqual([7500, 9500, 11_500, 13_500]);
    expect(lateAt(activePair(), 5000)).toEqual([]);
  });

  test('that comes a little late is reported, against warntime and against our own dead time', () => {
    const bench = activePair();
    bench.hear(status(node2, 11, { dt: 20_000 }));
    bench.runTo(2_501);
    const first = bench.hear(status(node2, 12, { dt: 20_000 }));
    bench.runTo(8_000);
    const second = bench.hear(status(node2, 13, { dt: 20_000 }));

    expect(log(first)).toEqual(['WARN: Late heartbeat: Node node2: interval 2501 ms']);
    expect(log(second)).toContain(
      'CRIT: Late heartbeat: Node node2: interval 5499 ms (> deadtime)',
    );
    expect(facts([...first, ...second])).not.toContainEqual(dead);
  });

  test('changes its status by its own words', () => {
    const bench = activePair();

    const effects = bench.hear(status(node2, 11, { st: 'odd word' }));

    expect(log(effects)).toEqual(['info: Status update for node node2: status odd word']);
    expect(facts(effects)).toEqual([
      { kind: 'node-status', node: node2, status: 'odd word', previous: 'active' },
    ]);
  });

  test('that calls itself dead in a status is alive', () => {
    const bench = activePair();

    expect(bench.hear(status(node2, 11, { st: 'dead' }))).toEqual([]);
    expect(nodeViews(bench.state)[1]?.status).toBe('active');
  });

  test('is not set back by a status that was overtaken', () => {
    const bench = activePair();
    bench.hear(status(node2, 12, { st: 'active', time: 2000 }));
    bench.take();

    expect(facts(bench.hear(status(node2, 11, { st: 'up', time: 2000 })))).toEqual([]);
    expect(nodeViews(bench.state)[1]?.status).toBe('active');
  });

  test('is not kept alive by a status whose number and clock are both behind', () => {
    const bench = activePair();
    bench.hear(status(node2, 12, { time: 2000 }));
    bench.runTo(3_000);
    bench.hear(status(node2, 11, { time: 1999 }));

    expect(facts(bench.runTo(5_000))).toContainEqual(dead);
  });

  test('may set its clock back', () => {
    const bench = activePair();
    bench.runTo(3_000);
    bench.hear(status(node2, 11, { time: 5 }));

    expect(facts(bench.runTo(5_000))).toEqual([]);
  });
});

describe('our own wall clock', () => {
  test.each([[-86_400], [86_400]])('may jump by %d s: it only dates what we say', (jump) => {
    const bench = activePair();
    bench.runTo(1_500);
    bench.hear(status(node2, 11));
    bench.take();
    bench.wallOffset = jump;

    const effects = bench.runTo(6_499);
    expect(facts(effects)).toEqual([]);
    expect(log(effects)).toEqual([]);
    expect(sent(effects)).toHaveLength(5);
    expect(facts(bench.runTo(6_500))).toContainEqual(dead);
  });
});

describe('a peer that returns', () => {
  test('with the same generation has been behind a partition: it is told so, hears us, and is not marked dead again', () => {
    const bench = activePair();
    bench.runTo(7_000);
    bench.take();

    const effects = bench.hear(status(node2, 30));

    expect(log(effects)).toEqual([
      'CRIT: Cluster node node2 returning after partition.',
      'info: For information on cluster partitions, See URL: http://linux-ha.org/wiki/Split_Brain',
      'WARN: Deadtime value may be too small.',
      'info: See FAQ for information on tuning deadtime.',
      'info: URL: http://linux-ha.org/wiki/FAQ#Heavy_Load',
      'info: Link node2:eth0 up.',
      'CRIT: Late heartbeat: Node node2: interval 7000 ms (> deadtime)',
      'info: Status update for node node2: status active',
    ]);
    expect(facts(effects)).toEqual([
      { kind: 'node-returned', node: node2, silentFor: 7000, renewed: false },
      { kind: 'link', node: node2, link: 'eth0', status: 'up' },
      { kind: 'node-status', node: node2, status: 'active', previous: 'dead' },
    ]);
    expect(sent(effects)).toEqual([
      't=status st=active dt=1388 protocol=1',
      't=NS_ackmsg dest=node2 ackseq=1e',
    ]);
    expect(facts(bench.runTo(11_999))).toEqual([]);
  });

  test('is announced before anything it says', () => {
    const bench = activePair();
    bench.runTo(7_000);
    bench.take();

    expect(bench.hear(say(node2, [text('t', 'starting')], { sequence: 29 }))).toEqual([]);
    expect(facts(bench.hear(status(node2, 30)))).toEqual([
      { kind: 'node-returned', node: node2, silentFor: 7000, renewed: false },
      { kind: 'link', node: node2, link: 'eth0', status: 'up' },
      { kind: 'node-status', node: node2, status: 'active', previous: 'dead' },
      { deliver: 'starting' },
    ]);
  });

  test('does not come back by an old packet sent again', () => {
    const bench = activePair();
    bench.hear(status(node2, 11));
    bench.runTo(7_000);
    bench.take();

    expect(bench.hear(status(node2, 11))).toEqual([]);
    expect(bench.hear(status(node2, 9))).toEqual([]);
    expect(
      bench.hear(say(node2, [text('t', 'addnode'), text('nodelist', 'node3 ')], { sequence: 3 })),
    ).toEqual([]);
    expect(nodeViews(bench.state)[1]?.status).toBe('dead');
  });

  test('with a higher generation has restarted', () => {
    const bench = activePair();
    bench.runTo(7_000);
    bench.take();

    const effects = bench.hear(status(node2, 1, { generation: 51, st: 'init' }));

    expect(log(effects)).toEqual([
      'info: Heartbeat restart on node node2',
      'info: Link node2:eth0 up.',
      'info: Status update for node node2: status init',
    ]);
    expect(facts(effects)).toEqual([
      { kind: 'node-restarted', node: node2 },
      { kind: 'link', node: node2, link: 'eth0', status: 'up' },
      { kind: 'node-status', node: node2, status: 'init', previous: 'dead' },
    ]);
  });

  test('within its dead time has restarted as well, and is not late', () => {
    const bench = activePair();
    bench.runTo(4_000);
    bench.take();

    const effects = bench.hear(status(node2, 1, { generation: 51, st: 'init' }));

    expect(log(effects)).toEqual([
      'info: Heartbeat restart on node node2',
      'info: Status update for node node2: status init',
    ]);
  });

  test('that was never heard before is simply new', () => {
    const bench = new Bench();
    bench.start();
    bench.runTo(20_000);
    bench.take();

    expect(facts(bench.hear(status(node2, 700)))).toEqual([
      { kind: 'link', node: node2, link: 'eth0', status: 'up' },
      { kind: 'node-status', node: node2, status: 'active', previous: 'dead' },
    ]);
  });
});

describe('a node that was frozen', () => {
  test('says so before anything else, then its status, and judges nobody by its own sleep', () => {
    const bench = activePair();
    bench.runTo(10_000);
    bench.hear(status(node2, 11));
    bench.take();
    bench.now += 5_001;

    const effects = bench.tick();

    expect(facts(effects)).toEqual([{ kind: 'frozen', duration: 5001 }]);
    expect(sent(effects)).toEqual(['t=status st=active dt=1388 protocol=1']);
    expect(log(effects)[0]).toContain('WARN: This node was frozen for 5001 ms');
    expect(facts(bench.runTo(20_000))).toEqual([]);
    expect(facts(bench.runTo(20_001))).toContainEqual(dead);
  });

  test('notices it with the first event, whatever that is', () => {
    const bench = activePair();
    bench.runTo(10_000);
    bench.hear(status(node2, 11));
    bench.take();
    bench.now += 6_000;

    const effects = bench.hear(say(node2, [text('t', 'starting')], { sequence: 12 }));

    expect(facts(effects)).toEqual([{ kind: 'frozen', duration: 6000 }, { deliver: 'starting' }]);
  });

  test('for more than half of its dead time says its status first, and judges as ever', () => {
    const bench = activePair();
    bench.runTo(10_000);
    bench.hear(status(node2, 11));
    bench.take();
    bench.now += 2_501;

    const effects = bench.hear(say(node2, [text('t', 'starting')], { sequence: 12 }));

    expect(effects.map(({ kind }) => kind)).toEqual(['report', 'transmit', 'deliver']);
    expect(log(effects)).toEqual([
      'WARN: Gmain_timeout_dispatch: Dispatch function for send local status was delayed 1501 ms (> 510 ms) before being called',
    ]);
    expect(facts(bench.runTo(15_000))).toContainEqual(dead);
  });

  test('goes by the dead time that it has announced, which is longer at the start', () => {
    const bench = new Bench();
    bench.start();
    bench.take();
    bench.now = 6_900;

    expect(facts(bench.tick())).toEqual([]);
  });
});

describe('a link', () => {
  test('dies alone when the node is still heard over another, and comes back', () => {
    const bench = activePair();
    bench.hear(status(node2, 11), 'eth1');
    for (let seq = 12; seq < 18; seq += 1) {
      bench.runTo((seq - 11) * 1_000);
      bench.hear(status(node2, seq), 'eth1');
    }

    const effects = bench.take();
    expect(log(effects)).toContain('info: Link node2:eth0 dead.');
    expect(facts(effects)).not.toContainEqual(dead);
    expect(nodeViews(bench.state)[1]?.links).toEqual([
      { name: 'eth0', status: 'dead' },
      { name: 'eth1', status: 'up' },
    ]);
    expect(facts(bench.hear(status(node2, 17)))).toEqual([
      { kind: 'link', node: node2, link: 'eth0', status: 'up' },
    ]);
  });

  test('lives by copies of what came over a faster one, even when they are overtaken', () => {
    const bench = activePair();
    for (let seq = 11; seq < 31; seq += 1) {
      bench.runTo((seq - 10) * 1_000);
      bench.hear(status(node2, seq), 'eth1');
      bench.hear(status(node2, seq - 1), 'eth0');
    }

    expect(facts(bench.take())).toEqual([
      { kind: 'link', node: node2, link: 'eth1', status: 'up' },
    ]);
  });

  test('lives by copies also after its node has restarted and counts from 1 again', () => {
    const bench = activePair({}, 5_000);
    bench.hear(status(node2, 5_001), 'eth1');
    for (let seq = 1; seq < 21; seq += 1) {
      bench.runTo(seq * 1_000);
      bench.hear(status(node2, seq, { generation: 51 }), 'eth0');
      bench.hear(status(node2, seq, { generation: 51 }), 'eth1');
    }

    expect(log(bench.take())).not.toContain('info: Link node2:eth1 dead.');
  });

  test('of a configured medium is dead until it is heard', () => {
    const bench = new Bench({ links: ['eth0', 'eth1', 'eth0'] });
    bench.start();
    bench.hear(status(node2, 1), 'eth1');

    expect(nodeViews(bench.state)[1]?.links).toEqual([
      { name: 'eth0', status: 'dead' },
      { name: 'eth1', status: 'up' },
    ]);
    expect(log(bench.take())).not.toContain('info: Link node2:eth0 dead.');
  });

  test('of our own comes up once with our echo, and never dies', () => {
    const bench = activePair();
    const echo = status(node1, 2, { generation: 100 });

    expect(log(bench.hear(echo))).toEqual(['info: Link node1:eth0 up.']);
    expect(bench.hear(echo)).toEqual([]);
    bench.hear(status(node2, 11, { dt: 100_000 }));
    expect(facts(bench.runTo(90_000))).toEqual([]);
  });
});

describe('who is who', () => {
  test('a uuid that belongs to another node is refused, and both are named', () => {
    const bench = new Bench({ nodes: [node1, node2, node3] });
    bench.start();
    bench.hear(status(node2, 1));
    bench.take();

    expect(log(bench.hear(status(node3, 1, { uuid: '2'.repeat(16) })))).toEqual([
      'WARN: packet of node node3 with uuid 32323232-3232-3232-3232-323232323232 refused: it contradicts the uuid of node2. Was a disk cloned?',
    ]);
    expect(log(bench.hear(status(node2, 2, { uuid: '1'.repeat(16) })))[0]).toContain(
      'the uuid of node1',
    );
    expect(nodeViews(bench.state)[2]?.status).toBe('init');
  });

  test('a new uuid is taken with a new generation only', () => {
    const bench = activePair();
    const uuid = 'x'.repeat(16);

    expect(facts(bench.hear(status(node2, 11, { uuid })))).toEqual([]);
    expect(nodeViews(bench.state)[1]?.uuid).toBe('2'.repeat(16));

    bench.runTo(2_500);
    const effects = bench.hear(status(node2, 1, { uuid, generation: 51 }));
    expect(log(effects)).toContain(
      'info: node node2 changed its uuid to 78787878-7878-7878-7878-787878787878',
    );
    expect(nodeViews(bench.state)[1]?.uuid).toBe(uuid);
  });

  test.each([
    ['another uuid', { uuid: 'x'.repeat(16), generation: 100 }, 2],
    ['a higher generation', { generation: 101 }, 2],
    ['numbers that we have not reached', { generation: 100 }, 2000],
  ])(
    'another node with our name and %s is reported loudly, and changes nothing',
    (_, control, seq) => {
      const bench = activePair();
      const before = nodeViews(bench.state);

      const effects = bench.hear(status(node1, seq, control));

      expect(log(effects)[0]).toMatch(/^ERROR: another node has our name \[node1\]/);
      expect(facts(effects)).toEqual([]);
      expect(bench.hear(status(node1, seq, control))).toEqual([]);
      expect(nodeViews(bench.state)).toEqual(before);
    },
  );

  test('of two machines with one name the first that was heard goes on, and both are named', () => {
    const bench = activePair();
    const intruder = { uuid: 'x'.repeat(16), generation: 99 };
    for (let at = 500; at < 20_000; at += 500) {
      bench.runTo(at);
      const heard =
        at % 1000 === 0
          ? bench.hear(status(node2, 10 + at / 1000))
          : bench.hear(status(node2, at, intruder));
      expect(facts(heard)).toEqual([]);
    }
    expect(log(bench.take()).find((line) => line.includes('refused'))).toBe(
      'WARN: packet of node node2 with uuid 78787878-7878-7878-7878-787878787878 refused: it contradicts the other node2, which speaks, too. Was a disk cloned?',
    );
    expect(nodeViews(bench.state)[1]?.uuid).toBe('2'.repeat(16));
  });

  test('a node that has our uuid from its first word on is not dead: nothing is to be taken from it', () => {
    const bench = new Bench();
    bench.start();
    bench.take();
    const clone = (): void => {
      bench.hear(status(node2, bench.now + 1, { uuid: '1'.repeat(16) }));
    };
    for (; bench.now < 30_000; bench.runTo(bench.now + 1000)) clone();
    expect(facts(bench.take())).toEqual([]);
    expect(bench.state.status).toBe('up');
    bench.runTo(50_000);
    expect(bench.state.status).toBe('active');
  });

  test('a node does not become active while another has its name, and says where that is', () => {
    const bench = new Bench();
    bench.start();
    for (let at = 1000; at < 30_000; at += 1000) {
      bench.runTo(at);
      const message = status(node1, at, { uuid: 'x'.repeat(16) });
      bench.step({ kind: 'message', link: 'eth0', message, from: '192.0.2.9' });
    }
    expect(bench.state.status).toBe('up');
    expect(log(bench.take())).toContain(
      'ERROR: another node has our name [node1] from 192.0.2.9 (uuid 78787878-7878-7878-7878-787878787878, generation 50): its packets are ignored, and this node does not become active while it speaks',
    );
    bench.runTo(34_100);
    expect(bench.state.status).toBe('active');
  });

  test('what we said in an earlier life is passed over', () => {
    const bench = activePair();

    expect(bench.hear(status(node1, 999, { generation: 99 }))).toEqual([]);
  });

  test('a name is ours in lower case', () => {
    expect(nodeName('NODE1')).toBe(node1);
  });
});
