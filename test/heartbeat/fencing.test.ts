import { describe, expect, test } from 'vitest';
import { Cluster, type ClusterOptions } from '../../sim/cluster.ts';

const failed = { kind: 'failed', why: 'exit code 5' } as const;

/** Two nodes that can reset each other; node1 serves. */
function served(options: ClusterOptions = {}): Cluster {
  const cluster = new Cluster({ fencing: {}, ...options });
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.runners('httpd').join() === 'node1');
  cluster.until(() => cluster.holding('node2') !== 'transition');
  cluster.runs.length = 0;
  return cluster;
}

const started = (cluster: Cluster, node: string): readonly string[] =>
  cluster.runs.filter((run) => run.startsWith(`${node} start`));

const serves = (cluster: Cluster, node: string): boolean =>
  cluster.runners('httpd').join() === node && cluster.runners('IPaddr::10.0.0.1').join() === node;

describe('the death of a node, with a fencing device', () => {
  test('is followed by its reset, and only then by the takeover', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { takes: 4000 });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length > 0);
    cluster.run(3900);

    expect(started(cluster, 'node2')).toEqual([]);
    expect(cluster.holding('node2')).toBe('local');
    cluster.until(() => serves(cluster, 'node2'), 500);
    expect(cluster.logged('node2')).toContain('info node node1 now reset.');
    expect(cluster.holding('node2')).toBe('all');
    expect(cluster.device.resets).toEqual(['node2 resets node1']);
    expect(cluster.notices('node2')).toContain('stonith src=node2');
  });

  test('goes unanswered while the reset fails; it is tried again every 5 s, in the words of C', () => {
    const cluster = served();
    const script = 'node2 resets node1';
    cluster.device.scripts.set(script, { outcome: failed, takes: 1000 });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length === 3, 20_000);
    const third = cluster.now;

    expect(started(cluster, 'node2')).toEqual([]);
    cluster.device.scripts.delete(script);
    cluster.until(() => cluster.device.resets.length === 4, 10_000);
    expect(cluster.now - third).toBe(6000);
    cluster.until(() => serves(cluster, 'node2'), 1000);
    const words = cluster.logged('node2').filter((line) => line.startsWith('ERROR'));
    expect(words.slice(0, 2)).toEqual([
      'ERROR Host node1 not reset!',
      'ERROR STONITH of node1 failed.  Retrying...',
    ]);
  });

  test('and a device that does not control it: told, and nothing taken', () => {
    const cluster = served();
    const outcome = { kind: 'bad-host', device: 'PDU 3' } as const;
    cluster.device.scripts.set('node2 resets node1', { outcome });
    cluster.powerOff('node1');
    cluster.run(30_000);

    expect(cluster.logged('node2')).toContain('ERROR Device PDU 3 cannot reset host node1.');
    expect(started(cluster, 'node2')).toEqual([]);
  });

  test('the idle one is reset, too: it may have begun something', () => {
    const cluster = served();
    cluster.powerOff('node2');
    cluster.until(() => cluster.device.resets.length > 0);

    expect(cluster.device.resets).toEqual(['node1 resets node2']);
    expect(serves(cluster, 'node1')).toBe(true);
  });

  test('one that left in order is not reset', () => {
    const cluster = served();
    cluster.stop('node1');
    cluster.until(() => serves(cluster, 'node2'), 3000);
    cluster.run(10_000);

    expect(cluster.device.resets).toEqual([]);
    expect(cluster.logged('node2')).toContain('info Dead node node1 gave up resources.');
  });

  test('one that restarted and was gone before it said anything is reset', () => {
    const cluster = served();
    cluster.stop('node1');
    cluster.until(() => !cluster.isUp('node1') && serves(cluster, 'node2'), 5000);
    cluster.start('node1');
    cluster.run(5);
    cluster.powerOff('node1');
    cluster.run(10_000);

    expect(cluster.device.resets).toEqual(['node2 resets node1']);
    expect(serves(cluster, 'node2')).toBe(true);
  });

  test('an operator who confirms it is believed, and the running attempt ended', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { takes: 'never' });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length > 0);
    cluster.fifo('node2', { t: 'hb_confirm_down', node: 'node1' });
    cluster.until(() => serves(cluster, 'node2'), 1000);

    expect(cluster.complaints('node2')).toContain(
      'WARN node node1 is down: confirmed by the operator.',
    );
  });

  test('a client of the API cannot confirm it', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { takes: 'never' });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length > 0);
    cluster.fifo('node2', { t: 'hb_confirm_down', node: 'node1', from_id: 'ipfail' });
    cluster.run(5000);

    expect(started(cluster, 'node2')).toEqual([]);
  });

  test('commands of the operator move nothing of it', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { outcome: failed });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length > 1, 20_000);
    cluster.takeover('node2');
    cluster.run(15_000);
    cluster.standby('node2');
    cluster.run(15_000);

    expect(started(cluster, 'node2')).toEqual([]);
  });

  test('a stop ends the attempts, at once', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { takes: 20_000 });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length > 0);
    cluster.start('node1');
    cluster.stop('node2');
    cluster.until(() => !cluster.isUp('node2'), 3000);
    cluster.run(30_000);

    expect(cluster.device.resets).toHaveLength(1);
    expect(cluster.isUp('node1')).toBe(true);
  });
});

