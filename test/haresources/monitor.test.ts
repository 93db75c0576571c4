/** Services that die are restarted in place, moved after too many failures, and never bounced for ever. */
import { describe, expect, test } from 'vitest';
import type { MonitorSection } from '../../src/config/settings.ts';
import type { Outcome } from '../../src/haresources/types.ts';
import { millis, seconds } from '../../src/units.ts';
import { OneNode, done, failed, node2, type OneNodeOptions } from './one-node.ts';

const every10s = { interval: seconds(10) };
const groups = [['node1', 'ip', 'disk', 'web']] as const;
const hung: Outcome = { kind: 'timed-out', limit: seconds(5) };

type Sections = Readonly<Record<string, Partial<MonitorSection>>>;

/** With node2, which holds nothing, and the own group up. */
function watching(monitoring: Sections, options: OneNodeOptions = {}): OneNode {
  const node = new OneNode({ groups, monitoring, ...options });
  node.joins();
  node.runs.splice(0);
  node.says();
  return node;
}

/** The same with nobody else. */
function alone(monitoring: Sections): OneNode {
  const node = new OneNode({ groups, monitoring });
  node.tell({ kind: 'active', alive: [] });
  node.runs.splice(0);
  return node;
}

function dies(node: OneNode, resource: string, wait = 10_000): void {
  node.running.delete(resource);
  node.pass(wait);
}

const acts = (node: OneNode): readonly string[] =>
  node.runs.filter((run) => !run.startsWith('status'));

const statuses = (node: OneNode): number =>
  node.runs.filter((run) => run.startsWith('status')).length;

describe('a service that was down and runs again before its stop', () => {
  /** `web` is down, and asked to stop for a restart; the next answers are the test's. */
  function stopping(): OneNode {
    const node = watching({ '': every10s });
    node.running.delete('web');
    node.auto = false;
    node.pass(10_000);
    node.ends('status ip', { kind: 'running' });
    node.ends('status disk', { kind: 'running' });
    node.ends('status web', { kind: 'stopped' });
    node.pass(1);
    return node;
  }

  test('gets as many tries to stop as any other', () => {
    const node = stopping();
    node.ends('stop web', failed);
    node.ends('status web', { kind: 'running' });
    node.ends('stop web', failed);
    expect(node.run('ip')).toBe('pausing');
    node.pass(1000);
    node.ends('stop web', done);
    expect(acts(node).at(-1)).toBe('start web');
  });
});

describe('what is watched', () => {
  test('is nothing, unless somebody asks for it', () => {
    const node = watching({});
    dies(node, 'web', 3_600_000);
    expect(node.runs).toEqual([]);
  });

  test('is asked for its status an interval after the last answer', () => {
    const node = watching({ '': every10s });
    node.pass(9_000);
    expect(node.runs).toEqual([]);
    node.pass(1_000);
    expect(node.runs).toEqual(['status ip', 'status disk', 'status web']);
    node.auto = false;
    node.pass(60_000);
    expect(statuses(node)).toBe(6);
    node.ends('status ip', { kind: 'running' });
    node.pass(10_000);
    expect(node.runs.slice(6)).toEqual(['status ip']);
  });

  test('can be one resource, by its own words, or everything but one', () => {
    const one = watching({ web: every10s });
    one.pass(10_000);
    expect(one.runs).toEqual(['status web']);
    const others = watching({ '': every10s, disk: { interval: millis(0) } });
    others.pass(10_000);
    expect(others.runs).toEqual(['status ip', 'status web']);
  });

  test('can be one group, by its first resource', () => {
    const both = [...groups, ['node1', 'ftp']] as const;
    const node = watching({ 'group ftp': every10s }, { groups: both });
    node.pass(10_000);
    expect(node.runs).toEqual(['status ftp']);
  });

  test('takes what its section does not say from that of its group, and from that of all', () => {
    const sections = {
      web: { restarts: 0 },
      'group ip': { then: 'report' },
      '': every10s,
    } as const;
    const node = watching(sections);
    dies(node, 'web');
    expect(acts(node)).toEqual([]);
    expect(node.says()).toEqual([]);
    expect(node.log.at(-1)).toContain('it is left as it is');
  });
});

