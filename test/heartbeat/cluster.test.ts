import { describe, expect, test } from 'vitest';
import { Cluster } from '../../sim/cluster.ts';

const vip = 'IPaddr::10.0.0.1';

function started(options: ConstructorParameters<typeof Cluster>[0] = {}): Cluster {
  const cluster = new Cluster(options);
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.holding('node1') === 'local' && cluster.holding('node2') === 'local');
  // In its first five seconds a node asks to be waited for longer (spec membership 2.1).
  cluster.run(6000);
  return cluster;
}

describe('two nodes that start together', () => {
  test.each(['on', 'off'] as const)('serve within a second, auto_failback %s', (autoFailback) => {
    const cluster = new Cluster({ autoFailback });
    cluster.start('node1', 'node2');
    const took = cluster.until(() => cluster.runners('httpd').length > 0, 1000);
    expect(took).toBeLessThan(1000);
    cluster.run(20_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.holding('node2')).toBe('local');
    expect(cluster.complaints('node1')).toEqual([]);
    expect(cluster.complaints('node2')).toEqual([]);
  });

  test('start members from the left and never twice', () => {
    const cluster = started();
    expect(cluster.runs.filter((run) => run.includes(' start '))).toEqual([
      `node1 start ${vip}`,
      'node1 start httpd',
    ]);
  });
});

describe('a node alone', () => {
  test('takes everything once the other has been silent for initdead', () => {
    const cluster = new Cluster();
    cluster.start('node2');
    const took = cluster.until(() => cluster.runners('httpd').includes('node2'), 10_000);
    expect(took).toBeGreaterThanOrEqual(4000);
    expect(took).toBeLessThan(4500);
    cluster.run(1000);
    expect(cluster.holding('node2')).toBe('all');
  });
});