describe('a node that is heard again', () => {
  test('is not reset any more: the attempt is ended, and both talk', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { takes: 8000 });
    cluster.device.scripts.set('node1 resets node2', { outcome: failed });
    cluster.cut('node1');
    cluster.until(() => cluster.device.resets.includes('node2 resets node1'), 10_000);
    cluster.heal('node1');
    cluster.run(60_000);

    expect(cluster.isUp('node1')).toBe(true);
    expect(cluster.device.resets.filter((one) => one.startsWith('node2'))).toHaveLength(1);
    expect(cluster.logged('node2')).toContain(
      'info node node1 is heard again: STONITH of it given up.',
    );
    expect(serves(cluster, 'node1')).toBe(true);
    expect(started(cluster, 'node2')).toEqual([]);
    expect(cluster.doubles).toEqual([]);
  });

  test('after failures on both sides: no reset after the heal, and the service stays where it is', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { outcome: failed });
    cluster.device.scripts.set('node1 resets node2', { outcome: failed });
    cluster.cut('node1');
    cluster.run(20_000);
    cluster.heal('node1');
    cluster.run(1000);
    const before = cluster.device.resets.length;
    cluster.run(60_000);

    expect(cluster.device.resets).toHaveLength(before);
    expect(serves(cluster, 'node1')).toBe(true);
    expect(cluster.doubles).toEqual([]);
  });

  test('anew, while its reset still fails: it joins, and gets its groups', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { outcome: failed });
    cluster.powerOff('node1');
    cluster.until(() => cluster.device.resets.length === 2, 20_000);
    cluster.start('node1');
    cluster.until(() => serves(cluster, 'node1'));
    cluster.run(30_000);

    expect(cluster.device.resets).toHaveLength(2);
  });

  test('after its reset was reported: the device is not believed, and one of both gives way', () => {
    const cluster = served();
    cluster.device.scripts.set('node2 resets node1', { works: false });
    cluster.device.scripts.set('node1 resets node2', { outcome: failed });
    cluster.cut('node1');
    cluster.until(() => serves(cluster, 'node2') || cluster.runners('httpd').length > 1, 10_000);
    cluster.heal('node1');
    cluster.until(() => cluster.runners('httpd').length === 1, 30_000);

    expect(cluster.complaints('node2').join('\n')).toMatch(/node1 still lives although its reset/);
  });
});

describe('a cut between two nodes that can reset each other', () => {
  test.each(['on', 'off', 'legacy'] as const)(
    'leaves one of them, which serves, and never two owners (auto_failback %s)',
    (autoFailback) => {
      const cluster = served({ autoFailback });
      cluster.cut('node1');
      cluster.run(20_000);

      const living = ['node1', 'node2'].filter((name) => cluster.isUp(name));
      expect(living).toHaveLength(1);
      expect(serves(cluster, living.join())).toBe(true);
      expect(cluster.doubles).toEqual([]);
    },
  );

  test('spares the server when the idle one waits', () => {
    const cluster = served({ fencing: { delay: 3000 } });
    cluster.cut('node1');
    cluster.run(20_000);

    expect(cluster.device.resets).toEqual(['node1 resets node2']);
    expect(serves(cluster, 'node1')).toBe(true);
  });
});

