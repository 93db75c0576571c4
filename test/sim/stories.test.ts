/** Stories that are read as prose: who does what when. A change of a story is a change of behaviour: review it, then `vitest -u`. */
import { expect, test } from 'vitest';
import { CDaemon } from '../../sim/c-daemon.ts';
import { Cluster, type ClusterOptions } from '../../sim/cluster.ts';
import { ourNodes } from '../../sim/our-nodes.ts';
import { settingsOf, type Group } from '../../sim/settings.ts';
import { befell, happened, wordsOf } from '../../sim/story.ts';
import { nodeName } from '../../src/units.ts';

const vip = 'IPaddr::10.0.0.1';
const groups: readonly Group[] = [
  ['node1', vip, 'httpd'],
  ['node2', 'IPaddr::10.0.0.2', 'mysql'],
];

class Story {
  readonly cluster: Cluster;
  readonly lines: string[] = [];

  constructor(options: ClusterOptions) {
    this.cluster = new Cluster({ groups, ...options });
    this.cluster.listen((happening, now) => {
      // Words of the log have tests of their own.
      const words = happening.kind === 'logged' ? undefined : wordsOf(happening);
      if (words !== undefined) this.lines.push(happened(now, words));
    });
  }

  /** It happens now, and then some time passes. */
  then(what: string, act: (cluster: Cluster) => void, wait: number): this {
    this.lines.push(befell(this.cluster.now, what));
    act(this.cluster);
    this.cluster.run(wait);
    return this;
  }

  /** Both nodes start. */
  begun(): this {
    return this.then(
      'both start',
      (cluster) => {
        cluster.start('node1', 'node2');
      },
      14_000,
    );
  }

  /** node1 is alone for six seconds, and `wait` milliseconds pass after that. */
  cutAndHealed(wait: number): this {
    const cut = (cluster: Cluster): void => {
      cluster.cut('node1');
    };
    const heal = (cluster: Cluster): void => {
      cluster.heal('node1');
    };
    return this.then('the cable of node1 is pulled', cut, 6000).then(
      'it is plugged in again',
      heal,
      wait,
    );
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

const failed = { kind: 'failed', why: 'no answer from the power switch' } as const;

test('a cable is pulled and plugged in again', async () => {
  const story = new Story({}).begun().cutAndHealed(10_000);

  await expect(story.text).toMatchFileSnapshot('stories/cut-and-heal.txt');
});

test('with a fencing device that fails twice', async () => {
  const story = new Story({ fencing: {} })
    .begun()
    .then(
      'node1 loses power, and the switch does not answer',
      (cluster) => {
        cluster.device.scripts.set('node2 resets node1', { outcome: failed, takes: 1000 });
        cluster.powerOff('node1');
      },
      9000,
    )
    .then(
      'the switch answers',
      (cluster) => {
        cluster.device.scripts.clear();
      },
      8000,
    )
    .then(
      'node1 starts',
      (cluster) => {
        cluster.start('node1');
      },
      8000,
    );

  await expect(story.text).toMatchFileSnapshot('stories/fencing-fails-twice.txt');
});

test('a standby, and a stop that fails', async () => {
  const story = new Story({ autoFailback: 'off' })
    .begun()
    .then(
      'operator: hb_standby on node1',
      (cluster) => {
        cluster.standby('node1');
      },
      3000,
    )
    .then(
      'operator: hb_takeover on node1, but mysql does not stop on node2',
      (cluster) => {
        const outcome = { kind: 'failed', code: 1, why: '' } as const;
        cluster.scripts.set('node2 stop mysql', { outcome });
        cluster.takeover('node1');
      },
      20_000,
    );

  await expect(story.text).toMatchFileSnapshot('stories/stop-fails.txt');
});

/** node2 is like C. */
function besideC(): Story {
  const written = { nodes: ['node1', 'node2'], groups, autoFailback: 'off' } as const;
  const ours = ourNodes(written);
  return new Story({
    daemon: (machine, kept) => {
      if (machine.name === 'node1') return ours(machine, kept);
      const { generation, uuid } = machine;
      const settings = settingsOf(written);
      return new CDaemon({ settings, self: nodeName('node2'), uuid, generation, seed: generation });
    },
  });
}

test('beside a node like C: a cable is pulled and plugged in again', async () => {
  const story = besideC().begun().cutAndHealed(30_000);

  await expect(story.text).toMatchFileSnapshot('stories/beside-c.txt');
});

test('beside a node like C, which is stopping everything while ours starts', async () => {
  const story = besideC()
    .then(
      'node2 starts, alone',
      (cluster) => {
        cluster.start('node2');
      },
      30_000,
    )
    .then(
      'node1 starts',
      (cluster) => {
        cluster.start('node1');
      },
      30,
    )
    .then(
      'operator: stop node2, where httpd takes 4 s to stop',
      (cluster) => {
        cluster.scripts.set('node2 stop httpd', { takes: 4000 });
        cluster.stop('node2');
      },
      20_000,
    );

  await expect(story.text).toMatchFileSnapshot('stories/c-leaves.txt');
  expect(story.cluster.doubles).toEqual([]);
});

test('with a tie-break by a ping node: one of two loses its cables', async () => {
  const quorum = { plugins: ['majority'], policy: 'stop', tiebreak: 1 } as const;
  const story = new Story({ quorum, pingNodes: ['router'] })
    .begun()
    .then(
      'the cables of node1 are pulled',
      (cluster) => {
        cluster.cut('node1');
        cluster.network.blockPings('node1');
      },
      12_000,
    )
    .then(
      'they are plugged in again',
      (cluster) => {
        cluster.network.healAll();
      },
      8000,
    );

  await expect(story.text).toMatchFileSnapshot('stories/tie-break.txt');
});

test('three nodes with auto_failback legacy: the first comes back while the third serves for the second', async () => {
  const story = new Story({ nodes: ['node1', 'node2', 'node3'], autoFailback: 'legacy' })
    .then(
      'node2 and node3 start, node1 is down',
      (cluster) => {
        cluster.start('node2', 'node3');
      },
      8000,
    )
    .then(
      'node2 loses power',
      (cluster) => {
        cluster.powerOff('node2');
      },
      4000,
    )
    .then(
      'node1 starts',
      (cluster) => {
        cluster.start('node1');
      },
      10_000,
    )
    .then(
      'node2 starts',
      (cluster) => {
        cluster.start('node2');
      },
      8000,
    );

  await expect(story.text).toMatchFileSnapshot('stories/legacy-of-three.txt');
});
