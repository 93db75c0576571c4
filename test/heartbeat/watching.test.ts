/** Two whole nodes with `[monitor]` and `[failback]`: what dies is restarted or moved, and has one owner all the time. */
import { describe, expect, test } from 'vitest';
import type { MonitorSection } from '../../src/config/settings.ts';
import { millis, seconds } from '../../src/units.ts';
import { Cluster, type ClusterOptions } from '../../sim/cluster.ts';

const vip = 'IPaddr::10.0.0.1';
const section: MonitorSection = {
  at: { file: 'extensions.ini', line: 1, column: 1 },
  interval: millis(1000),
  timeout: undefined,
  restarts: 2,
  then: 'failover',
};
const watching = { monitoring: new Map([['httpd', section]]) };

function started(options: ClusterOptions = {}): Cluster {
  const cluster = new Cluster({ watching, ...options });
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.holding('node1') === 'local' && cluster.holding('node2') === 'local');
  // In its first five seconds a node asks to be waited for longer (spec membership 2.1).
  cluster.run(6000);
  return cluster;
}

/** The service dies wherever it runs, a second after each start, for so long. Says on whom it ran, in turn. */
function keepsDying(cluster: Cluster, length: number): string[] {
  const owners: string[] = [];
  for (let passed = 0; passed < length; passed += 500) {
    const [owner, second] = cluster.runners(vip);
    expect(second).toBeUndefined();
    if (owner !== undefined && owner !== owners.at(-1)) owners.push(owner);
    for (const { running } of cluster.hosts.values()) running.delete('httpd');
    cluster.run(500);
  }
  return owners;
}

const starts = (cluster: Cluster, node: string): number =>
  cluster.runs.filter((run) => run === `${node} start httpd`).length;

describe('a service that dies', () => {
  test('is restarted within its interval, and nobody else hears of it', () => {
    const cluster = started();
    cluster.host('node1').running.delete('httpd');
    cluster.run(1200);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.runs.filter((run) => run.startsWith('node2 st'))).not.toContain(
      'node2 start httpd',
    );
  });

  test('again and again on one node runs on the other in the end, and stays there', () => {
    const cluster = started();
    const limit = { outcome: { kind: 'timed-out', limit: seconds(1) } } as const;
    cluster.scripts.set('node1 status httpd', limit);
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(starts(cluster, 'node1')).toBe(3);
    cluster.run(120_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node2')).toBe('all');
  });

  test('on both nodes is moved there and back once, and then stays and is tried again', () => {
    const cluster = started();
    expect(keepsDying(cluster, 300_000)).toEqual(['node1', 'node2', 'node1']);
    expect(starts(cluster, 'node2')).toBe(3);
    // Three times before it was moved, three after, then after 30 s, 1 minute and 2.
    expect(starts(cluster, 'node1')).toBe(9);
  });

  test('is moved when the other node has come back', () => {
    const cluster = started();
    cluster.powerOff('node2');
    expect(keepsDying(cluster, 60_000)).toEqual(['node1']);
    cluster.start('node2');
    cluster.run(5_000);
    cluster.host('node1').running.delete('httpd');
    cluster.run(60_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
  });

  test('has one owner when the node dies that takes it', () => {
    const cluster = started();
    for (let time = 0; time < 3; time += 1) {
      cluster.host('node1').running.delete('httpd');
      cluster.until(() => cluster.runners('httpd').length > 0, 5_000);
    }
    cluster.powerOff('node2');
    cluster.run(60_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.runners('httpd')).toEqual(['node1']);
  });
});

describe('a node that comes back with auto_failback on', () => {
  const failback = { hold: seconds(60), limit: 2, within: seconds(3600) };

  /** node1, whose groups node2 has taken over, is started again. */
  function backAgain(): Cluster {
    const cluster = started({ autoFailback: 'on', watching: { failback } });
    cluster.powerOff('node1');
    cluster.until(() => cluster.holding('node2') === 'all', 5_000);
    cluster.start('node1');
    cluster.run(30_000);
    return cluster;
  }

  test('gets its groups when it has been there for the hold time', () => {
    const cluster = backAgain();
    expect(cluster.runners(vip)).toEqual(['node2']);
    cluster.run(40_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
  });

  test('gets them at once by hb_takeover', () => {
    const cluster = backAgain();
    cluster.takeover('node1', 'local');
    cluster.run(5_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
  });

  test('and dies too often gets nothing by itself', () => {
    const cluster = backAgain();
    cluster.powerOff('node1');
    cluster.run(5_000);
    cluster.start('node1');
    cluster.run(180_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
  });
});