describe('hb_standby', () => {
  test.each(['all', 'local'])('%s moves the group without two owners', (hold) => {
    const cluster = started();
    cluster.standby('node1', hold);
    cluster.until(() => cluster.runners('httpd').includes('node2'), 2000);
    cluster.run(2000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
    expect(cluster.doubles).toEqual([]);
  });

  test('foreign on a node that holds nothing foreign moves nothing', () => {
    const cluster = started();
    cluster.standby('node1', 'foreign');
    cluster.run(3000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
  });

  test('on both nodes at once serves the first in ha.cf and leaves nobody waiting', () => {
    const cluster = started();
    cluster.standby('node2');
    cluster.standby('node1');
    cluster.run(15_000);
    expect(cluster.runners(vip)).toHaveLength(1);
    expect(cluster.holding('node1')).not.toBe('transition');
    expect(cluster.holding('node2')).not.toBe('transition');
    expect(cluster.doubles).toEqual([]);
  });

  test('is cancelled when a resource cannot be stopped, and the other node does not start it', () => {
    const cluster = started();
    cluster.scripts.set('node1 stop httpd', { outcome: { kind: 'failed', code: 1, why: '' } });
    cluster.standby('node1');
    cluster.run(30_000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.holding('node2')).toBe('local');
    expect(cluster.complaints('node1').join()).toContain('Resource STOP failure: httpd');
  });

  test('is refused in words when nobody could take', () => {
    const cluster = new Cluster();
    cluster.start('node1');
    cluster.until(() => cluster.holding('node1') === 'all', 10_000);
    cluster.standby('node1');
    cluster.run(100);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.complaints('node1').at(-1)).toContain('No reply to standby request.');
  });
});

describe('hb_takeover', () => {
  test.each(['all', 'foreign'])('%s brings the group here', (hold) => {
    const cluster = started();
    cluster.takeover('node2', hold);
    cluster.until(() => cluster.runners('httpd').includes('node2'), 2000);
    cluster.run(1000);
    expect(cluster.holding('node2')).toBe('all');
    expect(cluster.doubles).toEqual([]);
  });

  test('failback brings our own groups home', () => {
    const cluster = started();
    cluster.standby('node1');
    cluster.run(3000);
    cluster.takeover('node1', 'failback');
    cluster.run(3000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node2')).toBe('local');
  });
});

describe('a crash', () => {
  test('is answered within deadtime and the time of the scripts', () => {
    const cluster = started();
    cluster.powerOff('node1');
    const took = cluster.until(() => cluster.runners('httpd').includes('node2'), 3000);
    expect(took).toBeLessThan(2100);
    cluster.run(500);
    expect(cluster.holding('node2')).toBe('all');
  });

  test.each([
    ['on', 'node1'],
    ['off', 'node2'],
  ] as const)(
    'with auto_failback %s leaves the group on %s after the return',
    (autoFailback, owner) => {
      const cluster = started({ autoFailback });
      cluster.powerOff('node1');
      cluster.run(5000);
      cluster.start('node1');
      cluster.run(10_000);
      expect(cluster.runners(vip)).toEqual([owner]);
      expect(cluster.holding('node1')).toBe(owner === 'node1' ? 'local' : 'none');
      expect(cluster.doubles).toEqual([]);
    },
  );

  test('of the daemon alone, restarted within deadtime, keeps what still runs', () => {
    const cluster = started();
    const before = cluster.runs.length;
    cluster.kill('node1');
    cluster.run(500);
    cluster.start('node1');
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.runs.slice(before).filter((run) => / (start|stop) /.test(run))).toEqual([]);
  });

  test('of the daemon that held everything, restarted within deadtime, leaves no group without owner', () => {
    const cluster = started();
    cluster.standby('node1');
    cluster.run(3000);
    cluster.kill('node2');
    cluster.run(500);
    cluster.start('node2');
    cluster.run(20_000);
    expect(cluster.runners(vip)).toHaveLength(1);
    expect(cluster.holding('node1')).not.toBe('transition');
  });
});

describe('groups that nobody claims', () => {
  test('are not taken while their address answers on the network, and are once it is silent', () => {
    const cluster = started();
    cluster.standby('node1');
    cluster.run(3000);
    cluster.scripts.set(`node1 probe ${vip}`, { outcome: { kind: 'running' } });
    cluster.powerOff('node2');
    cluster.start('node2');
    cluster.run(30_000);
    expect(cluster.runners(vip)).toEqual([]);
    expect(cluster.complaints('node1').join()).toContain('its address answers on the network');
    cluster.scripts.clear();
    cluster.run(15_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
  });
});

describe('an orderly stop', () => {
  test('hands over at once, and the node ends', () => {
    const cluster = started();
    cluster.stop('node1');
    const took = cluster.until(() => cluster.runners('httpd').includes('node2'), 1000);
    expect(took).toBeLessThan(300);
    cluster.until(() => cluster.holding('node1') === 'down', 5000);
    cluster.run(10_000);
    expect(cluster.holding('node2')).toBe('all');
    expect(cluster.doubles).toEqual([]);
    expect(cluster.logged('node2')).toContain("info Received shutdown notice from 'node1'.");
  });

  test('of both at once ends both, with nothing running', () => {
    const cluster = started();
    cluster.stop('node1');
    cluster.stop('node2');
    cluster.run(5000);
    expect(cluster.holding('node1')).toBe('down');
    expect(cluster.holding('node2')).toBe('down');
    expect(cluster.runners(vip)).toEqual([]);
  });

  test('does not end while a resource cannot be stopped, and nobody else starts it', () => {
    const cluster = started();
    cluster.scripts.set('node1 stop httpd', { outcome: { kind: 'failed', code: 1, why: '' } });
    cluster.stop('node1');
    cluster.run(40_000);
    expect(cluster.holding('node1')).not.toBe('down');
    expect(cluster.runners('httpd')).toEqual(['node1']);
    cluster.scripts.clear();
    cluster.run(15_000);
    expect(cluster.holding('node1')).toBe('down');
    expect(cluster.runners('httpd')).toEqual(['node2']);
  });
});

describe('a failed start', () => {
  test('gives the whole group up and hands it to the other node at once', () => {
    const cluster = new Cluster();
    cluster.scripts.set('node1 start httpd', { outcome: { kind: 'failed', code: 1, why: '' } });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('httpd').includes('node2'), 5000);
    cluster.run(5000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.doubles).toEqual([]);
  });

  test('on both nodes ends with nothing running, nothing claimed, and no ping-pong', () => {
    const cluster = new Cluster();
    for (const node of ['node1', 'node2'])
      cluster.scripts.set(`${node} start httpd`, { outcome: { kind: 'failed', code: 1, why: '' } });
    cluster.start('node1', 'node2');
    cluster.run(60_000);
    expect(cluster.runners(vip)).toEqual([]);
    expect(cluster.runs.filter((run) => run.endsWith('start httpd'))).toHaveLength(2);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('local');
  });
});

describe('a partition', () => {
  test('heals with one owner, where the group ran before, without stopping it there', () => {
    const cluster = started();
    cluster.cut('node1');
    cluster.run(5000);
    expect(cluster.runners(vip)).toEqual(['node1', 'node2']);
    const before = cluster.runs.length;
    cluster.heal('node1');
    cluster.until(() => cluster.runners(vip).length === 1, 1000);
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.runs.slice(before).filter((run) => /^node1 (start|stop)/.test(run))).toEqual([]);
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.holding('node2')).toBe('local');
  });

  test('of a node that held everything heals with that node still holding it', () => {
    const cluster = started();
    cluster.standby('node1');
    cluster.run(3000);
    cluster.cut('node1');
    cluster.run(5000);
    cluster.heal('node1');
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });
});

