import { describe, expect, test } from 'vitest';
import {
  createIpfail,
  nextTick,
  stepIpfail,
  triggerOf,
  type IpfailEffect,
  type IpfailState,
  type Seen,
  type Trigger,
} from '../../src/clients/ipfail-state.ts';
import { instant, never, seconds } from '../../src/units.ts';

const fresh = (change: Partial<IpfailState> = {}): IpfailState => ({
  ...createIpfail({ self: 'api1', other: 'api2', autoFailback: false, delay: seconds(2) }),
  ...change,
});
const calm: Seen = { pings: 1, isInTransition: false };
const moving: Seen = { pings: 1, isInTransition: true };
const at = (ms: number): ReturnType<typeof instant> => instant(ms);
const event = (words: string): ReadonlyMap<string, string> =>
  new Map(
    words.split(' ').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split('=');
      return [name, value];
    }),
  );

/** What is sent, as it stands on the wire before the daemon's own fields. */
const told = (effects: readonly IpfailEffect[]): readonly string[] =>
  effects.flatMap((effect) =>
    effect.kind === 'tell'
      ? [
          Object.entries(effect.message)
            .map((pair) => pair.join('='))
            .join(' '),
        ]
      : [],
  );
const logged = (effects: readonly IpfailEffect[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === 'log' ? [effect.line.text] : []));

const theirCount = (count: number): Trigger => ({ kind: 'their-count', count });

describe('an event of the daemon', () => {
  test.each<[string, Trigger['kind'] | undefined]>([
    ['t=hbapi-clstat st=join from_id=ipfail src=api2', 'joined'],
    ['t=hbapi-clstat st=join from_id=ipfail src=api1', undefined],
    ['t=hbapi-clstat st=leave from_id=ipfail src=api2', undefined],
    ['t=NS_st st=ping src=172.16.200.1', 'ping-alive'],
    ['t=status st=active src=api2', undefined],
    ['t=status st=dead src=172.16.200.1', 'node-dead'],
    ['t=ifstat node=172.16.200.1 ifname=172.16.200.1 st=dead', 'link-dead'],
    ['t=ifstat node=api2 ifname=eth0 st=up', undefined],
    ['t=num_ping_nodes src=api2 num_ping=1', 'their-count'],
    ['t=num_ping_nodes src=api2 num_ping=-1', undefined],
    ['t=num_ping_nodes src=api2', undefined],
    ['t=num_ping_nodes src=api3 num_ping=1', undefined],
    ['t=you_are_dead src=api2', 'you-are-dead'],
    ['t=you_are_dead src=api1', undefined],
    ['t=abort_giveup src=api2', 'abort-giveup'],
    ['t=resource rsc_hold=all isstable=1 src=api2', 'other-is-stable'],
    ['t=resource rsc_hold=all isstable=0 src=api2', undefined],
    ['t=resource rsc_hold=all isstable=1 info=standby src=api2', undefined],
    ['t=resource rsc_hold=all isstable=1 src=api1', undefined],
    ['t=shutdone st=dead src=api2', undefined],
  ])('%s', (words, kind) => {
    expect(triggerOf(event(words), fresh())?.kind).toBe(kind);
  });
});

const router = '172.16.200.1';
const ask = 'Asking other side for ping node count.';

describe('a change among ping nodes or links', () => {
  test.each<[Trigger, readonly string[]]>([
    [{ kind: 'joined' }, [ask]],
    [
      { kind: 'ping-alive', node: router },
      [`Status update: Node ${router} now has status ping`, 'A ping node just came up.', ask],
    ],
    [
      { kind: 'link-dead', node: 'api2', link: 'eth0' },
      ['Link Status update: Link api2/eth0 now has status dead', 'We are still alive!', ask],
    ],
  ])('%o sends the count of those that answer', (trigger, words) => {
    const { effects } = stepIpfail(fresh(), trigger, calm, at(0));
    expect(told(effects)).toEqual(['t=num_ping_nodes src=api1 num_ping=1 dest=api2']);
    expect(logged(effects)).toEqual(words);
  });

  test('with none left sends a count of 0', () => {
    const trigger: Trigger = { kind: 'link-dead', node: router, link: router };
    const { effects } = stepIpfail(fresh(), trigger, { ...calm, pings: 0 }, at(0));
    expect(told(effects)).toEqual(['t=num_ping_nodes src=api1 num_ping=0 dest=api2']);
    expect(logged(effects)).toContain('We are dead. :<');
  });

  test.each([
    [1, 'NS: We are still alive!'],
    [0, 'NS: We are dead. :<'],
  ])('a death with %i left is only logged', (pings, words) => {
    const trigger: Trigger = { kind: 'node-dead', node: router };
    const { effects } = stepIpfail(fresh(), trigger, { ...calm, pings }, at(0));
    expect(told(effects)).toEqual([]);
    expect(logged(effects)).toEqual([`Status update: Node ${router} now has status dead`, words]);
  });
});