describe('a node that boots alone', () => {
  test.each(['on', 'off', 'legacy'] as const)(
    'takes nothing, its own groups neither, before the other is reset (auto_failback %s)',
    (autoFailback) => {
      const cluster = new Cluster({ autoFailback, fencing: {} });
      cluster.device.scripts.set('node1 resets node2', { outcome: failed });
      cluster.start('node1');
      cluster.run(30_000);

      expect(started(cluster, 'node1')).toEqual([]);
      expect(cluster.holding('node1')).toBe('transition');
      cluster.device.scripts.clear();
      cluster.until(() => serves(cluster, 'node1'), 10_000);
    },
  );

  test('takes what is free when the other one comes after all', () => {
    const cluster = new Cluster({ fencing: {} });
    cluster.device.scripts.set('node1 resets node2', { outcome: failed });
    cluster.start('node1');
    cluster.run(30_000);
    cluster.start('node2');
    cluster.until(() => serves(cluster, 'node1'), 10_000);
    const before = cluster.device.resets.length;
    cluster.run(20_000);

    expect(cluster.device.resets).toHaveLength(before);
  });

  test('keeps what an earlier heartbeat left running here, and stops nothing meanwhile', () => {
    const cluster = served();
    cluster.device.scripts.set('node1 resets node2', { outcome: failed });
    cluster.device.scripts.set('node2 resets node1', { outcome: failed });
    cluster.kill('node1');
    cluster.powerOff('node2');
    cluster.start('node1');
    cluster.run(30_000);

    expect(serves(cluster, 'node1')).toBe(true);
  });
});

describe('a resource that cannot be stopped', () => {
  const stuck = { kind: 'failed', code: 1, why: '' } as const;

  test('with `fence`: its node falls silent with all it claims, is reset, and the other takes over', () => {
    const cluster = served({ stopFailure: 'fence' });
    cluster.scripts.set('node1 stop httpd', { outcome: stuck });
    cluster.standby('node1');
    cluster.until(() => cluster.device.resets.length > 0, 30_000);

    expect(started(cluster, 'node2')).toEqual([]);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    cluster.until(() => serves(cluster, 'node2'), 5000);
    expect(cluster.doubles).toEqual([]);
  });

  test('with `fence`, at an orderly stop', () => {
    const cluster = served({ stopFailure: 'fence' });
    cluster.scripts.set('node1 stop httpd', { outcome: stuck });
    cluster.stop('node1');
    cluster.until(() => serves(cluster, 'node2'), 30_000);

    expect(cluster.device.resets).toEqual(['node2 resets node1']);
    expect(cluster.doubles).toEqual([]);
  });

  test('with `fence`, and nobody there who would do it: it is held', () => {
    const cluster = served({ stopFailure: 'fence' });
    cluster.stop('node2');
    cluster.run(10_000);
    cluster.scripts.set('node1 stop httpd', { outcome: stuck });
    cluster.stop('node1');
    cluster.run(30_000);

    expect(cluster.isUp('node1')).toBe(true);
  });

  test('with `reboot`: the machine goes down, and the other resets it before it takes over', () => {
    const cluster = served({ stopFailure: 'reboot' });
    cluster.scripts.set('node1 stop httpd', { outcome: stuck });
    cluster.standby('node1');
    cluster.until(() => serves(cluster, 'node2'), 30_000);

    expect(cluster.complaints('node1')).toContain('CRIT Resource STOP failure. Reboot required!');
    expect(cluster.doubles).toEqual([]);
  });

  test('by itself is held, and said', () => {
    const cluster = served();
    cluster.scripts.set('node1 stop httpd', { outcome: stuck });
    cluster.standby('node1');
    cluster.run(30_000);

    expect(cluster.isUp('node1')).toBe(true);
    expect(cluster.complaints('node1').join('\n')).toMatch(/CRIT Resource STOP failure: httpd/);
    expect(started(cluster, 'node2')).toEqual([]);
  });
});

