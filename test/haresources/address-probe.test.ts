/** `[address] probe`: a service address is asked for on the network before it is taken over from a silent node. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/haresources/types.ts';
import { seconds } from '../../src/units.ts';
import { OneNode, node2, type OneNodeOptions } from './one-node.ts';

const vip = 'IPaddr::10.0.0.1/24/eth0';
const key = vip;
const probe = `probe ${vip}`;
const inUse: Outcome = { kind: 'running' };
const silent: Outcome = { kind: 'stopped' };
const groups = [['node2', vip, 'web']] as const;

/** Beside node2, which holds its own group; scripts end at once, and probes say what `answer` is. */
function beside(answer: Outcome, options: OneNodeOptions = {}): OneNode {
  const node = new OneNode({ groups, addressProbe: true, ...options });
  node.joins('local');
  node.outcomes.set(probe, answer);
  node.runs.splice(0);
  return node;
}

/** The same, after node2 fell silent. */
function bereft(answer: Outcome, options: OneNodeOptions = {}): OneNode {
  const node = beside(answer, options);
  node.says();
  node.tell({ kind: 'node-dead', node: node2, everHeard: true });
  return node;
}

describe('when a node has died', () => {
  test('its group is started after nobody has answered for the address', () => {
    const node = bereft(silent);

    expect(node.runs).toEqual([probe, `status ${vip}`, 'status web', `start ${vip}`, 'start web']);
    expect(node.holding).toBe('all');
  });

  test('nothing is started, and nothing is reported as done, before the answer is there', () => {
    const node = new OneNode({ groups, addressProbe: true });
    node.joins('local');
    node.auto = false;
    node.runs.splice(0);
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });
    node.pass(3000);

    expect(node.runs).toEqual([probe]);
    expect(node.holding).toBe('transition');
    expect(node.log).not.toContain('mach_down takeover complete for node node2.');

    node.ends(probe, silent);
    expect(node.runs).toContain(`status ${vip}`);
  });

  test.each<[string, Outcome, string]>([
    ['is in use', inUse, `the address of ${key} is in use elsewhere on the network`],
    [
      'could not be asked for',
      { kind: 'timed-out', limit: seconds(2) },
      `cannot find out whether the address of ${key} is in use elsewhere`,
    ],
  ])('a group whose address %s is not started, and that is said once', (_, answer, why) => {
    const node = bereft(answer);
    node.pass(60_000);

    expect(node.run(key)).toBe('stopped');
    expect(new Set(node.runs)).toEqual(new Set([probe]));
    expect(node.runs).toHaveLength(13);
    expect(node.log.filter((line) => line.startsWith(why))).toHaveLength(1);
    expect(node.log).not.toContain('mach_down takeover complete for node node2.');
    expect(node.holding).toBe('local');
  });

  test('the group is taken once the address has fallen silent', () => {
    const node = bereft(inUse);
    node.pass(20_000);
    node.outcomes.set(probe, silent);
    node.pass(5000);

    expect(node.run(key)).toBe('running');
    expect(node.log).toContain(`nobody answers for the address of ${key} any more`);
    expect(node.log).toContain('mach_down takeover complete for node node2.');
    expect(node.holding).toBe('all');
    expect(node.says().at(-1)).toBe('resource all 1');
  });

  test('hb_takeover starts it all the same', () => {
    const node = bereft(inUse);
    node.tell({ kind: 'takeover', hold: 'all' });

    expect(node.run(key)).toBe('running');
    node.pass(60_000);
    expect(node.runs.filter((run) => run === probe)).toHaveLength(1);
  });

  test('silence permits nothing without quorum', () => {
    const node = bereft(inUse);
    node.tell({ kind: 'quorum', has: false, policy: 'freeze' });
    node.outcomes.set(probe, silent);
    node.pass(60_000);
    expect(node.run(key)).toBe('stopped');

    node.tell({ kind: 'quorum', has: true, policy: 'freeze' });
    expect(node.run(key)).toBe('running');
  });

  test('only groups with an address that an agent can ask for are asked for, and only those wait', () => {
    const six = 'IPaddr2::2001:db8::1';
    const asked = 'IPv6addr::2001:db8::1/64/eth0';
    const others = [six, asked, 'disk'].map((word) => ['node2', word] as const);
    const node = bereft(inUse, { groups: [...groups, ...others] });

    expect(node.runs.filter((run) => run.startsWith('probe'))).toEqual([probe, `probe ${asked}`]);
    expect(node.run(six)).toBe('running');
    expect(node.run('disk')).toBe('running');
    expect(node.run(key)).toBe('stopped');
  });

  test('without the setting nobody is asked', () => {
    const node = bereft(inUse, { addressProbe: false });

    expect(node.runs).not.toContain(probe);
    expect(node.run(key)).toBe('running');
  });
});

