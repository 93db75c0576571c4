/** Two nodes with different files, and what one of them has left running: nothing runs twice. */
import { describe, expect, test } from 'vitest';
import type { Group } from '../../sim/settings.ts';
import { EditedCluster } from './reload-groups.ts';

const web: Group = ['node1', 'IPaddr::10.0.0.1', 'httpd'];
const mail: Group = ['node2', 'IPaddr::10.0.0.2', 'postfix'];
const theirs: Group = ['node2', 'IPaddr::10.0.0.3', 'smb'];
const ours: Group = ['node1', 'IPaddr::10.0.0.3', 'smb'];
const failed = { outcome: { kind: 'failed', code: 1, why: '' } } as const;

describe('a daemon that was killed and finds another file, in which a group belongs to the other node', () => {
  test.each([
    ['takes 5 s', { takes: 5000 }],
    ['fails', failed],
  ])('has it stopped before the other starts it, where its stop %s', (_, script) => {
    const edited = new EditedCluster([web, mail, ours], [web, mail, theirs]).started();
    const { cluster } = edited;
    cluster.scripts.set('node2 stop smb', script);
    edited.edit('node1', web, mail, ours);
    edited.edit('node2', web, mail, ours);
    edited.reload('node1');
    cluster.run(3000);
    cluster.kill('node2');
    cluster.run(300);
    cluster.start('node2');
    cluster.run(40_000);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.runners('smb')).toHaveLength(1);
    cluster.scripts.clear();
    cluster.takeover('node2', 'all');
    cluster.run(20_000);
    expect(cluster.doubles).toEqual([]);
  });
});

test('a file with more than 100 resources is told of, too: nothing is started that it gives to another owner', () => {
  const many = Array.from({ length: 50 }, (_, at): Group => [
    'node1',
    `IPaddr::10.0.1.${String(at)}`,
    `s${String(at)}`,
  ]);
  const all = [web, mail, ...many];
  const edited = new EditedCluster(all, all).started();
  const { cluster } = edited;
  cluster.stop('node2');
  cluster.until(() => !cluster.isUp('node2'), 30_000);
  cluster.run(3000);
  edited.edit('node2', ['node2', 'IPaddr::10.0.0.1', 'httpd'], mail, ...many);
  cluster.start('node2');
  cluster.run(20_000);
  cluster.takeover('node2', 'local');
  cluster.run(20_000);
  expect(cluster.doubles).toEqual([]);
  expect(cluster.runners('httpd')).toEqual(['node1']);
});
