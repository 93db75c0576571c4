/** One group on one node: started from the left, stopped from the right, and a failed stop is never taken for a stop. */
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/haresources/types.ts';
import { seconds } from '../../src/units.ts';
import { OneNode, done, failed } from './one-node.ts';

const groups = [['node1', 'ip', 'disk', 'web']] as const;
const limit: Outcome = { kind: 'timed-out', limit: seconds(60) };

/** Alone, with scripts that wait until the test ends them. */
function alone(auto = false): OneNode {
  const node = new OneNode({ groups }, auto);
  node.tell({ kind: 'active', alive: [] });
  return node;
}

/** Alone, with the group running, and scripts that wait from now on. */
function running(): OneNode {
  const node = alone(true);
  node.auto = false;
  node.runs.splice(0);
  return node;
}

const stopped = { kind: 'stopped' } as const;
const runs = { kind: 'running' } as const;

describe('a start', () => {
  test('asks for the status of all members at once and starts them strictly from the left', () => {
    const node = alone();
    expect(node.runs).toEqual(['status ip', 'status disk', 'status web']);
    node.ends('status web', stopped);
    node.ends('status disk', stopped);
    expect(node.runs).toHaveLength(3);
    node.ends('status ip', stopped);
    expect(node.runs.at(-1)).toBe('start ip');
    node.ends('start ip', done);
    expect(node.runs.at(-1)).toBe('start disk');
    node.ends('start disk', done);
    node.ends('start web', done);
    expect(node.run('ip')).toBe('running');
    expect(node.runs).toHaveLength(6);
  });

  test('begins with the first member before the status of the others is known', () => {
    const node = alone();
    node.ends('status ip', stopped);
    expect(node.runs.at(-1)).toBe('start ip');
    node.ends('start ip', done);
    expect(node.runs.at(-1)).toBe('start ip');
    node.ends('status disk', stopped);
    expect(node.runs.at(-1)).toBe('start disk');
  });

  test('passes over members that run already', () => {
    const node = alone();
    node.ends('status ip', runs);
    node.ends('status disk', stopped);
    node.ends('status web', runs);
    node.ends('start disk', done);
    expect(node.run('ip')).toBe('running');
    expect(node.runs.filter((run) => run.startsWith('start'))).toEqual(['start disk']);
  });

  test.each([
    ['exits with an error', failed, ['stop web', 'stop disk', 'stop ip']],
    ['does not end in time', limit, ['stop web', 'stop disk', 'stop ip']],
    [
      'has no script',
      { kind: 'not-found' } as const,
      ['stop web', 'status web', 'stop disk', 'stop ip'],
    ],
  ])('that %s gives the whole group up, from the right', (_, outcome, expected) => {
    const node = alone();
    for (const member of ['ip', 'disk', 'web']) node.ends(`status ${member}`, stopped);
    node.ends('start ip', done);
    node.runs.splice(0);
    node.ends('start disk', outcome);
    if (outcome.kind === 'not-found') {
      node.ends('stop web', limit);
      node.ends('status web', stopped);
    } else node.ends('stop web', done);
    node.ends('stop disk', outcome.kind === 'not-found' ? outcome : done);
    node.ends('stop ip', done);
    expect(node.runs).toEqual(expected);
    expect(node.run('ip')).toBe('failed');
    // Of the other node, which has no groups.
    expect(node.holding).toBe('foreign');
    expect(node.log.join()).toContain('Giving up resources due to failure of disk');
  });

  test('that failed does not try again and again to stop what was never started', () => {
    const node = alone();
    for (const member of ['ip', 'disk', 'web']) node.ends(`status ${member}`, stopped);
    node.runs.splice(0);
    node.ends('start ip', failed);
    node.ends('stop web', failed);
    node.ends('status web', stopped);
    node.ends('stop disk', done);
    node.ends('stop ip', done);
    expect(node.runs).toEqual(['stop web', 'status web', 'stop disk', 'stop ip']);
    expect(node.run('ip')).toBe('failed');
    expect(node.log.join()).not.toContain('LSB-compliant');
  });

  test('that is no longer wanted half way ends in a stop of everything', () => {
    const node = alone();
    for (const member of ['ip', 'disk', 'web']) node.ends(`status ${member}`, stopped);
    node.tell({ kind: 'stop' });
    expect(node.says().join()).not.toContain('shutdone');
    node.runs.splice(0);
    node.ends('start ip', done);
    node.ends('stop web', done);
    node.ends('stop disk', done);
    node.ends('stop ip', done);
    expect(node.runs).toEqual(['stop web', 'stop disk', 'stop ip']);
    expect(node.says().slice(-2)).toEqual(['resource none 0 shutdown', 'shutdone']);
  });

  test('that failed is tried again when an operator asks for it', () => {
    const node = new OneNode({ groups });
    node.outcomes.set('start web', failed);
    node.tell({ kind: 'active', alive: [] });
    expect(node.run('ip')).toBe('failed');
    node.outcomes.clear();
    node.tell({ kind: 'takeover', hold: 'local' });
    expect(node.run('ip')).toBe('running');
  });
});

