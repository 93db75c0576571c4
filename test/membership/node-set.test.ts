/** hb_addnode, hb_delnode, hb_setweight, hb_setsite: what every node does about them (spec membership 8). */
import { describe, expect, test } from 'vitest';
import { deletedNodes, nodeViews } from '../../src/membership/views.ts';
import { type Draft, type NodeChange, text, valueOf } from '../../src/message/messages.ts';
import { type NodeName, nodeName } from '../../src/units.ts';
import type { Bench } from './support.ts';
import { activePair, facts, log, node2, node3, say, sent, status } from './support.ts';

const node4 = nodeName('node4');

const add = (...nodelist: readonly NodeName[]): NodeChange => ({ t: 'addnode', nodelist });
const remove = (...nodelist: readonly NodeName[]): NodeChange => ({ t: 'delnode', nodelist });

const change = (bench: Bench, wanted: NodeChange): readonly string[] =>
  log(bench.step({ kind: 'change-nodes', change: wanted }));

const names = (bench: Bench): readonly string[] => nodeViews(bench.state).map(({ name }) => name);

const viewOf = (bench: Bench, node: NodeName): object | undefined =>
  nodeViews(bench.state).find(({ name }) => name === node);

/** node2 goes on speaking until `at`. */
function speakUntil(bench: Bench, from: number, at: number): void {
  for (let seq = from; bench.now + 1000 <= at; seq += 1) {
    bench.runTo(bench.now + 1000);
    bench.hear(status(node2, seq));
  }
  bench.runTo(at);
}

/** node1 and node2 are active, node3 was added and has been given up. */
function withDeadThird(): Bench {
  const bench = activePair();
  change(bench, add(node3));
  speakUntil(bench, 11, 5500);
  bench.take();
  return bench;
}

describe('a node that is added', () => {
  test('is in the list at once, unheard, and counts in what we say', () => {
    const bench = activePair();

    const effects = bench.step({ kind: 'change-nodes', change: add(node3) });

    expect(log(effects)).toEqual([
      'info: hb_add_one_node: Adding new node[node3] to configuration.',
    ]);
    expect(facts(effects)).toEqual([{ kind: 'node-added', node: node3 }]);
    expect(viewOf(bench, node3)).toMatchObject({
      type: 'normal',
      status: 'init',
      weight: 100,
      site: '',
    });
    const [said] = bench.submit([text('t', 'test')]);
    expect(said?.kind === 'transmit' && valueOf(said.fields, 'ttl')).toBe('4');
    const asked = say(node2, [text('t', 'reqnodes'), text('dest', 'node1')], { sequence: 11 });
    expect(sent(bench.hear(asked))).toContain(
      'dest=node2 t=repnodes nodelist=node1 node2 node3  delnodelist= ',
    );
  });

  test('is alive with its first status, and dead after deadtime without one', () => {
    const bench = activePair();
    change(bench, add(node3, node4));
    expect(facts(bench.hear(status(node3, 1, { st: 'up' })))).toMatchObject([
      { kind: 'link', node: node3 },
      { kind: 'node-status', node: node3, status: 'up', previous: 'init' },
    ]);
    bench.take();
    speakUntil(bench, 11, 4900);
    expect(log(bench.take())).not.toContain('WARN: node node4: is dead');
    bench.runTo(5000);
    expect(log(bench.take())).toContain('WARN: node node4: is dead');
  });

  test('that is there already stays as it is', () => {
    const bench = activePair();
    expect(change(bench, add(node2))).toEqual([
      'info: hb_add_one_node: Adding new node[node2] to configuration.',
      'ERROR: hb_add_one_node: node(node2) already exists',
    ]);
    expect(names(bench)).toEqual(['node1', 'node2']);
  });

  test('is one of a hundred at most', () => {
    const bench = activePair();
    const many = Array.from({ length: 100 }, (_, index) => nodeName(`n${String(index)}`));
    expect(change(bench, add(...many)).filter((line) => line.startsWith('ERROR'))).toHaveLength(2);
    expect(names(bench)).toHaveLength(100);
  });

  test('by another node’s operator comes over the wire, and is delivered to nobody', () => {
    const bench = activePair();
    const draft: Draft = [text('t', 'addnode'), text('nodelist', 'Node3 ')];
    const effects = bench.hear(say(node2, draft, { sequence: 11 }));
    expect(facts(effects)).toEqual([{ kind: 'node-added', node: node3 }]);
    expect(names(bench)).toEqual(['node1', 'node2', 'node3']);
  });
});

