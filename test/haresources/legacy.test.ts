/** auto_failback legacy: groups are asked for one by one. */
import { describe, expect, test } from 'vitest';
import { OneNode, done, failed, groupOfEach, node2 } from './one-node.ts';

const legacy = (): OneNode => new OneNode({ groups: groupOfEach, autoFailback: 'legacy' });

describe('a request for a group', () => {
  test('that came before we were active is answered when we are: a C node asks only once', () => {
    const node = legacy();
    node.hears({ t: 'ip-request', ipaddr: 'mail' });
    expect(node.says()).toEqual([]);
    node.tell({ kind: 'active', alive: [node2] });
    expect(node.says()).toContain('ip-request-resp node2 mail no');
  });

  test('is answered after what an earlier heartbeat had left running was stopped', () => {
    const node = legacy();
    node.running.add('mail');
    node.hears({ t: 'ip-request', ipaddr: 'mail' });
    node.auto = false;
    node.tell({ kind: 'active', alive: [node2] });
    node.ends('status mail', { kind: 'running' });
    expect(node.says().join()).not.toContain('ip-request-resp');
    node.ends('stop mail', done);
    expect(node.says()).toContain('ip-request-resp node2 mail yes');
  });

  test('of one that could not be stopped tries again to stop it, and promises nothing', () => {
    const node = legacy();
    node.tell({ kind: 'active', alive: [] });
    node.outcomes.set('stop mail', { kind: 'not-found' });
    node.outcomes.set('status mail', { kind: 'running' });
    node.hears({ t: 'ip-request', ipaddr: 'mail' });
    expect(node.run('mail')).toBe('stop-failed');
    expect(node.says().join()).not.toContain('ip-request-resp');
    node.outcomes.clear();
    node.hears({ t: 'ip-request', ipaddr: 'mail' });
    expect(node.says()).toContain('ip-request-resp node2 mail yes');
  });

  test('for a group that nobody here knows is answered at once', () => {
    const node = legacy();
    node.tell({ kind: 'active', alive: [node2] });
    node.hears({ t: 'ip-request', ipaddr: 'other' });
    expect(node.says()).toContain('ip-request-resp node2 other no');
  });
});

describe('an operator who wants a failed group tried again', () => {
  test('has the other node asked for it first, which may not have been able to stop it', () => {
    const node = legacy();
    node.outcomes.set('start web', failed);
    node.tell({ kind: 'active', alive: [] });
    node.tell({ kind: 'node-status', node: node2, status: 'up' });
    node.outcomes.clear();
    node.says();
    node.runs.splice(0);
    node.tell({ kind: 'takeover', hold: 'local' });
    expect(node.runs).toEqual([]);
    expect(node.says()).toContain('ip-request web');
    node.hears({ t: 'ip-request-resp', ipaddr: 'web', weown: true, ok: 'OK' });
    expect(node.run('web')).toBe('running');
  });
});