describe('three nodes', () => {
  const three: ClusterOptions = {
    nodes: ['node1', 'node2', 'node3'],
    groups: [
      ['node1', 'a'],
      ['node2', 'b'],
      ['node3', 'c'],
    ],
  };

  test('what a silent node may run is not taken on account of another death', () => {
    const cluster = new Cluster({ ...three, fencing: {} });
    cluster.start('node1', 'node2', 'node3');
    cluster.until(() => ['a', 'b', 'c'].every((one) => cluster.runners(one).length === 1));
    cluster.device.scripts.set('node1 resets node3', { outcome: failed });
    cluster.device.scripts.set('node2 resets node3', { outcome: failed });
    cluster.device.scripts.set('node3 resets node1', { outcome: failed });
    cluster.device.scripts.set('node3 resets node2', { outcome: failed });
    cluster.cut('node3');
    cluster.run(10_000);
    cluster.powerOff('node2');
    cluster.run(20_000);
    expect(cluster.runners('c')).toEqual(['node3']);
    // Nor is what the dead one ran: the silent one may have taken that over.
    expect(cluster.runners('b')).toEqual([]);

    cluster.powerOff('node3');
    cluster.fifo('node1', { t: 'hb_confirm_down', node: 'node3' });
    cluster.until(() => cluster.runners('b').join() === 'node1', 5000);
    expect(cluster.doubles).toEqual([]);
  });
});

test('a node that is back with what it left running is not taken over from, though its reset had failed', () => {
  const cluster = new Cluster({ fencing: {} });
  cluster.start('node1');
  cluster.until(() => serves(cluster, 'node1'), 10_000);
  cluster.run(15_000);
  cluster.device.scripts.set('node2 resets node1', { outcome: failed });
  cluster.start('node2');
  cluster.scripts.set('node1 status IPaddr::10.0.0.1', { takes: 4000 });
  cluster.scripts.set('node1 status httpd', { takes: 4000 });
  // The daemon dies while the other one waits to hear what it holds.
  cluster.until(() =>
    cluster.logged('node2').some((line) => line.includes("now set to: 'active'")),
  );
  cluster.kill('node1');
  cluster.until(() => cluster.device.resets.includes('node2 resets node1'), 10_000);
  cluster.run(1000);
  cluster.start('node1');
  cluster.run(20_000);

  expect(started(cluster, 'node2')).toEqual([]);
  expect(serves(cluster, 'node1')).toBe(true);
});

test('a node that fell silent before it could say what it took at its start is reset', () => {
  const cluster = new Cluster({ fencing: {}, groups: [['node2', 'IPaddr::10.0.0.1', 'httpd']] });
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.logged('node2').includes("info Local status now set to: 'active'"));
  cluster.until(() =>
    cluster.logged('node1').includes('info remote resource transition completed.'),
  );
  cluster.cut('node2');
  cluster.until(() => cluster.device.resets.length > 0, 10_000);
  cluster.until(() => serves(cluster, 'node1'), 10_000);

  expect(cluster.doubles).toEqual([]);
});

test('one of three nodes that held nothing when it fell silent is reset, too: it may have taken over from the third', () => {
  const nodes = ['node1', 'node2', 'node3'];
  const groups = [['node1', 'IPaddr::10.0.0.1', 'httpd']] as const;
  const cluster = new Cluster({ fencing: {}, nodes, groups });
  cluster.start(...nodes);
  cluster.run(10_000);
  cluster.standby('node1', 'local');
  cluster.until(() => serves(cluster, 'node2'), 10_000);
  cluster.run(3000);
  // Only node1 can reset node2, and only node3 node1.
  const never = { outcome: failed } as const;
  for (const script of ['node1 resets node3', 'node2 resets node1', 'node3 resets node1'])
    cluster.device.scripts.set(script, never);
  for (const node of nodes) cluster.cut(node);
  cluster.run(20_000);

  expect(cluster.doubles).toEqual([]);
});