describe('a node that is deleted', () => {
  test('is forgotten if it is dead, and named to those who ask', () => {
    const bench = withDeadThird();
    const effects = bench.step({ kind: 'change-nodes', change: remove(node3) });
    expect(log(effects)).toEqual(['info: Removing node [node3] from configuration.']);
    expect(facts(effects)).toEqual([{ kind: 'node-removed', node: node3 }]);
    expect(names(bench)).toEqual(['node1', 'node2']);
    expect(deletedNodes(bench.state).map(({ name }) => name)).toEqual(['node3']);
    const asked = say(node2, [text('t', 'reqnodes'), text('dest', 'node1')], { sequence: 99 });
    expect(sent(bench.hear(asked))).toContain(
      'dest=node2 t=repnodes nodelist=node1 node2  delnodelist=node3 ',
    );
    expect(log(bench.hear(status(node3, 1)))).toEqual([
      'ERROR: process_status_message: bad node [node3] in message',
    ]);
  });

  test('can be added again', () => {
    const bench = withDeadThird();
    change(bench, remove(node3));
    change(bench, add(node3));
    expect(viewOf(bench, node3)).toMatchObject({ status: 'init' });
    expect(deletedNodes(bench.state)).toEqual([]);
  });

  test.each([
    ['is alive', node2, 'WARN: deletion failed: node node2 is not dead'],
    ['is this node', nodeName('node1'), 'WARN: deletion failed: node node1 is not dead'],
  ])('that %s stays', (_, node, line) => {
    const bench = withDeadThird();
    expect(change(bench, remove(node))).toEqual([line]);
    expect(names(bench)).toHaveLength(3);
  });

  test('that nobody knows is told of', () => {
    const bench = activePair();
    expect(change(bench, remove(node3))).toEqual([
      'info: Removing node [node3] from configuration.',
      'ERROR: hb_remove_one_node: node node3 not found in config',
    ]);
  });

  test('goes with all other dead ones or not at all', () => {
    const bench = activePair();
    change(bench, add(node3, node4));
    speakUntil(bench, 11, 5500);
    expect(change(bench, remove(node3))).toEqual([
      "ERROR: HBDoMsg_T_DELNODE: deletion failed. We don't have all required nodes alive (node4 is dead)",
    ]);
    expect(names(bench)).toHaveLength(4);
    change(bench, remove(node3, node4));
    expect(names(bench)).toEqual(['node1', 'node2']);
  });
});

describe('weight and site', () => {
  test('are told of a node until it is deleted', () => {
    const bench = withDeadThird();
    change(bench, { t: 'setweight', node: node3, weight: -5 });
    change(bench, { t: 'setsite', node: node3, site: 'berlin' });
    expect(viewOf(bench, node3)).toMatchObject({ weight: -5, site: 'berlin' });
    change(bench, remove(node3));
    expect(deletedNodes(bench.state)).toMatchObject([{ weight: -5, site: 'berlin' }]);
    change(bench, add(node3));
    expect(viewOf(bench, node3)).toMatchObject({ weight: 100, site: '' });
  });

  test('of a node that nobody knows are nothing', () => {
    const bench = activePair();
    expect(change(bench, { t: 'setweight', node: node3, weight: 5 })).toEqual([]);
    expect(names(bench)).toEqual(['node1', 'node2']);
  });
});
