/** hb_standby beside a node whose messages come late, doubled, out of order or not at all. */
import { describe, expect, test } from 'vitest';
import { OneNode, bothAtHome, failed, groupOfEach, node2, node3 } from './one-node.ts';
import { seconds } from '../../src/units.ts';

describe('the taker', () => {
  test('takes when the giver is done, and says so', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.states('local', false, 'standby');
    expect(node.running.has('mail')).toBe(false);
    node.states('none', false);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    expect([...node.running]).toEqual(['web', 'mail']);
    expect(node.says()).toEqual([
      'ask_resources local other',
      'ask_resources local done',
      'resource all 1',
    ]);
    expect(node.holding).toBe('transition');
    node.states('none', true);
    expect(node.holding).toBe('all');
  });

  test('takes as well when done comes first and the statements before it later', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    const begun = node.skip();
    const released = node.skip();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    const full = { t: 'resource', full: true, isstable: false } as const;
    node.hears({ ...full, hold: 'local', info: 'standby' }, 'node2', begun);
    node.hears({ ...full, hold: 'none' }, 'node2', released);
    node.states('none', true);
    expect([...node.running]).toEqual(['web', 'mail']);
    expect(node.holding).toBe('all');
    expect(node.log.join()).not.toContain('Both machines own');
  });

  test('keeps its promise when a C giver calls itself stable, before it begins and after', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    // Its answer to a statement of ours that came late.
    node.states('local', true);
    node.states('none', false, 'standby');
    node.states('none', true);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    expect([...node.running]).toEqual(['web', 'mail']);
    node.states('none', true);
    expect(node.holding).toBe('all');
  });

  test('does not take at the end of an earlier standby that was found again', () => {
    const node = bothAtHome();
    const stray = node.skip();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' }, 'node2', stray);
    expect(node.running.has('mail')).toBe(false);
  });

  test('does not promise anything to a request that is older than anybody waits for', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' }, 'node2', undefined, 8000);
    node.hears({ t: 'hb_takeover', hold: 'all' }, 'node2', undefined, 8000);
    expect(node.says()).toEqual([]);
    expect(node.holding).toBe('local');
  });

  test('whose answer came too late is as it was before, and may be asked again', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.pass(4000);
    expect(node.holding).toBe('local');
    node.says();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    expect(node.says()).toEqual(['ask_resources local other']);
  });

  test('takes what the giver gives although the word that it began came too late, or not at all', () => {
    for (const begins of [true, false]) {
      const node = bothAtHome();
      node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
      node.pass(4000);
      if (begins) node.states('none', false, 'standby');
      node.pass(4000);
      expect(node.running.has('mail')).toBe(false);
      node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
      expect(node.running.has('mail')).toBe(true);
    }
  });

  test('does not when the giver has said meanwhile that it is stable', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.pass(4000);
    node.states('local', true);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    expect(node.running.has('mail')).toBe(false);
  });

  test('waits for slow stop scripts of the giver for as long as these take', () => {
    const node = bothAtHome();
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.states('local', false, 'standby');
    node.pass(600_000);
    expect(node.running.has('mail')).toBe(false);
    node.states('none', false);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    expect(node.running.has('mail')).toBe(true);
  });
});