describe('a service that has died', () => {
  test('is stopped and started again with what follows it in its group, in order', () => {
    const node = watching({ '': every10s });
    dies(node, 'disk');
    expect(acts(node)).toEqual(['stop web', 'stop disk', 'start disk', 'start web']);
    expect(node.run('ip')).toBe('running');
    expect(node.log.slice(-2)).toEqual([
      expect.stringContaining('failure 1: restarting it'),
      'disk was restarted, with what follows it in its group',
    ]);
    expect(node.says()).toEqual([]);
  });

  test('is not stopped again and again when its stop complains of that', () => {
    const node = watching({ '': { ...every10s, restarts: 1 } });
    node.outcomes.set('stop web', failed);
    dies(node, 'web', 10_100);
    expect(acts(node)).toEqual(['stop web', 'start web']);
    dies(node, 'web');
    node.runs.splice(0);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    expect(acts(node)).toEqual(['stop web', 'stop disk', 'stop ip']);
  });

  test('whose status hangs is one that has failed', () => {
    const node = watching({ web: every10s });
    node.outcomes.set('status web', hung);
    node.pass(10_000);
    expect(acts(node)).toEqual(['stop web', 'start web']);
  });

  test('and cannot be stopped is held, and started nowhere else', () => {
    const node = watching({ web: { ...every10s, restarts: 0 } });
    node.outcomes.set('status web', hung);
    node.outcomes.set('stop web', hung);
    node.pass(10_000);
    expect(node.says()).toEqual(['ask_resources local me']);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    node.pass(60_000);
    expect(node.says()).not.toContain('ask_resources local done');
    expect(node.holding).not.toBe('none');
  });

  test('that comes back by itself while it waits is left alone', () => {
    const node = alone({ web: { ...every10s, restarts: 0 } });
    dies(node, 'web');
    node.running.add('web');
    node.pass(60_000);
    expect(acts(node)).toEqual([]);
    expect(node.log.at(-1)).toBe('web runs again');
  });

  test('is left alone when nobody can say how it is', () => {
    const node = watching({ web: every10s });
    node.outcomes.set('status web', { kind: 'not-started', why: 'no memory' });
    node.pass(60_000);
    expect(acts(node)).toEqual([]);
    expect(node.log.filter((line) => line.includes('nobody knows whether web runs'))).toHaveLength(
      1,
    );
  });
});

