/** What a reload moves goes on until it can be started where it goes, and nothing is stuck once every node has read the same. */
import { describe, expect, test } from 'vitest';
import type { ClusterOptions } from '../../sim/cluster.ts';
import type { Group } from '../../sim/settings.ts';
import { seconds } from '../../src/units.ts';
import { EditedCluster } from './reload-groups.ts';

const address = (n: number): string => `IPaddr::10.0.0.${String(n)}`;
const failed = { outcome: { kind: 'failed', code: 1, why: '' } } as const;
const own: Group = ['node2', address(2)];
const web: Group = ['node1', address(1), 'httpd'];
const moved: Group = ['node2', address(1), 'httpd'];

/** `more`: what will be in a file later, and is not made of what is in it now. */
const serving = (
  file: readonly Group[],
  options: ClusterOptions = {},
  ...more: readonly Group[]
): EditedCluster => new EditedCluster([...file, ...more], file, options).started();

/** The file on all nodes, read by these one after the other. */
function change(edited: EditedCluster, file: readonly Group[], ...order: readonly string[]): void {
  for (const name of edited.files.keys()) edited.edit(name, ...file);
  for (const name of order) {
    edited.reload(name);
    edited.cluster.run(5000);
  }
}

const places = ({ cluster }: EditedCluster, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `${name}: ${cluster.runners(name).join(' ')}`);

describe('resources that change places', () => {
  test('between two nodes arrive', () => {
    const edited = serving([
      ['node1', address(1), 'a'],
      ['node2', address(2), 'b'],
    ]);
    const next: readonly Group[] = [
      ['node1', address(1), 'b'],
      ['node2', address(2), 'a'],
    ];
    change(edited, next, 'node1', 'node2');
    edited.cluster.run(20_000);
    expect(places(edited, 'a', 'b')).toEqual(['a: node2', 'b: node1']);
    expect(edited.cluster.doubles).toEqual([]);
  });

  test('round three nodes arrive', () => {
    const file: readonly Group[] = [
      ['node1', address(1), 'a'],
      ['node2', address(2), 'b'],
      ['node3', address(3), 'c'],
    ];
    const edited = serving(file, { nodes: ['node1', 'node2', 'node3'] });
    const next: readonly Group[] = [
      ['node1', address(1), 'c'],
      ['node2', address(2), 'a'],
      ['node3', address(3), 'b'],
    ];
    change(edited, next, 'node1', 'node2', 'node3');
    edited.cluster.run(20_000);
    expect(places(edited, 'a', 'b', 'c')).toEqual(['a: node2', 'b: node3', 'c: node1']);
    expect(edited.cluster.doubles).toEqual([]);
  });

  test('are stopped once, and in their order, when the node is stopped meanwhile', () => {
    const other: Group = ['node2', address(5)];
    const edited = serving([['node1', address(1), 'm1'], ['node1', address(2), 'm2', 'x'], other]);
    const { cluster } = edited;
    cluster.scripts.set('node1 stop m1', { takes: 2000 });
    cluster.scripts.set('node1 stop x', { takes: 3000 });
    const before = cluster.runs.length;
    change(edited, [['node1', address(1), 'm2'], ['node1', address(2), 'm1', 'x'], other], 'node2');
    edited.reload('node1');
    cluster.run(500);
    cluster.stop('node1');
    cluster.run(10_000);
    const stops = edited.moves(before).filter((run) => run.startsWith('node1 stop'));
    expect(stops.toSorted()).toEqual([
      `node1 stop ${address(1)}`,
      `node1 stop ${address(2)}`,
      'node1 stop m1',
      'node1 stop m2',
      'node1 stop x',
    ]);
    expect(stops.indexOf('node1 stop m2')).toBeGreaterThan(stops.indexOf('node1 stop x'));
  });
});

