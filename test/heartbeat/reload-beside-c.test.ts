/** haresources is read again where nobody can be told of another owner: beside a C node, and with auto_failback legacy. */
import { describe, expect, test } from 'vitest';
import { CDaemon } from '../../sim/c-daemon.ts';
import { Cluster } from '../../sim/cluster.ts';
import { OurDaemon } from '../../sim/daemon.ts';
import { settingsOf, type Group } from '../../sim/settings.ts';
import { nodeName } from '../../src/units.ts';
import { EditedCluster } from './reload-groups.ts';

const web: Group = ['node1', 'IPaddr::10.0.0.1', 'httpd'];
const mail: Group = ['node2', 'IPaddr::10.0.0.2', 'postfix'];
const bare: Group = ['node1', 'IPaddr::10.0.0.1'];
const base = [web, mail];
const given = [bare, [...mail, 'httpd']] as const;
const nodes = ['node1', 'node2'];

const read = (groups: readonly Group[]) =>
  settingsOf({ nodes, groups, autoFailback: 'off' }).haresources;

/** node1 is C, node2 is ours, and reads files. */
function besideC(): Cluster {
  const settings = settingsOf({ nodes, groups: base, autoFailback: 'off' });
  const cluster = new Cluster({
    groups: base,
    daemon: ({ name, uuid, generation }, kept) => {
      const node = { settings, self: nodeName(name), uuid, generation, seed: generation, kept };
      return name === 'node1' ? new CDaemon(node) : new OurDaemon(node);
    },
  });
  cluster.start(...nodes);
  cluster.run(40_000);
  return cluster;
}

function reload(cluster: Cluster, ...groups: readonly Group[]): void {
  cluster.tell('node2', { kind: 'haresources', groups: read(groups) });
  cluster.run(10_000);
}

const refusal = (cluster: Cluster): readonly string[] =>
  cluster.complaints('node2').filter((line) => line.includes('stays as it was read before'));

describe('beside a C node', () => {
  test.each([
    ['a member moves to a line of ours', given],
    ['a line is split', [bare, ['node2', 'httpd'], mail]],
  ] as const)('%s: the file is not taken in, and the log says why', (_, file) => {
    const cluster = besideC();
    const before = cluster.runs.length;
    reload(cluster, ...file);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.runs.slice(before)).toEqual([]);
    expect(cluster.doubles).toEqual([]);
    expect(refusal(cluster)).toHaveLength(1);
    expect(refusal(cluster)[0]).toMatch(/httpd was node1's/);
  });

  test('a resource that one reload drops and the next gives to us is not started', () => {
    const cluster = besideC();
    reload(cluster, bare, mail);
    reload(cluster, ...given);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
    expect(refusal(cluster)).toHaveLength(1);
  });

  test('what is new is started all the same', () => {
    const cluster = besideC();
    const before = cluster.runs.length;
    reload(cluster, web, [...mail, 'smb']);
    expect(cluster.runs.slice(before)).toEqual(['node2 status smb', 'node2 start smb']);
  });
});

describe('with auto_failback legacy', () => {
  test('a member that moves to a line of ours is not started', () => {
    const edited = new EditedCluster(base, base, { autoFailback: 'legacy' });
    const { cluster } = edited;
    cluster.start(...nodes);
    cluster.run(30_000);
    for (const name of nodes) edited.edit(name, ...given);
    edited.reload('node2');
    cluster.run(5000);
    edited.reload('node1');
    cluster.run(5000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
  });
});
