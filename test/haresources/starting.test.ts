/** A start beside a C node that says it holds nothing, and is not stable: it starts, too, or it is leaving. */
import { expect, test } from 'vitest';
import { OneNode, groupOfEach, node2 } from './one-node.ts';

/** Active beside node2; the scripts answer when the test says so. */
function starting(): OneNode {
  const node = new OneNode({ groups: groupOfEach });
  node.auto = false;
  node.tell({ kind: 'active', alive: [node2] });
  node.says();
  return node;
}

/** It is known that nothing runs here; from now on scripts work at once. */
function looks(node: OneNode): void {
  for (const one of ['web', 'mail']) node.ends(`status ${one}`, { kind: 'stopped' });
  node.auto = true;
}

const harmless = 'resource none 1 starting';

test('it is told that we hold nothing as soon as that is known, and again until it is stable', () => {
  const node = starting();
  node.states('none', false);
  expect(node.says()).toEqual([]);
  looks(node);
  expect(node.says()).toEqual([harmless]);
  node.pass(4000);
  expect(node.says()).toEqual([harmless, harmless]);
  node.states('none', true);
  node.pass(100);
  expect(node.runs).toContain('start web');
});

test('nothing is taken before it is stable, has left, or a minute is over', () => {
  const node = starting();
  looks(node);
  node.states('none', false);
  node.pass(50_000);
  expect(node.runs).not.toContain('start web');
  node.pass(11_000);
  expect(node.runs).toContain('start web');
});
