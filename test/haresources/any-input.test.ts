/** Whatever the other node says, in whatever order: no step throws, time goes on, and no state lasts for ever. */
import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { Body, Hold } from '../../src/message/messages.ts';
import type { AutoFailback } from '../../src/config/settings.ts';
import type { ResourceEvent } from '../../src/haresources/types.ts';
import { seconds } from '../../src/units.ts';
import { OneNode, failed, groupOfEach, node2 } from './one-node.ts';

const hold = fc.constantFrom<Hold>('none', 'local', 'foreign', 'all');
const key = fc.constantFrom('web', 'mail', 'unknown');

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record({
    t: fc.constant('resource' as const),
    hold,
    full: fc.boolean(),
    isstable: fc.boolean(),
    info: fc.constantFrom('standby', 'shutdown', 'mach_down', 'yield', 'other'),
  }),
  fc.record({ t: fc.constant('resource' as const), hold, full: fc.boolean() }),
  fc.record({
    t: fc.constant('ask_resources' as const),
    hold,
    info: fc.constantFrom('me', 'other', 'done', 'unknown'),
  }),
  fc.record({
    t: fc.constant('hb_takeover' as const),
    hold: fc.oneof(hold, fc.constant('failback' as const)),
  }),
  fc.constant<Body>({ t: 'starting' }),
  fc.constant<Body>({ t: 'shutdone' }),
  fc.record({ t: fc.constant('ip-request' as const), ipaddr: key }),
  fc.record({
    t: fc.constant('ip-request-resp' as const),
    ipaddr: key,
    weown: fc.boolean(),
    ok: fc.constantFrom('OK', 'no'),
  }),
);

const event = fc.constantFrom<ResourceEvent>(
  { kind: 'node-dead', node: node2, everHeard: true },
  { kind: 'node-restarted', node: node2 },
  { kind: 'node-late', node: node2 },
  { kind: 'node-returned', node: node2, renewed: false },
  { kind: 'node-returned', node: node2, renewed: true },
  { kind: 'node-renewed', node: node2 },
  { kind: 'node-doubts', node: node2 },
  { kind: 'node-status', node: node2, status: 'init' },
  { kind: 'node-status', node: node2, status: 'active' },
  { kind: 'frozen' },
  { kind: 'standby', hold: 'all' },
  { kind: 'standby', hold: 'none' },
  { kind: 'takeover', hold: 'failback' },
  { kind: 'takeover', hold: 'none' },
  { kind: 'ran', job: 999_999, outcome: { kind: 'done' } },
);

type Step = (node: OneNode) => void;

const stopFails: Step = (node) => {
  node.outcomes.set('stop web', failed);
};
const startFails: Step = (node) => {
  node.outcomes.set('start mail', failed);
};
const scriptsWork: Step = (node) => {
  node.outcomes.clear();
};

const number = fc.option(fc.constantFrom(1, 5, 1_000_000, Number.MAX_SAFE_INTEGER), {
  nil: undefined,
});
const sender = fc.constantFrom('node2', 'node1', 'stranger');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(body, sender, number).map(([said, from, seq]): Step => (node) => {
      node.hears(said, from, seq);
    }),
  },
  {
    weight: 3,
    arbitrary: fc.nat(20_000).map((wait): Step => (node) => {
      node.pass(wait);
    }),
  },
  {
    weight: 3,
    arbitrary: event.map((one): Step => (node) => {
      node.tell(one);
    }),
  },
  fc.constantFrom(stopFails, startFails, scriptsWork),
);

const webDies: Step = (node) => {
  node.running.delete('web');
};
const mailHangs: Step = (node) => {
  node.outcomes.set('status mail', { kind: 'timed-out', limit: seconds(1) });
};
const ill = fc.oneof({ weight: 3, arbitrary: step }, fc.constantFrom(webDies, mailHangs));

/** node1, whose peer is alive, when all of `steps` have happened. */
function after(steps: readonly Step[], autoFailback: AutoFailback): OneNode {
  const node = new OneNode({ groups: groupOfEach, autoFailback });
  node.tell({ kind: 'active', alive: [node2] });
  for (const one of steps) one(node);
  return node;
}

describe.each(['on', 'off', 'legacy'] as const)('auto_failback %s', (autoFailback) => {
  test('whatever is said, the survivor of a death ends up with everything', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const node = after(steps, autoFailback);
        expect(node.sent.length).toBeLessThan(1000);
        node.outcomes.clear();
        node.tell({ kind: 'node-dead', node: node2, everHeard: true });
        node.pass(60_000);
        // What could not be started or stopped waits for an operator.
        node.tell({ kind: 'takeover', hold: 'all' });
        node.pass(60_000);
        expect(node.holding).toBe('all');
        expect([...node.running].sort()).toEqual(['mail', 'web']);
      }),
      { numRuns: 300 },
    );
  });

  test('whatever is said, an address that falls silent is taken by the survivor', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), fc.boolean(), (steps, answers) => {
        const vips = ['IPaddr::10.0.0.1', 'IPaddr::10.0.0.2'] as const;
        const groups = [
          ['node1', vips[0], 'web'],
          ['node2', vips[1], 'mail'],
        ] as const;
        const node = new OneNode({ groups, autoFailback, addressProbe: true });
        const answer = { kind: answers ? 'running' : 'stopped' } as const;
        for (const vip of vips) node.outcomes.set(`probe ${vip}`, answer);
        node.tell({ kind: 'active', alive: [node2] });
        for (const one of steps) one(node);
        node.tell({ kind: 'node-dead', node: node2, everHeard: true });
        node.pass(10_000);
        node.outcomes.clear();
        // What could not be stopped waits for an operator, what did not start for the next try.
        node.pass(700_000);
        const stuck = vips.some((vip) => node.run(vip) === 'stop-failed');
        if (!stuck) expect([...node.running].sort()).toEqual([...vips, 'mail', 'web'].sort());
      }),
      { numRuns: 200 },
    );
  });

  test('whatever is said, and whatever dies, what is watched runs in the end', () => {
    const monitoring = { '': { interval: seconds(1), restarts: 1 } };
    const failback = { hold: seconds(5), limit: 3, within: seconds(60) };
    fc.assert(
      fc.property(fc.array(ill, { maxLength: 50 }), (steps) => {
        const node = new OneNode({ groups: groupOfEach, autoFailback, monitoring, failback });
        node.tell({ kind: 'active', alive: [node2] });
        for (const one of steps) one(node);
        expect(node.sent.length).toBeLessThan(1000);
        node.outcomes.clear();
        node.tell({ kind: 'node-dead', node: node2, everHeard: true });
        node.pass(60_000);
        node.tell({ kind: 'takeover', hold: 'all' });
        node.pass(60_000);
        expect(node.holding).toBe('all');
        expect([...node.running].sort()).toEqual(['mail', 'web']);
      }),
      { numRuns: 80 },
    );
  });

  test('whatever is said, a stop ends with nothing running', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const node = after(steps, autoFailback);
        node.outcomes.clear();
        node.tell({ kind: 'stop' });
        node.pass(60_000);
        expect([...node.running]).toEqual([]);
        expect(node.says().at(-1)).toBe('shutdone');
      }),
      { numRuns: 300 },
    );
  });
});
