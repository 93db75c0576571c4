/** Whole nodes in virtual time: what each policy promises when nodes no longer hear each other (spec membership 11). */
import { describe, expect, test } from 'vitest';
import { Cluster, type ClusterOptions } from '../../sim/cluster.ts';
import { seconds } from '../../src/units.ts';

const web = 'IPaddr::10.0.0.1';
const groups = [['node1', web]] as const;
const release = seconds(3);

function started(options: ClusterOptions, ...names: readonly string[]): Cluster {
  const nodes = names.length === 0 ? ['node1', 'node2'] : names;
  const cluster = new Cluster({ groups, nodes, ...options });
  cluster.start(...nodes);
  cluster.until(() => cluster.runners(web).includes('node1'));
  cluster.run(7000);
  return cluster;
}

const isLogged = (cluster: Cluster, name: string, pattern: RegExp): boolean =>
  cluster.logged(name).some((line) => pattern.test(line));

describe('two nodes, policy stop, a ping node breaks the tie', () => {
  const options = {
    quorum: { policy: 'stop', tiebreak: 1, release },
    pingNodes: ['gateway'],
  } as const;

  test('the holder cut off releases everything before the other, which sees the ping node, takes over', () => {
    const cluster = started(options);
    cluster.cut('node1');
    cluster.network.blockPings('node1');
    const cutAt = cluster.now;
    cluster.until(() => cluster.runners(web).length === 0);
    expect(
      isLogged(cluster, 'node1', /WARN no quorum \(1 of 2 votes.*tie-break.*: policy stop/),
    ).toBe(true);
    cluster.until(() => cluster.runners(web).includes('node2'));
    expect(cluster.now - cutAt).toBeGreaterThan(3000);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.holding('node1')).toBe('none');
    cluster.run(20_000);
    cluster.heal('node1');
    cluster.network.unblockPings('node1');
    cluster.run(20_000);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.runners(web)).toEqual(['node2']);
    expect(isLogged(cluster, 'node1', /quorum regained/)).toBe(true);
  });

  test('the idle node cut off does nothing, and the service does not notice', () => {
    const cluster = started(options);
    cluster.cut('node2');
    cluster.network.blockPings('node2');
    cluster.run(30_000);
    expect(cluster.runners(web)).toEqual(['node1']);
    cluster.heal('node2');
    cluster.network.unblockPings('node2');
    cluster.run(30_000);
    expect(cluster.runners(web)).toEqual(['node1']);
    expect(cluster.runs.filter((run) => run.includes(`stop ${web}`))).toEqual([]);
    expect(cluster.doubles).toEqual([]);
  });

  test('when nobody reaches the ping node, nobody serves until it answers again', () => {
    const cluster = started(options);
    cluster.cut('node1');
    cluster.network.blockPings('node1');
    cluster.network.blockPings('node2');
    cluster.run(20_000);
    expect(cluster.runners(web)).toEqual([]);
    cluster.network.unblockPings('node2');
    cluster.until(() => cluster.runners(web).includes('node2'));
    expect(cluster.doubles).toEqual([]);
  });

  test('a crash is followed by a takeover, and an orderly stop by one at once', () => {
    const crashed = started(options);
    crashed.powerOff('node1');
    crashed.until(() => crashed.runners(web).includes('node2'), 10_000);
    const stopped = started(options);
    stopped.stop('node1');
    const took = stopped.until(() => stopped.runners(web).includes('node2'), 2000);
    expect(took).toBeLessThan(2000);
  });

  test('a node that boots alone, without the ping node, takes nothing until the operator says that the other is down', () => {
    const cluster = new Cluster({ groups, ...options });
    cluster.network.blockPings('node1');
    cluster.start('node1');
    cluster.run(30_000);
    expect(cluster.runners(web)).toEqual([]);
    expect(cluster.holding('node1')).toBe('none');
    cluster.fifo('node1', { t: 'hb_confirm_down', node: 'node2' });
    cluster.until(() => cluster.runners(web).includes('node1'), 2000);
    expect(isLogged(cluster, 'node1', /WARN node node2 is down: confirmed/)).toBe(true);
  });
});

describe('two nodes, policy freeze', () => {
  const options = { quorum: { policy: 'freeze', plugins: ['majority'] } } as const;

  test('cut off from each other both keep what they run, and nothing is taken', () => {
    const cluster = started(options);
    cluster.cut('node1');
    cluster.run(30_000);
    expect(cluster.runners(web)).toEqual(['node1']);
    cluster.takeover('node2');
    cluster.run(5000);
    expect(cluster.runners(web)).toEqual(['node1']);
    expect(isLogged(cluster, 'node2', /WARN hb_takeover refused: no quorum/)).toBe(true);
    cluster.heal('node1');
    cluster.run(20_000);
    expect(cluster.runners(web)).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
    cluster.standby('node1');
    cluster.until(() => cluster.runners(web).includes('node2'), 5000);
  });

  test('the dead node’s groups wait for an operator', () => {
    const cluster = started(options);
    cluster.powerOff('node1');
    cluster.run(20_000);
    expect(cluster.runners(web)).toEqual([]);
    cluster.fifo('node2', { t: 'hb_confirm_down', node: 'node1' });
    cluster.until(() => cluster.runners(web).includes('node2'), 2000);
  });
});

describe('three nodes, policy stop', () => {
  const options = { quorum: { policy: 'stop', release } } as const;

  test('the one cut off stops before the two take over; no ping node is needed', () => {
    const cluster = started(options, 'node1', 'node2', 'node3');
    cluster.cut('node1');
    cluster.until(() => cluster.runners(web).includes('node2'));
    cluster.run(10_000);
    expect(cluster.runners(web)).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
  });

  test('a stop that fails on the one cut off is never taken for a stop, and it says so', () => {
    const cluster = started(options, 'node1', 'node2', 'node3');
    cluster.scripts.set(`node1 stop ${web}`, {
      outcome: { kind: 'failed', code: 1, why: 'exit status 1' },
    });
    cluster.cut('node1');
    cluster.run(40_000);
    expect(cluster.runners(web)).toContain('node1');
    expect(cluster.holding('node1')).not.toBe('none');
    expect(isLogged(cluster, 'node1', /CRIT Resource STOP failure/)).toBe(true);
  });
});

describe('policy ignore, the default', () => {
  test('says who has quorum and changes nothing', () => {
    const cluster = started({ quorum: { plugins: ['majority'] } });
    cluster.powerOff('node1');
    cluster.until(() => cluster.runners(web).includes('node2'), 5000);
    expect(isLogged(cluster, 'node2', /WARN no quorum \(1 of 2 votes.*\): policy ignore/)).toBe(
      true,
    );
  });
});
