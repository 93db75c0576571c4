import { describe, expect, test } from 'vitest';
import { isSettled, parseNodes, statusIn, type Belief } from '../../lab/beliefs.ts';

/** As `cl_status listnodes -v` of the C heartbeat 3.0.6 printed it, after the peer's end. */
const afterPowerOff = `
node2\tdead\t(nodetype: normal)
\teth0\tdead

node1\tactive\t(nodetype: normal)
\teth0\tup

gateway\tping\t(nodetype: ping)
\tgateway\tup
`;

const running = (output: string, holds: string): Belief => ({
  kind: 'running',
  nodes: parseNodes(output.replaceAll('\tdead', '\tactive')),
  holds,
});

describe('the words of cl_status', () => {
  test('name each node with its status and links', () => {
    expect(parseNodes(afterPowerOff)).toEqual([
      { name: 'gateway', status: 'ping', links: [{ name: 'gateway', status: 'up' }] },
      { name: 'node1', status: 'active', links: [{ name: 'eth0', status: 'up' }] },
      { name: 'node2', status: 'dead', links: [{ name: 'eth0', status: 'dead' }] },
    ]);
  });

  test('that are none give no nodes', () => {
    expect(parseNodes('Cannot signon with heartbeat\n\teth0\tup\n')).toEqual([]);
  });
});

describe('a node', () => {
  test('is settled when it believes both active and holds something definite', () => {
    expect(isSettled(running(afterPowerOff, 'local'), ['node1', 'node2'])).toBe(true);
  });

  test.each<[string, Belief]>([
    ['resources change hands', running(afterPowerOff, 'transition')],
    ['the other is dead', { kind: 'running', nodes: parseNodes(afterPowerOff), holds: 'all' }],
    ['it does not run', { kind: 'stopped' }],
    ['it does not answer', { kind: 'unknown' }],
  ])('is not settled while %s', (_, belief) => {
    expect(isSettled(belief, ['node1', 'node2'])).toBe(false);
  });

  test('that is not named has no status', () => {
    expect(statusIn(running(afterPowerOff, 'all'), 'node3')).toBeUndefined();
  });
});
