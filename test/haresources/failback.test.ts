/** auto_failback with a hold time, and a node that dies again and again. */
import { describe, expect, test } from 'vitest';
import type { FailbackOptions } from '../../src/config/settings.ts';
import { millis, seconds } from '../../src/units.ts';
import { OneNode, node2 } from './one-node.ts';

const theirs = [['node2', 'web']] as const;
const asked = 'ask_resources foreign me';

/** node1, which has taken over from node2. */
function holding(failback: Partial<FailbackOptions>): OneNode {
  const options = { hold: millis(0), limit: 0, within: seconds(3600), ...failback };
  const node = new OneNode({ groups: theirs, autoFailback: 'on', failback: options });
  node.joins('local');
  dies(node);
  node.says();
  return node;
}

const dies = (node: OneNode): void => {
  node.tell({ kind: 'node-dead', node: node2, everHeard: true });
  node.pass(100);
};

/** node2 starts, and holds nothing. */
function returns(node: OneNode): void {
  node.tell({ kind: 'node-restarted', node: node2 });
  node.tell({ kind: 'node-status', node: node2, status: 'active' });
  node.hears({ t: 'starting' });
  node.states('none', true);
}

/** node2 takes what it was asked to take. */
function takes(node: OneNode): void {
  node.hears({ t: 'ask_resources', hold: 'foreign', info: 'other' });
  node.hears({ t: 'ask_resources', hold: 'foreign', info: 'done' });
  node.states('local', true);
  node.pass(100);
}

const asks = (node: OneNode): boolean => node.says().includes(asked);

describe('with a hold time', () => {
  test('a node gets its groups back when it has been there for that long, and not before', () => {
    const node = holding({ hold: seconds(60) });
    returns(node);
    node.pass(59_900);
    expect(asks(node)).toBe(false);
    expect(node.log).toContain(
      'node2 is back: its resources stay here for 60 s more ([failback] hold)',
    );
    node.pass(200);
    expect(asks(node)).toBe(true);
  });

  test('a death or a restart begins it anew', () => {
    const node = holding({ hold: seconds(60) });
    returns(node);
    node.pass(50_000);
    dies(node);
    returns(node);
    node.pass(50_000);
    returns(node);
    node.pass(59_000);
    expect(asks(node)).toBe(false);
    node.pass(2_000);
    expect(asks(node)).toBe(true);
  });

  test('an operator on either node need not wait', () => {
    const there = holding({ hold: seconds(60) });
    returns(there);
    there.hears({ t: 'hb_takeover', hold: 'local' });
    expect(asks(there)).toBe(true);
    const here = holding({ hold: seconds(60) });
    returns(here);
    here.tell({ kind: 'standby', hold: 'foreign' });
    expect(asks(here)).toBe(true);
  });

  test('none waits where none is asked for', () => {
    const node = holding({});
    returns(node);
    node.pass(100);
    expect(asks(node)).toBe(true);
  });
});

describe('a node that dies too often', () => {
  /** node2 comes and dies so often after its first death, and is back. */
  function diesOften(node: OneNode, times: number, pause = 1_000): void {
    for (let time = 0; time < times; time += 1) {
      returns(node);
      node.pass(pause);
      if (asks(node)) takes(node);
      dies(node);
    }
    node.says();
    returns(node);
    node.pass(1_000);
  }

  test('gets nothing back by itself any more', () => {
    const node = holding({ limit: 3 });
    diesOften(node, 2);
    node.pass(7_200_000);
    expect(asks(node)).toBe(false);
    expect(node.log.filter((line) => line.includes('has died 3 times'))).toHaveLength(1);
    expect(node.holding).toBe('all');
  });

  test('is trusted as long as it dies less often than that', () => {
    const often = holding({ limit: 3 });
    diesOften(often, 1);
    expect(asks(often)).toBe(true);
    const seldom = holding({ limit: 3, within: seconds(60) });
    diesOften(seldom, 5, 40_000);
    expect(asks(seldom)).toBe(true);
  });

  test('is trusted again when an operator has moved its groups', () => {
    const node = holding({ limit: 3 });
    diesOften(node, 2);
    node.hears({ t: 'hb_takeover', hold: 'local' });
    expect(asks(node)).toBe(true);
    takes(node);
    expect(node.holding).toBe('local');
    dies(node);
    returns(node);
    node.pass(100);
    expect(asks(node)).toBe(true);
  });

  test('is not counted when it leaves in order', () => {
    const node = holding({ limit: 2 });
    returns(node);
    takes(node);
    node.hears({ t: 'shutdone' });
    dies(node);
    node.says();
    returns(node);
    node.pass(100);
    expect(asks(node)).toBe(true);
  });
});