describe('while a node is late', () => {
  test('its address is asked for, and silence lets the takeover begin at once', () => {
    const node = beside(silent);
    node.tell({ kind: 'node-late', node: node2 });
    expect(node.runs.splice(0)).toEqual([probe]);
    expect(node.holding).toBe('local');
    node.pass(3000);
    node.auto = false;
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });

    expect(node.runs).toEqual([`status ${vip}`, 'status web']);
  });

  test.each<[string, Outcome, number]>([
    ['silence of long ago', silent, 3001],
    ['an answer', inUse, 500],
  ])('%s does not count: it is asked for again', (_, answer, later) => {
    const node = beside(answer);
    node.tell({ kind: 'node-late', node: node2 });
    node.runs.splice(0);
    node.pass(later);
    node.outcomes.set(probe, silent);
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });

    expect(node.runs[0]).toBe(probe);
    expect(node.run(key)).toBe('running');
  });

  test('a question that is open at the death does not take back what the one before found', () => {
    const node = beside(silent);
    node.tell({ kind: 'node-late', node: node2 });
    node.auto = false;
    node.pass(2000);
    node.tell({ kind: 'node-late', node: node2 });
    node.tell({ kind: 'node-late', node: node2 });
    node.runs.splice(0);
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });

    expect(node.runs).toEqual([`status ${vip}`, 'status web']);
  });

  test('an answer takes back the silence before it', () => {
    const node = beside(silent);
    node.tell({ kind: 'node-late', node: node2 });
    node.outcomes.set(probe, inUse);
    node.tell({ kind: 'node-late', node: node2 });
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });

    expect(node.run(key)).toBe('stopped');
  });

  test('nobody is asked for what runs here, and without the setting for nothing', () => {
    const own = beside(silent, { groups: [['node1', vip]] });
    const unset = beside(silent, { addressProbe: false });
    for (const node of [own, unset]) node.tell({ kind: 'node-late', node: node2 });

    expect([...own.runs, ...unset.runs]).toEqual([]);
  });
});

describe('the node that was silent and serves all the time', () => {
  test.each([
    ['C', {}],
    ['ours', { owners: [node2] }],
  ])('keeps its group when it is heard again (%s)', (_, words) => {
    const node = bereft(inUse);
    node.pass(7000);
    node.says();
    node.tell({ kind: 'node-returned', node: node2, renewed: false });
    // The silence of this moment is no permission: it has yet to speak.
    node.outcomes.set(probe, silent);
    node.pass(1000);
    node.hears({ t: 'resource', hold: 'local', full: true, isstable: true, ...words });
    node.pass(60_000);

    expect(node.runs.filter((run) => run.startsWith('start'))).toEqual([]);
    expect(node.says().filter((word) => /foreign|all/.test(word))).toEqual([]);
    expect(node.holding).toBe('local');
  });
});

test('a node that starts alone asks for its own addresses, too', () => {
  const node = new OneNode({ groups: [['node1', vip]], addressProbe: true });
  node.outcomes.set(probe, inUse);
  node.tell({ kind: 'active', alive: [] });
  node.pass(1000);
  expect(node.run(key)).not.toBe('running');

  node.outcomes.set(probe, silent);
  node.pass(5000);
  expect(node.run(key)).toBe('running');
});

test.each([
  ['C, which may have been killed, says none', {}, 'stopped'],
  ['one of ours, which has looked first, says none', { owners: [] }, 'running'],
] as const)('a node that starts asks for its own addresses where %s', (_, words, run) => {
  const node = new OneNode({ groups: [['node1', vip]], addressProbe: true });
  node.outcomes.set(probe, inUse);
  node.tell({ kind: 'active', alive: [node2] });
  node.hears({ t: 'resource', hold: 'none', full: true, isstable: true, ...words });
  node.pass(100);
  expect(node.run(key)).toBe(run);

  node.outcomes.set(probe, silent);
  node.pass(5000);
  expect(node.run(key)).toBe('running');
});

test('a node that leaves does not wait for an address', () => {
  const node = bereft(inUse);
  node.tell({ kind: 'stop' });
  node.pass(60_000);

  expect(node.says()).toContain('shutdone');
  expect(node.runs.filter((run) => run === probe)).toHaveLength(1);
});

test('who gives its groups away has released them: nobody is asked after a goodbye or in a standby', () => {
  const goodbye = beside(inUse);
  goodbye.hears({ t: 'shutdone' });
  expect(goodbye.run(key)).toBe('running');

  const standby = beside(inUse);
  standby.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
  standby.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
  expect(standby.run(key)).toBe('running');
  expect([...goodbye.runs, ...standby.runs]).not.toContain(probe);
});
