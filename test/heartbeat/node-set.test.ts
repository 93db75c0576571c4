/** Nodes that are added and deleted while the cluster runs: who serves does not change. */
import { describe, expect, test } from 'vitest';
import { Cluster } from '../../sim/cluster.ts';

const vip = 'IPaddr::10.0.0.1';

function serving(nodes: readonly string[] = ['node1', 'node2']): Cluster {
  const cluster = new Cluster({ nodes });
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.runners(vip).length > 0 && cluster.holding('node2') !== 'transition');
  cluster.run(6000);
  return cluster;
}

/** How `name` sees the others. */
function statuses(cluster: Cluster, name: string, ...others: readonly string[]): readonly string[] {
  const { daemon } = cluster.host(name);
  return others.map((other) => daemon?.statusOf(other) ?? 'down');
}

/** From here on node2 is one that does not name whose groups it has. */
function speakLikeC(cluster: Cluster, hold: string): void {
  cluster.say('node2', { t: 'resource', rsc_hold: hold, rtype: 'full', isstable: '1' });
  cluster.run(500);
}

/** What a C node on node2 says when node3, which nobody ever heard, has been silent for its dead time. */
function claimLikeC(cluster: Cluster, before = 'local'): void {
  speakLikeC(cluster, before);
  cluster.say('node2', { t: 'stonith', node: 'node3', result: 'n_stnth' });
  cluster.run(500);
  cluster.say('node2', { t: 'resource', rsc_hold: 'foreign', info: 'mach_down' });
  const full = { t: 'resource', rsc_hold: 'all', rtype: 'full', isstable: '1' };
  cluster.say('node2', { ...full, info: 'req_our_resources()' });
}

describe('a node that is added', () => {
  test('and never comes is dead to all, and nobody takes anything for it', () => {
    const cluster = serving();
    cluster.fifo('node2', { t: 'addnode', nodelist: 'node3' });
    cluster.run(60_000);
    for (const [name, other] of [
      ['node1', 'node2'],
      ['node2', 'node1'],
    ] as const) {
      expect(statuses(cluster, name, other, 'node3')).toEqual(['active', 'dead']);
      expect(cluster.complaints(name)).toEqual(['WARN node node3: is dead']);
    }
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.holding('node2')).toBe('local');
    expect(cluster.runs.filter((run) => / (start|stop) /.test(run))).toEqual([
      `node1 start ${vip}`,
      'node1 start httpd',
    ]);
  });

  test('comes, and is one of the cluster', () => {
    const cluster = new Cluster({ nodes: ['node1', 'node2', 'node3'] });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners(vip).length > 0, 20_000);
    cluster.run(6000);
    cluster.fifo('node1', { t: 'delnode', nodelist: 'node3' });
    cluster.run(1000);
    expect(cluster.logged('node2')).toContain('info Removing node [node3] from configuration.');
    cluster.fifo('node1', { t: 'addnode', nodelist: 'node3' });
    cluster.start('node3');
    cluster.run(10_000);
    expect(statuses(cluster, 'node1', 'node2', 'node3')).toEqual(['active', 'active']);
    expect(statuses(cluster, 'node2', 'node1', 'node3')).toEqual(['active', 'active']);
    expect(statuses(cluster, 'node3', 'node1', 'node2')).toEqual(['active', 'active']);
    expect(cluster.runners(vip)).toEqual(['node1']);
    cluster.powerOff('node1');
    cluster.until(() => cluster.runners(vip).length > 0, 20_000);
    cluster.run(5000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
  });

  test('and is listed by a message that is not whole is added by nobody', () => {
    const cluster = serving();
    cluster.fifo('node1', { t: 'addnode' });
    cluster.fifo('node1', { t: 'setsite', node: 'node2' });
    cluster.fifo('node1', { t: 'setweight', node: 'node2', weight: 'abc' });
    cluster.run(1000);
    expect(cluster.complaints('node1')).toEqual([
      'WARN HBDoMsg_T_ADDNODE: nodelist not found in msg',
      'WARN HBDoMsg_T_SETSITE: site not found in msg',
      'WARN message of type setweight refused: its weight cannot be used',
    ]);
    expect(cluster.complaints('node2')).toEqual([]);
  });
});

describe('beside C, which claims everything for a node that never came', () => {
  test('the node that serves goes on', () => {
    const cluster = serving();
    cluster.fifo('node1', { t: 'addnode', nodelist: 'node3' });
    cluster.run(3000);
    claimLikeC(cluster);
    cluster.run(20_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.runs.filter((run) => run.includes(' stop '))).toEqual([]);
    expect(cluster.complaints('node1')).toEqual(['WARN node node3: is dead']);
    expect(cluster.holding('node1')).toBe('local');
  });

  test('the same claim after our own death counts', () => {
    const cluster = serving();
    cluster.fifo('node1', { t: 'addnode', nodelist: 'node3' });
    cluster.run(1000);
    speakLikeC(cluster, 'local');
    cluster.say('node2', { t: 'stonith', node: 'node1', result: 'n_stnth' });
    claimLikeC(cluster);
    cluster.run(100);
    expect(cluster.complaints('node1')).toContain('ERROR Both machines own our resources!');
    cluster.until(() => cluster.runners(vip).length === 0, 5000);
  });

  test('what the C node starts again of its own is let go at once', () => {
    const cluster = new Cluster({ groups: [['node2', 'IPaddr::10.0.0.2', 'mysql']] });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('mysql').length > 0);
    cluster.run(6000);
    cluster.takeover('node1');
    cluster.until(() => cluster.runners('mysql').includes('node1'));
    cluster.run(3000);
    cluster.fifo('node1', { t: 'addnode', nodelist: 'node3' });
    cluster.run(3000);
    claimLikeC(cluster, 'none');
    cluster.until(() => cluster.runners('mysql').length === 0, 500);
  });
});

describe('the groups of a node that is deleted', () => {
  test('stay with the node that has taken them, and stop with it', () => {
    const cluster = new Cluster({ groups: [['node2', 'IPaddr::10.0.0.2', 'mysql']] });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('mysql').includes('node2'));
    cluster.run(6000);
    cluster.powerOff('node2');
    cluster.until(() => cluster.runners('mysql').includes('node1'), 20_000);
    cluster.run(1000);
    cluster.fifo('node1', { t: 'delnode', nodelist: 'node2' });
    cluster.run(5000);
    expect(cluster.runners('mysql')).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('all');
    cluster.stop('node1');
    cluster.until(() => !cluster.isUp('node1'));
    expect(cluster.runners('mysql')).toEqual([]);
  });
});
