/** Faults that random ones found, or reading did: each once more, by itself. */
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

describe('a node that wakes from a long sleep', () => {
  test('does not act on the shutdown notice of a life of the other node that is over', () => {
    const cluster = started();
    cluster.freeze('node1');
    cluster.run(3000);
    cluster.stop('node2');
    cluster.until(() => cluster.holding('node2') === 'down', 5000);
    cluster.start('node2');
    cluster.until(() => cluster.holding('node2') === 'all', 10_000);
    cluster.run(10_000);
    const before = cluster.runs.length;
    cluster.thaw('node1');
    cluster.run(10_000);
    expect(cluster.runs.slice(before).filter((run) => run.startsWith('node1 start'))).toEqual([]);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });
});

const failed = { outcome: { kind: 'failed', code: 1, why: '' } } as const;

describe('an owner whose resources do not start', () => {
  test('gives back what auto_failback brought it', () => {
    const cluster = started({ autoFailback: 'on' });
    cluster.powerOff('node1');
    cluster.until(() => cluster.runners('httpd').includes('node2'), 5000);
    cluster.scripts.set('node1 start httpd', failed);
    cluster.start('node1');
    cluster.run(10_000);
    expect(cluster.runs).toContain('node1 start httpd');
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.runners('httpd')).toEqual(['node2']);
    cluster.run(120_000);
    expect(cluster.runs.filter((run) => run === 'node1 start httpd')).toHaveLength(2);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });
});

describe('a daemon that died half way through a stop', () => {
  test('stops what it left behind when it is back', () => {
    const cluster = started();
    cluster.scripts.set(`node1 stop ${vip}`, { takes: 5000 });
    cluster.standby('node1');
    cluster.run(500);
    cluster.kill('node1');
    cluster.scripts.set(`node1 stop ${vip}`, failed);
    cluster.run(10_000);
    cluster.hosts.get('node1')?.running.add(vip);
    cluster.scripts.clear();
    const before = cluster.runs.length;
    cluster.start('node1');
    cluster.run(5000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.runs.slice(before).filter((run) => run.startsWith('node2'))).toEqual([]);
  });
});

describe('daemons that are restarted while their resources run', () => {
  test('on the node that held everything interrupt nothing', () => {
    const cluster = started();
    cluster.standby('node1');
    cluster.run(3000);
    cluster.kill('node2');
    cluster.run(500);
    const before = cluster.runs.length;
    cluster.start('node2');
    cluster.run(20_000);
    expect(cluster.runs.slice(before).filter((run) => / (start|stop) /.test(run))).toEqual([]);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });

  test('on both nodes at once go on where the resources run, and start nothing twice', () => {
    const cluster = started();
    cluster.standby('node1');
    cluster.run(3000);
    cluster.kill('node1');
    cluster.kill('node2');
    cluster.run(500);
    const before = cluster.runs.length;
    cluster.start('node1', 'node2');
    cluster.run(20_000);
    expect(cluster.runs.slice(before).filter((run) => / (start|stop) /.test(run))).toEqual([]);
    expect(cluster.holding('node1')).toBe('none');
    expect(cluster.holding('node2')).toBe('all');
  });

  test.each(['node1', 'node2'])('with half a group left on %s run it once', (name) => {
    const cluster = new Cluster();
    cluster.hosts.get(name)?.running.add(vip);
    cluster.start('node1', 'node2');
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual([name]);
    expect(cluster.runners('httpd')).toEqual([name]);
    expect(cluster.doubles).toEqual([]);
  });

  test('do not say what they hold before they have looked', () => {
    const cluster = new Cluster();
    cluster.hosts.get('node2')?.running.add(vip);
    cluster.scripts.set(`node2 status ${vip}`, { takes: 3000 });
    cluster.start('node1', 'node2');
    cluster.run(20_000);
    expect(cluster.runners(vip)).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.holding('node1')).toBe('none');
  });
});

describe('auto_failback legacy', () => {
  test('runs every group once after a node slept through the restart of the other', () => {
    const groups = [
      ['node1', vip],
      ['node2', 'mysql'],
    ] as const;
    const cluster = started({ autoFailback: 'legacy', groups });
    cluster.powerOff('node2');
    cluster.until(() => cluster.runners('mysql').includes('node1'), 5000);
    cluster.freeze('node1');
    cluster.run(10_000);
    cluster.start('node2');
    cluster.until(() => cluster.runners('mysql').includes('node2'), 10_000);
    cluster.thaw('node1');
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.runners('mysql')).toEqual(['node2']);
  });

  test.each([
    ['node1', 'a partition'],
    ['node2', 'a partition'],
    ['node1', 'a freeze'],
    ['node2', 'a freeze'],
  ])('runs every group once, at home, after %s came back from %s', (name, what) => {
    const groups = [
      ['node1', vip, 'httpd'],
      ['node2', 'IPaddr::10.0.0.2', 'mysql'],
    ] as const;
    const cluster = started({ autoFailback: 'legacy', groups });
    if (what === 'a freeze') cluster.freeze(name);
    else cluster.cut(name);
    cluster.run(6000);
    // Its own groups, too, are taken over by a node that finds itself alone and was frozen.
    cluster.freeze('node2');
    cluster.run(6000);
    cluster.thaw('node2');
    if (what === 'a freeze') cluster.thaw(name);
    else cluster.heal(name);
    cluster.run(10_000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.runners('mysql')).toEqual(['node2']);
  });
});

