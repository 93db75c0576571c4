/** What a node says of its hold when its words may have come too late, or when what it claims does not start. */
import { describe, expect, test } from 'vitest';
import type { OneNode } from './one-node.ts';
import { bothAtHome, failed, node2 } from './one-node.ts';

describe('a statement that was sent once more', () => {
  test('is followed by a new one when it must have arrived, however often that happens', () => {
    const node = bothAtHome();
    node.tell({ kind: 'statement-repeated' });
    node.pass(900);
    node.tell({ kind: 'statement-repeated' });
    node.pass(900);
    expect(node.says()).toEqual([]);
    node.pass(100);
    expect(node.says()).toEqual(['resource local 1']);
    node.pass(5000);
    expect(node.says()).toEqual([]);
  });

  test('in the middle of a standby changes nothing: its end is stated in any case', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.states('local', false, 'standby');
    node.tell({ kind: 'statement-repeated' });
    node.pass(2000);
    expect(node.says()).toEqual(['ask_resources local other']);
    node.states('none', false);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    expect(node.says()).toEqual(['ask_resources local done', 'resource all 1']);
  });
});

describe('what fails to start after a standby', () => {
  function takesMail(): OneNode {
    const node = bothAtHome();
    node.outcomes.set('start mail', failed);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.states('local', false, 'standby');
    node.states('none', false);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    return node;
  }

  test('is claimed until the other node has said that it takes it, for a C node complains of what nobody claims', () => {
    const node = takesMail();
    node.states('none', true);
    expect(node.says()).toEqual([
      'ask_resources local other',
      'ask_resources local done',
      'resource all 1',
      'resource all 1',
      'ask_resources foreign me',
    ]);
    node.hears({ t: 'ask_resources', hold: 'foreign', info: 'other' });
    expect(node.says()).toEqual([
      'resource all 0 standby',
      'resource local 0',
      'ask_resources foreign done',
    ]);
    node.hears({ t: 'ask_resources', hold: 'foreign', info: 'done' });
    expect(node.says()).toEqual(['resource local 1']);
  });

  test('is claimed no more when the other node dies, or has failed with it before', () => {
    const alone = takesMail();
    alone.tell({ kind: 'node-dead', node: node2, everHeard: true });
    alone.pass(5000);
    expect(alone.holding).toBe('local');

    const node = bothAtHome();
    node.outcomes.set('start mail', failed);
    node.hears({ t: 'resource', hold: 'local', full: true, isstable: true, owners: [] });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.states('local', false, 'standby');
    node.states('none', false);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    node.states('none', true);
    expect(node.holding).toBe('local');
    expect(node.says()).not.toContain('ask_resources foreign me');
  });
});

describe('a node that is there and says nothing', () => {
  test('is told what we hold every three seconds, until it has said what it holds', () => {
    const node = bothAtHome();
    node.tell({ kind: 'node-restarted', node: node2 });
    expect(node.says()).toEqual([]);
    node.pass(6500);
    expect(node.says()).toEqual(['resource local 1', 'resource local 1']);
    node.states('none', false);
    node.pass(10_000);
    expect(node.says()).toEqual(['resource local 1']);
    node.pass(10_000);
    expect(node.says()).toEqual([]);
  });
});