describe('nothing is stopped before the other node has read the file', () => {
  const pair = (one: Group, other: Group): readonly Group[] => [one, other, own];
  test.each<{
    readonly what: string;
    readonly from: readonly Group[];
    readonly to: readonly Group[];
  }>([
    {
      what: 'of two lines that swap members, where one has a new one, too',
      from: pair(['node1', address(1), 'm1', 'a'], ['node1', address(3), 'm2']),
      to: pair(['node1', address(1), 'm2', 'a'], ['node1', address(3), 'm1', 'new']),
    },
    {
      what: 'of a line that gets a member of one that moves',
      from: pair(['node1', address(1), 'a'], ['node1', address(3), 'm2']),
      to: pair(['node1', address(1), 'm2', 'a'], ['node2', address(3)]),
    },
    {
      what: 'of a line that is split',
      from: [['node1', address(1), 'httpd', 'smb'], own],
      to: pair(['node1', address(1), 'httpd'], ['node1', address(3), 'smb']),
    },
    {
      what: 'of a line that begins with another member, and has a new one',
      from: [web, own],
      to: [['node1', 'httpd', address(1), 'new'], own],
    },
  ])('$what', ({ from, to }) => {
    const edited = serving(from, {}, ['node1', 'new', address(3)]);
    const { cluster } = edited;
    const before = cluster.runs.length;
    change(edited, to, 'node1');
    cluster.run(60_000);
    expect(edited.moves(before)).toEqual([]);
    change(edited, to, 'node2');
    cluster.run(20_000);
    for (const [node, ...resources] of to)
      for (const one of resources) expect(places(edited, one)).toEqual([`${one}: ${node}`]);
    expect(cluster.doubles).toEqual([]);
  });

  test('of a thousand resources and more, by a node that was restarted with it either', () => {
    const lines = (owner: string): Group[] =>
      Array.from({ length: 23 }, (_, line): Group => {
        const rest = Array.from({ length: 49 }, (_each, at) => `r${String(line)}x${String(at)}`);
        return [owner, address(line + 1), ...rest];
      });
    const edited = new EditedCluster(lines('node1'), lines('node1'));
    const { cluster } = edited;
    cluster.start('node1', 'node2');
    cluster.run(30_000);
    change(edited, lines('node2'), 'node1');
    cluster.powerOff('node2');
    cluster.run(500);
    cluster.start('node2');
    cluster.run(20_000);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.runners('r22x48')).toHaveLength(1);
  });
});

describe('what waits for the other node is not given away by the node itself', () => {
  test('when its old owner is back with the new file', () => {
    const edited = serving([web, ['node1', address(4)], own], { autoFailback: 'on' });
    const { cluster } = edited;
    const next: readonly Group[] = [moved, ['node1', address(4)], own];
    change(edited, next, 'node1');
    cluster.powerOff('node1');
    cluster.run(10_000);
    cluster.start('node1');
    cluster.run(60_000);
    expect(places(edited, 'httpd')).toEqual(['httpd: node2']);
    expect(cluster.complaints('node2')).toContain(
      'WARN node1 is back: its resources stay here, for its haresources has them otherwise (ha_propagate, then heartbeat -r there)',
    );
    change(edited, next, 'node2');
    cluster.run(20_000);
    expect(places(edited, 'httpd', address(4))).toEqual(['httpd: node2', `${address(4)}: node1`]);
  });

  test('when its new owner is back with the old file', () => {
    const edited = serving([web, own], { autoFailback: 'on' });
    const { cluster } = edited;
    cluster.powerOff('node2');
    cluster.run(10_000);
    edited.edit('node1', moved, own);
    edited.reload('node1');
    cluster.run(5000);
    cluster.start('node2');
    cluster.run(60_000);
    expect(places(edited, 'httpd')).toEqual(['httpd: node1']);
    change(edited, [moved, own], 'node2');
    cluster.run(20_000);
    expect(places(edited, 'httpd', address(2))).toEqual(['httpd: node2', `${address(2)}: node2`]);
  });

  test('when its line is not in the file of its owner that is back', () => {
    const edited = serving([web, ['node1', address(4)], own], { autoFailback: 'on' });
    const { cluster } = edited;
    cluster.powerOff('node1');
    cluster.run(10_000);
    edited.edit('node1', ['node1', address(4)], own);
    cluster.start('node1');
    cluster.run(60_000);
    expect(places(edited, 'httpd')).toEqual(['httpd: node2']);
  });

  test.each<{ readonly what: string; readonly next: readonly Group[] }>([
    { what: 'when a service of its line dies', next: [moved, ['node1', address(3)], own] },
    {
      what: 'when it dies, and is to go to another line',
      next: [
        ['node1', address(1)],
        ['node1', address(3)],
        [...own, 'httpd'],
      ],
    },
    {
      what: 'when it dies, and its line is gone',
      next: [
        ['node1', address(3)],
        [...own, address(1), 'httpd'],
      ],
    },
  ])('$what', ({ next }) => {
    const rule = {
      at: { file: 'extensions.ini', line: 1, column: 1 },
      interval: seconds(1),
      timeout: undefined,
      restarts: 0,
      then: 'failover',
    } as const;
    const watching = { monitoring: new Map([['', rule]]) };
    const edited = serving([web, ['node1', address(3)], own], { watching });
    change(edited, next, 'node1');
    edited.cluster.host('node1').running.delete('httpd');
    edited.cluster.run(120_000);
    expect(places(edited, 'httpd')).toEqual(['httpd: node1']);
  });
});

