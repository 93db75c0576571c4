/** The other node leaves or dies, and what it had said until then. */
import { describe, expect, test } from 'vitest';
import { OneNode, bothAtHome, groupOfEach, node2 } from './one-node.ts';

describe('a death', () => {
  test('of a node that had given up everything needs no fencing', () => {
    const node = bothAtHome();
    node.states('none', true);
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });
    expect(node.says()).toContain('stonith node2 unneeded');
  });

  test.each(['standby', 'shutdown'])(
    'of a C node while its stop scripts run for %s does need it, although it claims nothing any more',
    (info) => {
      const node = bothAtHome();
      if (info === 'standby') node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
      node.states('none', false, info);
      node.tell({ kind: 'node-dead', node: node2, everHeard: true });
      expect(node.says()).toContain('stonith node2 n_stnth');
      expect([...node.running]).toEqual(['web', 'mail']);
    },
  );

  test('of a node that disputed our groups ends the dispute: they stay here', () => {
    const node = bothAtHome();
    node.states('all', true);
    node.pass(4000);
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });
    node.pass(20_000);
    expect([...node.running]).toEqual(['web', 'mail']);
  });
});

describe('a shutdown notice', () => {
  test('is acted upon at once by a node that is still starting', () => {
    const node = new OneNode({ groups: groupOfEach });
    node.tell({ kind: 'active', alive: [node2] });
    node.hears({ t: 'shutdone' });
    expect([...node.running]).toEqual(['web', 'mail']);
  });

  test('of the other node while we stop ourselves takes nothing over', () => {
    const node = bothAtHome();
    node.auto = false;
    node.tell({ kind: 'stop' });
    node.hears({ t: 'shutdone' });
    node.ends('stop web', { kind: 'done' });
    expect(node.runs).not.toContain('start mail');
    expect(node.says().slice(-2)).toEqual(['resource none 0 shutdown', 'shutdone']);
  });
});

describe('a node that was frozen before it became active', () => {
  test('does not believe what it heard until it has been awake for a while', () => {
    const node = new OneNode();
    node.tell({ kind: 'frozen' });
    node.states('none', true);
    node.tell({ kind: 'active', alive: [node2] });
    node.states('none', true);
    node.pass(400);
    expect(node.running.size).toBe(0);
    node.pass(200);
    expect(node.says().at(-1)).toBe('starting');
    node.states('foreign', true);
    node.pass(5000);
    expect(node.running.size).toBe(0);
  });
});
