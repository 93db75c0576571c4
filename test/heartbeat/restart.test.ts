import { describe, expect, test } from 'vitest';
import { Cluster } from '../../sim/cluster.ts';

const vip = 'IPaddr::10.0.0.1';
const acts = (cluster: Cluster): readonly string[] =>
  cluster.runs.filter((run) => / (start|stop) /.test(run));

function started(autoFailback: 'on' | 'off' | 'legacy' = 'off', loss = 0): Cluster {
  const cluster = new Cluster({ autoFailback, loss, seed: 3 });
  cluster.start('node1', 'node2');
  cluster.until(
    () => cluster.runners('httpd').length > 0 && cluster.holding('node2') !== 'transition',
  );
  cluster.run(8000);
  return cluster;
}

/** Runs until the node has begun its next life, and both are at rest. */
function through(cluster: Cluster, ...names: readonly string[]): void {
  for (const name of names) {
    cluster.until(() => cluster.logged(name).includes('info Heartbeat restart triggered.'), 30_000);
  }
  cluster.run(20_000);
  for (const name of ['node1', 'node2']) {
    cluster.until(() => cluster.holding(name) !== 'transition', 20_000);
  }
}

describe('a node that restarts itself with its resources', () => {
  test.each(['on', 'off', 'legacy'] as const)(
    'starts and stops nothing, and nobody dies, auto_failback %s',
    (autoFailback) => {
      const cluster = started(autoFailback);
      const before = acts(cluster);
      cluster.tell('node1', { kind: 'restart' });
      through(cluster, 'node1');

      expect(acts(cluster)).toEqual(before);
      expect(cluster.runners(vip)).toEqual(['node1']);
      expect(cluster.holding('node1')).toBe('local');
      expect(cluster.logged('node2').filter((line) => line.includes('is dead'))).toEqual([]);
      expect(cluster.logged('node2')).toContainEqual(
        expect.stringContaining('Heartbeat restart on node node1'),
      );
      expect(cluster.doubles).toEqual([]);
    },
  );

  test('goes on holding what it took over from a node that is dead', () => {
    const cluster = started();
    cluster.powerOff('node1');
    cluster.until(() => cluster.runners('httpd').includes('node2'));
    cluster.run(5000);
    const before = acts(cluster);
    cluster.tell('node2', { kind: 'restart' });
    cluster.run(20_000);

    expect(acts(cluster)).toEqual(before);
    expect(cluster.holding('node2')).toBe('all');
  });

  test('starts again what had ended meanwhile', () => {
    const cluster = started();
    cluster.tell('node1', { kind: 'restart' });
    cluster.hosts.get('node1')?.running.delete('httpd');
    through(cluster, 'node1');

    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(acts(cluster).at(-1)).toBe('node1 start httpd');
  });

  test('is waited for while messages are lost', () => {
    const cluster = started('off', 0.3);
    cluster.tell('node1', { kind: 'restart' });
    through(cluster, 'node1');

    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
  });

  test('may do so at the same time as the other', () => {
    const cluster = started();
    const before = acts(cluster);
    cluster.tell('node1', { kind: 'restart' });
    cluster.tell('node2', { kind: 'restart' });
    through(cluster, 'node1', 'node2');

    expect(acts(cluster)).toEqual(before);
    expect(cluster.runners(vip)).toEqual(['node1']);
  });

  test('waits until a standby is over', () => {
    const cluster = started();
    cluster.scripts.set('node1 stop httpd', { takes: 3000 });
    cluster.standby('node1');
    cluster.until(() => cluster.holding('node1') === 'transition');
    cluster.tell('node1', { kind: 'restart' });
    expect(cluster.logged('node1')).toContain(
      'WARN Restart delayed until current resource activity finishes.',
    );
    through(cluster, 'node1');

    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });

  test('and is told to stop at the same time stops, and gives everything to the other', () => {
    const cluster = started();
    cluster.tell('node1', { kind: 'restart' });
    cluster.stop('node1');
    cluster.until(() => !cluster.isUp('node1'));
    cluster.until(() => cluster.runners('httpd').includes('node2'));

    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
  });

  test('and is told to stop before it is active again releases what it kept', () => {
    const cluster = started();
    cluster.cut('node2');
    cluster.tell('node1', { kind: 'restart' });
    cluster.until(() => !cluster.isUp('node1'));
    cluster.until(() => cluster.isUp('node1'));
    cluster.stop('node1');
    cluster.until(() => !cluster.isUp('node1'));

    expect(cluster.hosts.get('node1')?.running).toEqual(new Set());
  });
});

test('auto_failback legacy: a node that restarts itself behind a cut gives its owner the groups that it kept', () => {
  const groups = [
    ['node1', vip],
    ['node2', 'mysql'],
  ] as const;
  const cluster = new Cluster({ autoFailback: 'legacy', groups });
  cluster.start('node1', 'node2');
  cluster.run(10_000);
  cluster.cut('node2');
  cluster.run(10_000);
  cluster.tell('node1', { kind: 'restart' });
  cluster.run(1500);
  cluster.heal('node2');
  cluster.run(20_000);

  expect(cluster.runners(vip)).toEqual(['node1']);
  expect(cluster.runners('mysql')).toEqual(['node2']);
});