describe('a stop', () => {
  test('goes strictly from the right', () => {
    const node = running();
    node.tell({ kind: 'stop' });
    expect(node.runs).toEqual(['stop web']);
    node.ends('stop web', done);
    node.ends('stop disk', done);
    expect(node.runs).toEqual(['stop web', 'stop disk', 'stop ip']);
    expect(node.says().join()).not.toContain('shutdone');
    node.ends('stop ip', done);
    expect(node.says()).toContain('shutdone');
  });

  test('that fails is tried ten times more, a second apart, and then verified', () => {
    const node = running();
    node.tell({ kind: 'stop' });
    for (let again = 0; again < 10; again += 1) {
      node.ends('stop web', failed);
      expect(node.pending).toEqual([]);
      node.pass(999);
      expect(node.pending).toEqual([]);
      node.pass(1);
    }
    node.ends('stop web', failed);
    expect(node.runs.filter((run) => run === 'stop web')).toHaveLength(11);
    expect(node.runs.at(-1)).toBe('status web');
    node.ends('status web', stopped);
    expect(node.runs.at(-1)).toBe('stop disk');
    expect(node.log.join()).toContain('probably not LSB-compliant');
  });

  test('that succeeds at the second try goes on at once', () => {
    const node = running();
    node.tell({ kind: 'stop' });
    node.ends('stop web', failed);
    node.pass(1000);
    node.ends('stop web', done);
    expect(node.runs.at(-1)).toBe('stop disk');
    node.ends('stop disk', failed);
    node.pass(1000);
    expect(node.runs.at(-1)).toBe('stop disk');
  });

  test.each([
    ['was killed at its limit', limit],
    ['could not be begun', { kind: 'not-started', why: 'no memory' }],
    ['has no script any more', { kind: 'not-found' }],
  ] as const)('that %s is verified without another try', (_, outcome) => {
    const node = running();
    node.tell({ kind: 'stop' });
    node.ends('stop web', outcome);
    expect(node.runs).toEqual(['stop web', 'status web']);
  });

  test.each([
    ['running', runs],
    ['nothing in time', limit],
    ['an error', failed],
    ['that there is no script', { kind: 'not-found' }],
  ] as const)('whose status then says %s has not stopped', (_, outcome) => {
    const node = running();
    node.tell({ kind: 'stop' });
    node.ends('stop web', limit);
    node.ends('status web', outcome);
    expect(node.run('ip')).toBe('stop-failed');
    expect(node.says().join()).not.toContain('shutdone');
    expect(node.holding).toBe('transition');
    expect(node.log.join()).toContain('Resource STOP failure: web');
  });

  test('that failed is taken up again where it failed', () => {
    const node = running();
    node.tell({ kind: 'stop' });
    node.ends('stop web', done);
    node.ends('stop disk', limit);
    node.ends('status disk', runs);
    node.runs.splice(0);
    node.pass(10_000);
    expect(node.runs).toEqual(['stop disk']);
    node.ends('stop disk', done);
    node.ends('stop ip', done);
    expect(node.says()).toContain('shutdone');
  });
});

describe('what an earlier heartbeat left behind', () => {
  const someone = (left: readonly string[]): OneNode => {
    const node = new OneNode({ groups });
    for (const member of left) node.running.add(member);
    node.joins('foreign');
    return node;
  };

  test.each([[['ip', 'disk', 'web']], [['ip', 'disk']], [['ip']]])(
    'is stopped when the other node holds the group (%j)',
    (left) => {
      const node = someone(left);
      expect([...node.running]).toEqual([]);
      expect(node.log.join()).toContain('was left running here by an earlier heartbeat');
    },
  );

  test.each([[['web']], [['disk', 'web']]])('is not what runs by itself (%j)', (left) => {
    const node = someone(left);
    expect([...node.running]).toEqual(left);
    expect(node.log.join()).toContain('is it enabled at boot?');
  });
});

describe('many groups', () => {
  const names = Array.from({ length: 20 }, (_, at) => `r${String(at)}`);
  const many = names.map((name) => ['node1', name] as const);

  test('are started at most eight at once, and all of them', () => {
    const node = new OneNode({ groups: many }, false);
    node.tell({ kind: 'active', alive: [] });
    let most = 0;
    while (node.pending.length > 0) {
      most = Math.max(most, node.pending.length);
      const [job] = node.pending;
      if (job !== undefined) node.end(job, job.action === 'status' ? stopped : done);
    }
    expect(most).toBe(8);
    expect(names.map((name) => node.run(name))).toEqual(names.map(() => 'running'));
  });

  test('are all stopped before anybody hears so', () => {
    const node = new OneNode({ groups: many });
    node.tell({ kind: 'active', alive: [] });
    node.auto = false;
    node.tell({ kind: 'stop' });
    while (node.pending.length > 0) {
      expect(node.says().join()).not.toContain('shutdone');
      const [job] = node.pending;
      if (job !== undefined) node.end(job, done);
    }
    expect(node.runs.filter((run) => run.startsWith('stop'))).toHaveLength(20);
    expect(node.says()).toContain('shutdone');
  });
});

describe('a group that does not start', () => {
  const pair = [
    ['node1', 'ip'],
    ['node1', 'web'],
  ] as const;
  const starts = (node: OneNode): number => node.runs.filter((run) => run === 'start web').length;

  test('is tried again after growing pauses while others of its set run here', () => {
    const node = new OneNode({ groups: pair });
    node.outcomes.set('start web', failed);
    node.joins('none');
    expect(starts(node)).toBe(1);
    node.pass(29_000);
    expect(starts(node)).toBe(1);
    node.pass(2_000);
    expect(starts(node)).toBe(2);
    node.pass(60_000);
    expect(starts(node)).toBe(3);
    node.outcomes.clear();
    node.pass(120_000);
    expect(node.run('web')).toBe('running');
    expect(node.holding).toBe('local');
  });

  test('is tried again when there is nobody else, and not more often than every ten minutes in the end', () => {
    const node = new OneNode({ groups: [['node1', 'web']] });
    node.outcomes.set('start web', failed);
    node.tell({ kind: 'active', alive: [] });
    node.pass(3_600_000);
    const before = starts(node);
    node.pass(3_600_000);
    expect(starts(node) - before).toBe(6);
  });
});