describe('the giver', () => {
  test('keeps nothing waiting when the taker says done twice, before or after its statement', () => {
    const node = bothAtHome();
    node.tell({ kind: 'standby', hold: 'local' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    expect([...node.running]).toEqual([]);
    expect(node.says()).toEqual([
      'ask_resources local me',
      'resource local 0 standby',
      'resource none 0',
      'ask_resources local done',
    ]);
    // A C node sends its statement first (spec resources 4).
    const last = node.skip();
    node.states('all', true);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' }, 'node2', last);
    expect(node.holding).toBe('none');
    expect(node.says()).toEqual(['resource none 1']);
  });

  test('does not take for silence what a slow taker said before it answered', () => {
    const node = bothAtHome();
    const early = node.skip();
    node.tell({ kind: 'standby', hold: 'local' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    node.hears({ t: 'resource', hold: 'local', full: true, isstable: true }, 'node2', early);
    // Its start scripts take a minute: the group is not nobody's.
    node.pass(60_000);
    expect([...node.running]).toEqual([]);
  });

  test('goes on waiting for a C taker that calls itself stable while its start scripts run', () => {
    const node = bothAtHome();
    node.tell({ kind: 'standby', hold: 'local' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    // Its answer to a statement of ours that came late (a C node claims what it takes only at the end).
    node.states('local', true);
    node.pass(60_000);
    expect([...node.running]).toEqual([]);
    expect(node.holding).toBe('transition');
    node.states('all', true);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    expect(node.holding).toBe('none');
  });

  test('takes everything back when the taker dies while the stop scripts run', () => {
    const node = bothAtHome();
    node.auto = false;
    node.tell({ kind: 'standby', hold: 'local' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    node.pass(30_000);
    node.auto = true;
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });
    node.ends('stop web', { kind: 'done' });
    expect(node.runs.slice(-2)).toEqual(['status web', 'start web']);
    expect(node.holding).toBe('all');
  });
});

describe('a standby whose stop script fails', () => {
  test('starts again what it had stopped already', () => {
    const node = new OneNode({ groups: [['node1', 'ip', 'web']] });
    node.joins('none');
    node.states('none', true);
    node.outcomes.set('stop ip', { kind: 'timed-out', limit: seconds(60) });
    node.tell({ kind: 'standby', hold: 'all' });
    node.hears({ t: 'ask_resources', hold: 'all', info: 'other' });
    expect(node.log.join()).toContain('Resource STOP failure: ip');
    expect([...node.running]).toEqual(['ip', 'web']);
    expect(node.holding).toBe('local');
  });
});

describe('a standby that comes to nothing', () => {
  /** Asked for all, although node2 holds its own. */
  function releasing(): OneNode {
    const node = bothAtHome();
    node.auto = false;
    node.tell({ kind: 'standby', hold: 'all' });
    node.hears({ t: 'ask_resources', hold: 'all', info: 'other' });
    return node;
  }

  test('because a stop script fails leaves the groups of the other node alone', () => {
    const node = releasing();
    node.ends('stop web', { kind: 'timed-out', limit: seconds(60) });
    node.auto = true;
    node.ends('status web', { kind: 'running' });
    expect(node.runs).not.toContain('start mail');
    expect(node.holding).toBe('local');
  });

  test('because the other node restarts leaves the groups of the other node alone', () => {
    const node = releasing();
    node.auto = true;
    node.tell({ kind: 'node-restarted', node: node2 });
    node.ends('stop web', { kind: 'done' });
    expect([...node.running]).toEqual(['web']);
  });
});

describe('a group that does not start on the taker', () => {
  function takes(theirs: 'local' | 'none'): OneNode {
    const node = new OneNode({ groups: [['node2', 'mail']] });
    node.joins('none');
    node.states(theirs, true);
    node.outcomes.set('start mail', failed);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.states(theirs, false, 'standby');
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    node.states('none', true);
    node.pass(60_000);
    return node;
  }

  test('goes back to the giver, where it ran', () => {
    expect(takes('local').says()).toContain('ask_resources foreign me');
  });

  test('stays where it is when it had failed on the giver, too', () => {
    expect(takes('none').says()).not.toContain('ask_resources foreign me');
  });

  test('is offered again when the offer found no answer', () => {
    const node = takes('local');
    const offers = node.says().filter((one) => one === 'ask_resources foreign me');
    expect(offers.length).toBeGreaterThan(1);
  });

  test('does not wander to and fro', () => {
    const node = takes('local');
    for (let round = 0; round < 3; round += 1) {
      node.says();
      node.tell({ kind: 'standby', hold: 'foreign' });
      node.hears({ t: 'ask_resources', hold: 'foreign', info: 'other' });
      node.hears({ t: 'ask_resources', hold: 'foreign', info: 'done' });
      node.states('local', true);
      node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
      node.states('local', false, 'standby');
      node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
      node.states('none', true);
      node.says();
      node.pass(60_000);
      expect(node.says()).not.toContain('ask_resources foreign me');
    }
  });
});

describe('the taker among three nodes', () => {
  test('takes no more than is given: a C node says a second request aloud and carries on with the first', () => {
    const node = new OneNode({ groups: groupOfEach });
    node.joins('all');
    node.hears({ t: 'ask_resources', hold: 'foreign', info: 'me' });
    node.hears({ t: 'ask_resources', hold: 'all', info: 'me' });
    node.hears({ t: 'ask_resources', hold: 'foreign', info: 'done' });
    expect([...node.running]).toEqual(['web']);
  });

  test('takes nothing that another living node claims, whatever the giver gives', () => {
    const three = [...groupOfEach, ['node3', 'news']] as const;
    const node = new OneNode({ groups: three, nodes: ['node1', 'node2', 'node3'] });
    node.tell({ kind: 'active', alive: [node2, node3] });
    node.states('local', true);
    node.hears({ t: 'resource', hold: 'all', full: true, isstable: true }, 'node3');
    node.hears({ t: 'ask_resources', hold: 'foreign', info: 'me' });
    node.states('local', false, 'standby');
    node.hears({ t: 'ask_resources', hold: 'foreign', info: 'done' });
    expect([...node.running]).toEqual([]);
  });
});

describe('a late question what we hold', () => {
  test('is answered, and takes back nothing that was said since', () => {
    const node = new OneNode({ groups: groupOfEach });
    node.joins('none');
    const asked = node.skip();
    node.states('local', true);
    node.says();
    node.hears({ t: 'starting' }, 'node2', asked);
    expect(node.says()).toEqual(['resource local 1']);
    expect(node.holding).toBe('local');
  });
});
