/** The same group configured for different nodes: named, and started by neither while both say so. */
import { describe, expect, test } from 'vitest';
import { viewOf } from '../../src/haresources/file-view.ts';
import { parseResource } from '../../src/config/haresources.ts';
import { nodeName, type NodeName } from '../../src/units.ts';
import { OneNode, node2 } from './one-node.ts';

const key = 'IPaddr::10.0.0.1';
const at = { file: 'haresources', line: 1, column: 1 };
const node1 = nodeName('node1');
const said =
  'haresources:1:1: the group IPaddr::10.0.0.1 belongs to node1 here, but to node2 in haresources of node2';

function states(node: OneNode, owner: NodeName): void {
  const word = { t: 'resource', hold: 'none', full: true, isstable: true } as const;
  const { words } = viewOf([{ owner, key, resources: [parseResource(key, at)], at }]);
  node.hears({ ...word, owners: [], file: words });
  node.pass(100);
}

describe('a group that the other node has for itself', () => {
  test('is named with both nodes, and is not started', () => {
    const node = new OneNode({
      groups: [
        ['node1', key],
        ['node1', 'web'],
      ],
    });
    node.tell({ kind: 'active', alive: [node2] });
    states(node, node2);
    node.pass(30_000);

    expect(node.log.filter((line) => line.startsWith(said))).toHaveLength(1);
    expect(node.run(key)).not.toBe('running');
    expect(node.run('web')).toBe('running');
  });

  test('is started when the other file is mended, or the other node has died', () => {
    const mended = new OneNode({ groups: [['node1', key]] });
    const bereft = new OneNode({ groups: [['node1', key]] });
    for (const node of [mended, bereft]) {
      node.tell({ kind: 'active', alive: [node2] });
      states(node, node2);
      expect(node.run(key)).not.toBe('running');
    }
    states(mended, node1);
    bereft.tell({ kind: 'node-dead', node: node2, everHeard: true });

    expect(mended.run(key)).toBe('running');
    expect(bereft.run(key)).toBe('running');
  });

  test('goes on where it runs', () => {
    const node = new OneNode({ groups: [['node1', key]] });
    node.joins();
    states(node, node2);
    node.pass(30_000);

    expect(node.log.filter((line) => line.startsWith(said))).toHaveLength(1);
    expect(node.run(key)).toBe('running');
  });
});