describe('a claim that nobody gives up', () => {
  test('is no claim any more once the claimant is dead', () => {
    const cluster = started();
    // The other side says that it holds everything, as a C node does that declared us dead in the wrong moment.
    cluster.say('node2', { t: 'resource', rsc_hold: 'all', rtype: 'full', isstable: '1' });
    cluster.run(50);
    cluster.powerOff('node2');
    cluster.run(20_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('all');
  });
});

describe('a frozen node', () => {
  test('gives up first and asks after', () => {
    const cluster = started();
    cluster.freeze('node1');
    cluster.run(5000);
    expect(cluster.runners(vip)).toEqual(['node1', 'node2']);
    cluster.thaw('node1');
    const took = cluster.until(() => cluster.runners(vip).length === 1, 1000);
    expect(took).toBeLessThan(200);
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });

  test('begins nothing when the end of a script is the first that it hears', () => {
    const cluster = new Cluster();
    cluster.scripts.set(`node1 start ${vip}`, { takes: 3000 });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runs.includes(`node1 start ${vip}`), 10_000);
    cluster.freeze('node1');
    cluster.run(6000);
    expect(cluster.runners('httpd')).toEqual(['node2']);
    cluster.thaw('node1');
    cluster.run(10_000);
    expect(cluster.runs).not.toContain('node1 start httpd');
    expect(cluster.runners(vip)).toEqual(['node2']);
  });

  test('gets its groups back when auto_failback is on', () => {
    const cluster = started({ autoFailback: 'on' });
    cluster.freeze('node1');
    cluster.run(5000);
    cluster.thaw('node1');
    cluster.run(20_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.holding('node1')).toBe('local');
    expect(cluster.holding('node2')).toBe('local');
  });
});

describe('auto_failback on', () => {
  test('brings the groups home at each return, also soon after the last one', () => {
    const cluster = new Cluster({ autoFailback: 'on' });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('httpd').includes('node1'), 3000);
    for (let death = 0; death < 2; death += 1) {
      cluster.powerOff('node1');
      cluster.until(() => cluster.runners('httpd').includes('node2'), 6000);
      cluster.start('node1');
      cluster.until(() => cluster.runners('httpd').includes('node1'), 3000);
    }
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
  });
});

describe('auto_failback legacy', () => {
  test('starts groups on their owners, asks for them at a return, and refuses standby', () => {
    const cluster = new Cluster({ autoFailback: 'legacy' });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('httpd').includes('node1'), 3000);
    cluster.standby('node1');
    cluster.run(1000);
    expect(cluster.complaints('node1').join()).toContain('Standby mode only implemented');
    cluster.run(6000);
    expect(cluster.holding('node2')).toBe('none');
    cluster.powerOff('node1');
    cluster.until(() => cluster.runners('httpd').includes('node2'), 3000);
    cluster.start('node1');
    cluster.until(() => cluster.runners('httpd').includes('node1'), 8000);
    cluster.run(3000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
  });

  test('takes over again when a node dies that got its groups back', () => {
    const cluster = new Cluster({ autoFailback: 'legacy' });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('httpd').includes('node1'), 3000);
    for (let death = 0; death < 2; death += 1) {
      cluster.run(6000);
      cluster.powerOff('node1');
      cluster.until(() => cluster.runners('httpd').includes('node2'), 3000);
      cluster.start('node1');
      cluster.until(() => cluster.runners('httpd').includes('node1'), 8000);
    }
    expect(cluster.runners(vip)).toEqual(['node1']);
  });
});

describe('thirty per cent loss', () => {
  test.each([1, 2, 3, 4, 5])('neither kills nor doubles anything (seed %i)', (seed) => {
    const cluster = new Cluster({ loss: 0.3, seed });
    cluster.start('node1', 'node2');
    cluster.until(() => cluster.runners('httpd').includes('node1'), 10_000);
    cluster.run(60_000);
    expect(cluster.logged('node1').join()).not.toContain('is dead');
    expect(cluster.logged('node2').join()).not.toContain('is dead');
    cluster.standby('node1');
    cluster.until(() => cluster.runners('httpd').includes('node2'), 5000);
    cluster.until(
      () => cluster.holding('node1') === 'none' && cluster.holding('node2') === 'all',
      5000,
    );
    expect(cluster.doubles).toEqual([]);
  });
});