test('auto_failback legacy: an owner that is back waits for the node that stops its group, whatever a third one answers', () => {
  const nodes = ['node1', 'node2', 'node3'];
  const cluster = new Cluster({ nodes, groups: [['node3', vip]], autoFailback: 'legacy' });
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.runners(vip).includes('node1'), 10_000);
  cluster.scripts.set(`node1 stop ${vip}`, { takes: 500 });
  cluster.start('node3');
  cluster.run(10_000);

  expect(cluster.runners(vip)).toEqual(['node3']);
  expect(cluster.doubles).toEqual([]);
});

test('auto_failback legacy: nodes that have just started deny what they never ran', () => {
  const nodes = ['node1', 'node2', 'node3'];
  const cluster = new Cluster({ nodes, groups: [['node3', vip]], autoFailback: 'legacy' });
  cluster.start('node1');
  cluster.until(() => cluster.runners(vip).includes('node1'), 10_000);
  cluster.scripts.set(`node1 stop ${vip}`, { takes: 500 });
  cluster.start('node2', 'node3');
  cluster.run(10_000);

  expect(cluster.runners(vip)).toEqual(['node3']);
  expect(cluster.doubles).toEqual([]);
});

test('a node that has lost its generation, and whose clock was set back, is heard again', () => {
  const cluster = started();
  cluster.powerOff('node1');
  cluster.run(6000);
  cluster.host('node1').clockOff -= 3600;
  cluster.host('node1').generation = 90;
  cluster.start('node1');
  cluster.until(
    () => cluster.holding('node1') !== 'transition' && cluster.holding('node2') !== 'transition',
    20_000,
  );
  expect(cluster.host('node2').daemon?.statusOf('node1')).toBe('active');
  expect(cluster.runners(vip)).toEqual(['node2']);
  expect(cluster.logged('node1')).toContain(
    'info Heartbeat generation: 102, raised for those who have heard a higher one of this node',
  );
});

test('three parts of a cluster that all run the same settle it when they meet', () => {
  const nodes = ['node1', 'node2', 'node3'];
  const groups = [
    ['node1', vip],
    ['node2', 'mysql'],
  ] as const;
  const cluster = new Cluster({ nodes, groups });
  cluster.start(...nodes);
  cluster.run(6000);
  for (const node of nodes) cluster.cut(node);
  cluster.run(10_000);
  for (const node of nodes) cluster.heal(node);
  cluster.run(20_000);

  expect(cluster.runners(vip)).toEqual(['node1']);
  expect(cluster.runners('mysql')).toEqual(['node2']);
});

test('a node that gives its groups away while a third one dies takes none of them back on account of that', () => {
  const nodes = ['node1', 'node2', 'node3', 'node4'];
  const cluster = new Cluster({ nodes, groups: [['node3', vip, 'httpd']] });
  cluster.start(...nodes);
  cluster.run(8000);
  cluster.powerOff('node3');
  cluster.until(() => cluster.runners('httpd').includes('node1'), 10_000);
  cluster.run(3000);
  cluster.scripts.set('node1 stop httpd', { takes: 4000 });
  cluster.powerOff('node4');
  cluster.run(1000);
  cluster.standby('node1', 'foreign');
  cluster.run(15_000);

  expect(cluster.runners('httpd')).toEqual(['node2']);
  expect(cluster.doubles).toEqual([]);
});

test('auto_failback legacy: what a third node took over from a dead one stays there when the first node is back', () => {
  const cluster = new Cluster({
    nodes: ['node1', 'node2', 'node3'],
    groups: [['node2', vip]],
    autoFailback: 'legacy',
  });
  cluster.start('node2', 'node3');
  cluster.until(() => cluster.runners(vip).includes('node2'));
  cluster.powerOff('node2');
  cluster.until(() => cluster.runners(vip).includes('node3'));
  cluster.start('node1');
  cluster.run(20_000);
  expect(cluster.runners(vip)).toEqual(['node3']);
  cluster.powerOff('node3');
  cluster.until(() => cluster.runners(vip).includes('node1'));
  cluster.start('node2');
  cluster.until(() => cluster.runners(vip).join() === 'node2', 20_000);
  expect(cluster.doubles).toEqual([]);
});

/** Of each word of a standby: whom it names. */
function standbyWords(...nodes: readonly string[]): readonly string[] {
  const words: string[] = [];
  const cluster = new Cluster({ nodes, groups: [['node1', vip]] });
  cluster.listen((happening) => {
    if (happening.kind !== 'sent') return;
    const said = Buffer.from(happening.bytes).toString('latin1');
    const info = /t=ask_resources\b[^]*?info=(\w+)/.exec(said)?.[1];
    if (info !== undefined) words.push(`${info} to ${/dest=(\w+)/.exec(said)?.[1] ?? 'all'}`);
  });
  cluster.start(...nodes);
  cluster.run(12_000);
  cluster.standby('node1');
  cluster.run(3000);
  return words;
}

describe('the words of a standby', () => {
  test('are those of C between two', () => {
    expect(standbyWords('node1', 'node2')).toEqual(
      ['me', 'other', 'done', 'done'].map((word) => `${word} to all`),
    );
  });

  test('name whom they are for among three: another would take the end of one for that of its own', () => {
    expect(standbyWords('node1', 'node2', 'node3')).toEqual([
      'me to all',
      'other to node1',
      'done to node2',
      'done to node1',
    ]);
  });
});