describe('a stop that has failed', () => {
  const file: readonly Group[] = [['node1', address(1), 'a', 'b'], own];
  const next: readonly Group[] = [['node2', address(1), 'a', 'b'], own];

  test('while the group waited: what was stopped goes on, and all moves when the other node has read it', () => {
    const edited = serving(file);
    const { cluster } = edited;
    change(edited, next, 'node1');
    cluster.scripts.set('node1 stop a', failed);
    cluster.standby('node1', 'local');
    cluster.run(60_000);
    expect(places(edited, 'a', 'b')).toEqual(['a: node1', 'b: node1']);
    cluster.scripts.clear();
    edited.reload('node2');
    cluster.run(60_000);
    expect(places(edited, 'a', 'b')).toEqual(['a: node2', 'b: node2']);
  });

  test.each<{ readonly what: string; readonly to: readonly Group[]; readonly then: string[] }>([
    { what: 'a line that is gone', to: [own], then: ['a: ', 'b: '] },
    { what: 'a line of another node', to: next, then: ['a: node2', 'b: node2'] },
  ])('of $what is tried again by the next reload', ({ to, then }) => {
    const edited = serving(file);
    const { cluster } = edited;
    cluster.scripts.set('node1 stop a', failed);
    change(edited, to, 'node1', 'node2');
    cluster.run(60_000);
    expect(places(edited, 'a')).toEqual(['a: node1']);
    cluster.scripts.clear();
    edited.reload('node1', 'node2');
    cluster.run(60_000);
    expect(places(edited, 'a', 'b')).toEqual(then);
  });

  test('of a member that was taken out is tried again by the next reload, and what followed it goes on', () => {
    const abc: readonly Group[] = [['node1', address(1), 'a', 'b', 'c'], own];
    const edited = serving(abc);
    const { cluster } = edited;
    cluster.scripts.set('node1 stop b', failed);
    change(edited, [['node1', address(1), 'a', 'c'], own], 'node1', 'node2');
    cluster.run(60_000);
    cluster.scripts.clear();
    edited.reload('node1', 'node2');
    cluster.run(60_000);
    expect(places(edited, 'a', 'b', 'c')).toEqual(['a: node1', 'b: ', 'c: node1']);
  });

  test('does not keep a set from its owner that is back: the files agree', () => {
    const edited = serving([['node1', address(1), 'a', 'b'], own], { autoFailback: 'on' });
    const { cluster } = edited;
    cluster.powerOff('node1');
    cluster.run(10_000);
    cluster.scripts.set('node2 stop b', failed);
    change(
      edited,
      [
        ['node1', address(1), 'a'],
        [...own, 'b'],
      ],
      'node2',
    );
    cluster.run(60_000);
    cluster.scripts.clear();
    cluster.start('node1');
    cluster.run(20_000);
    edited.reload('node1', 'node2');
    cluster.run(120_000);
    expect(places(edited, 'a', 'b')).toEqual(['a: node1', 'b: node2']);
  });

  test('of a line that is put back has the rest of it started again', () => {
    const edited = serving(file);
    const { cluster } = edited;
    cluster.scripts.set('node1 stop a', failed);
    change(edited, next, 'node1', 'node2');
    cluster.run(60_000);
    cluster.scripts.clear();
    change(edited, file, 'node1', 'node2');
    cluster.run(60_000);
    expect(places(edited, 'a', 'b')).toEqual(['a: node1', 'b: node1']);
  });
});

test('a group held off by a dispute is claimed: of three nodes a second one does not take its owner', () => {
  const nodes = ['node1', 'node2', 'node3'];
  const others: readonly Group[] = [
    ['node3', address(3)],
    ['node1', address(1)],
  ];
  const good: readonly Group[] = [['node2', address(2), 'a'], ...others];
  const contrary: readonly Group[] = [['node3', address(2), 'a'], ...others];
  const edited = serving(good, { nodes, jitter: 200 });
  const { cluster } = edited;
  cluster.powerOff('node2');
  cluster.run(10_000);
  for (const name of nodes) edited.edit(name, ...others);
  edited.reload('node1', 'node3');
  cluster.run(5000);
  edited.edit('node3', ...contrary);
  edited.reload('node3');
  cluster.run(3000);
  edited.edit('node1', ...good);
  edited.reload('node1');
  cluster.run(3000);
  edited.edit('node2', ...good);
  cluster.start('node2');
  cluster.run(20_000);
  expect(cluster.runners('a')).toEqual([]);
  edited.edit('node3', ...good);
  edited.reload('node3');
  cluster.run(20_000);
  expect(cluster.doubles).toEqual([]);
  expect(cluster.runners('a')).toHaveLength(1);
});