describe('their count', () => {
  test('that is lower makes us tell them that they are dead', () => {
    const { state, effects } = stepIpfail(fresh(), theirCount(0), calm, at(0));
    expect(told(effects)).toEqual(['t=you_are_dead dest=api2']);
    expect(state.giveUp).toBeUndefined();
  });

  test('that is higher starts the give-up of all', () => {
    const { state, effects } = stepIpfail(fresh(), theirCount(2), calm, at(1000));
    expect(told(effects)).toEqual([]);
    expect(state.giveUp).toEqual({ hold: 'all', at: 3000 });
    expect(nextTick(state)).toBe(3000);
    expect(logged(effects)).toEqual([
      'Giving up because we have less visible ping nodes.',
      'Delayed giveup in 2 seconds.',
    ]);
  });

  const balanced = ['t=abort_giveup src=api1 dest=api2'];
  test.each<[string, Partial<IpfailState>, Seen, 'foreign' | undefined]>([
    ['without auto_failback starts nothing', {}, calm, undefined],
    ['with auto_failback starts to give up foreign', { autoFailback: true }, calm, 'foreign'],
    ['in a transition starts nothing', { autoFailback: true }, moving, undefined],
    [
      'ends what was begun, even with auto_failback',
      { autoFailback: true, giveUp: { hold: 'all', at: at(9) } },
      calm,
      undefined,
    ],
  ])('that is equal %s', (_, before, seen, hold) => {
    const { state, effects } = stepIpfail(fresh(before), theirCount(1), seen, at(0));
    expect(told(effects)).toEqual(balanced);
    expect(state.giveUp?.hold).toBe(hold);
  });
});

describe('giving up', () => {
  test('is begun anew by you_are_dead, and ended by abort_giveup', () => {
    const running = fresh({ giveUp: { hold: 'foreign', at: at(100) } });
    const begun = stepIpfail(running, { kind: 'you-are-dead' }, calm, at(50));
    expect(begun.state.giveUp).toEqual({ hold: 'all', at: 2050 });
    const ended = stepIpfail(begun.state, { kind: 'abort-giveup' }, calm, at(60));
    expect(ended.state.giveUp).toBeUndefined();
    expect(nextTick(ended.state)).toBe(never);
  });

  test.each(['all', 'foreign'] as const)(
    'asks for standby of %s when its time has come',
    (hold) => {
      const begun = fresh({ giveUp: { hold, at: at(2000) } });
      const early = stepIpfail(begun, { kind: 'tick' }, calm, at(1999));
      expect(early).toEqual({ state: begun, effects: [] });
      const { state, effects } = stepIpfail(begun, { kind: 'tick' }, calm, at(2000));
      expect(told(effects)).toEqual([`t=ask_resources rsc_hold=${hold} src=api1 info=me`]);
      expect(state).toMatchObject({ giveUp: undefined, needStandby: false });
    },
  );

  test('waits out a transition: it compares again 10 s after the other node is stable', () => {
    const begun = fresh({ giveUp: { hold: 'all', at: at(2000) } });
    const blocked = stepIpfail(begun, { kind: 'tick' }, moving, at(2000));
    expect(told(blocked.effects)).toEqual([]);
    expect(blocked.state).toMatchObject({ giveUp: undefined, needStandby: true });

    const stable = stepIpfail(blocked.state, { kind: 'other-is-stable' }, calm, at(5000));
    expect(stable.state).toMatchObject({ needStandby: false, compareAt: 15_000 });
    const again = stepIpfail(stable.state, { kind: 'tick' }, calm, at(15_000));
    expect(told(again.effects)).toEqual(['t=num_ping_nodes src=api1 num_ping=1 dest=api2']);
    expect(nextTick(again.state)).toBe(never);
  });

  test('a stable peer means nothing when nothing was waited for', () => {
    const state = fresh();
    expect(stepIpfail(state, { kind: 'other-is-stable' }, calm, at(0))).toEqual({
      state,
      effects: [],
    });
  });
});