describe('a group that starts, stops or moves', () => {
  test('is not watched, and an answer from before counts for nothing', () => {
    const node = watching({ '': every10s });
    node.auto = false;
    node.pass(10_000);
    const asked = [...node.pending];
    node.tell({ kind: 'standby', hold: 'local' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    for (const job of asked) node.end(job, { kind: 'stopped' });
    node.pass(60_000);
    expect(statuses(node)).toBe(3);
    expect(acts(node)).toEqual(['stop web']);
    expect(node.log.join()).not.toContain('has failed here');
  });

  test('is stopped to its left end when it is given away in the middle of a restart', () => {
    const node = watching({ '': every10s });
    node.auto = false;
    node.running.delete('web');
    node.pass(10_000);
    node.ends('status web', { kind: 'stopped' });
    node.pass(0);
    expect(acts(node)).toEqual(['stop web']);
    node.tell({ kind: 'standby', hold: 'local' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    node.ends('stop web', done);
    expect(acts(node)).toEqual(['stop web', 'stop disk']);
  });
});

describe('a service that dies each time', () => {
  function diesOften(node: OneNode, times: number): void {
    for (let time = 0; time < times; time += 1) dies(node, 'web');
  }

  test('is restarted so often, and then the other node is asked for its set', () => {
    const node = watching({ '': { ...every10s, restarts: 2 } });
    diesOften(node, 2);
    expect(acts(node)).toEqual(['stop web', 'start web', 'stop web', 'start web']);
    expect(node.says()).toEqual([]);
    diesOften(node, 1);
    expect(node.says()).toEqual(['ask_resources local me']);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
    expect(node.says()).toEqual([
      'resource local 0 standby',
      'resource none 0',
      'ask_resources local done',
    ]);
    expect(node.run('ip')).toBe('stopped');
  });

  test('is only reported where that is asked for, and never touched again', () => {
    const node = watching({ '': { ...every10s, restarts: 1, then: 'report' } });
    diesOften(node, 2);
    node.pass(3_600_000);
    expect(acts(node)).toEqual(['stop web', 'start web']);
    expect(node.says()).toEqual([]);
    expect(node.log.filter((line) => line.includes('has failed here'))).toHaveLength(2);
  });

  test('is forgiven what was before when it has been up for ten minutes', () => {
    const node = watching({ '': { ...every10s, restarts: 1 } });
    diesOften(node, 1);
    node.pass(600_000);
    diesOften(node, 1);
    expect(node.says()).toEqual([]);
    node.pass(500_000);
    diesOften(node, 1);
    expect(node.says()).toEqual(['ask_resources local me']);
  });

  test('stays when nobody answers, is asked for again, and is tried again here meanwhile', () => {
    const node = watching({ web: { ...every10s, restarts: 0 } });
    diesOften(node, 1);
    node.pass(29_000);
    expect(node.says().filter((one) => one === 'ask_resources local me')).toHaveLength(3);
    expect(acts(node)).toEqual([]);
    node.pass(30_000);
    expect(acts(node)).toEqual(['stop web', 'start web']);
  });

  test('is tried again after growing pauses when no other node is there', () => {
    const node = alone({ web: { ...every10s, restarts: 0 } });
    const pauses: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      dies(node, 'web');
      const from = node.now;
      node.runs.splice(0);
      while (acts(node).length === 0) node.pass(1_000);
      pauses.push(Math.round((node.now - from) / 1000));
    }
    expect(pauses).toEqual([30, 60, 120, 240, 480, 600, 600]);
  });

  test('is not sent away again when it has come back from the other node, until it was well for ten minutes', () => {
    const node = watching({ web: { ...every10s, restarts: 0 } });
    const moves = (): boolean => node.says().includes('ask_resources local me');
    const comesBack = (): void => {
      node.states('all', true);
      const giver = { t: 'ask_resources', hold: 'foreign' } as const;
      node.hears({ ...giver, info: 'me' });
      node.hears({ ...giver, info: 'done' });
      node.states('none', true);
      node.pass(1_000);
    };
    const isGiven = (): void => {
      node.hears({ t: 'ask_resources', hold: 'local', info: 'other' });
      node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    };
    diesOften(node, 1);
    expect(moves()).toBe(true);
    isGiven();
    comesBack();
    expect(node.run('ip')).toBe('running');
    node.says();
    diesOften(node, 1);
    expect(moves()).toBe(false);
    expect(node.log.at(-1)).toContain('it did not stay up on the other node');
    node.pass(60_000);
    expect(node.run('ip')).toBe('running');
    node.pass(600_000);
    diesOften(node, 1);
    expect(moves()).toBe(true);
  });

  test('is moved when it does not even start again, though another group of its set runs', () => {
    const both = [...groups, ['node1', 'ftp']] as const;
    const node = watching({ '': every10s }, { groups: both });
    node.outcomes.set('start web', failed);
    dies(node, 'web');
    expect(node.says().filter((one) => one.startsWith('ask'))).toEqual(['ask_resources local me']);
  });

  test('is started at once when an operator says so', () => {
    const node = alone({ web: { ...every10s, restarts: 0 } });
    dies(node, 'web');
    node.tell({ kind: 'takeover', hold: 'local' });
    node.pass(0);
    expect(acts(node)).toEqual(['stop web', 'start web']);
  });
});

describe('a foreign group', () => {
  test('that had failed on its owner, too, stays here and is tried again', () => {
    const options = { groups: [['node2', 'db']] as const, monitoring: { '': every10s } };
    const node = new OneNode(options);
    node.joins();
    node.outcomes.set('start db', failed);
    node.hears({ t: 'ask_resources', hold: 'local', info: 'me' });
    node.hears({ t: 'ask_resources', hold: 'local', info: 'done' });
    node.states('none', true);
    node.says();
    node.runs.splice(0);
    node.pass(100_000);
    expect(acts(node).filter((run) => run.startsWith('start'))).toHaveLength(2);
    node.outcomes.clear();
    node.pass(600_000);
    expect(node.run('db')).toBe('running');
    expect(node.says()).not.toContain('ask_resources foreign me');
  });

  test('goes back to its owner when it does not stay up', () => {
    const node = new OneNode({
      groups: [['node2', 'db']],
      monitoring: { '': { ...every10s, restarts: 0 } },
    });
    node.joins();
    node.tell({ kind: 'node-dead', node: node2, everHeard: true });
    node.tell({ kind: 'node-status', node: node2, status: 'init' });
    node.states('none', true);
    node.says();
    dies(node, 'db');
    expect(node.says()).toContain('ask_resources foreign me');
  });
});
