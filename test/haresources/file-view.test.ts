/** What a haresources file looks like to the other nodes. */
import { expect, test } from 'vitest';
import { settingsOf, type Group } from '../../sim/settings.ts';
import { obstacleTo } from '../../src/haresources/agreement.ts';
import { readFile, viewOf } from '../../src/haresources/file-view.ts';
import { createResources, newGroup } from '../../src/haresources/state.ts';
import { nodeName } from '../../src/units.ts';

const self = nodeName('node1');
const peer = nodeName('node2');

const fileOf = (count: number) =>
  settingsOf({
    nodes: ['node1', 'node2'],
    groups: Array.from({ length: count }, (_, at): Group => ['node1', `svc${String(at)}`]),
    autoFailback: 'off',
  });

test('1000 resources are told of in one datagram', () => {
  const { words } = viewOf(fileOf(1000).haresources);
  expect(words.length).toBeLessThan(10_000);
  expect(readFile(self, words, undefined)?.owners.size).toBe(1000);
});

test('more are told of by their digest, and nothing is started beside another file of that size', () => {
  const { extensions, haresources: groups } = fileOf(1001);
  const { splitBrain } = extensions;
  const nodes = [self, peer];
  const state = createResources({ self, nodes, groups, autoFailback: 'off', splitBrain });
  const beside = (count: number) => {
    const file = readFile(peer, viewOf(fileOf(count).haresources).words, undefined);
    const [old] = state.peers.values();
    const group = state.groups[0]?.group ?? expect.unreachable();
    if (old === undefined) return expect.unreachable();
    const peers = new Map([[peer, { ...old, alive: true, isOurs: true, file }]]);
    return obstacleTo({ ...state, peers }, newGroup(group, true));
  };
  expect(beside(1001)).toBeUndefined();
  expect(beside(1002)).toEqual({ kind: 'not-agreed', node: peer });
  expect(beside(2)).toBeUndefined();
});

test('words that name one owner again and again are read once', () => {
  const names = Array.from({ length: 9000 }, (_, at) => at.toString(36)).join('.');
  const hostile = `abcdefghijkl a:${names}${' a:'.repeat(97)}`;
  const owners = readFile(self, hostile, undefined)?.owners;
  expect(owners?.size).toBe(1000);
  expect([...(owners?.values() ?? [])].every((each) => each.length === 1)).toBe(true);
});
