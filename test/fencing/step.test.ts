import { describe, expect, test } from 'vitest';
import { fencingWords } from '../../src/fencing/reports.ts';
import { createFencing, type Fencing } from '../../src/fencing/state.ts';
import { nextFencingDeadline, stepFencing } from '../../src/fencing/step.ts';
import type { FencingEffect, FencingEvent } from '../../src/fencing/types.ts';
import { fencingText } from '../../src/fencing/views.ts';
import { instant, millis, nodeName, seconds } from '../../src/units.ts';

const node1 = nodeName('node1');
const node2 = nodeName('node2');

class Machine {
  now = 0;
  state: Fencing;

  constructor(delay = 0) {
    const others = [node1, node2];
    this.state = createFencing({ hasDevice: true, others, delay: millis(delay) });
  }

  tell(event: FencingEvent): readonly FencingEffect[] {
    const { effects, state } = stepFencing(this.state, event, instant(this.now));
    this.state = state;
    return effects;
  }

  want(idle = false): readonly FencingEffect[] {
    return this.tell({ kind: 'wanted', node: node2, idle });
  }

  /** Waits until it wants a tick; what it does then. */
  next(): readonly FencingEffect[] {
    this.now = nextFencingDeadline(this.state);
    return this.tell({ kind: 'tick' });
  }
}

const kinds = (effects: readonly FencingEffect[]): readonly string[] =>
  effects.map(({ kind }) => kind);
const words = (effects: readonly FencingEffect[]): readonly string[] =>
  effects.flatMap((effect) =>
    effect.kind === 'report' ? fencingWords(effect.report).map(({ text }) => text) : [],
  );

describe('a node that is wanted down', () => {
  test('is reset once, however often that is asked', () => {
    const machine = new Machine();

    expect(machine.want()).toEqual([{ kind: 'fence', attempt: 1, node: node2 }]);
    expect(machine.want()).toEqual([]);
  });

  test('is cleared by the success of the attempt that is under way, and of no other', () => {
    const machine = new Machine();
    machine.want();
    machine.tell({ kind: 'heard', node: node2, sameLife: true });
    machine.want();

    expect(machine.tell({ kind: 'ended', attempt: 1, outcome: { kind: 'ok' } })).toEqual([]);
    expect(kinds(machine.tell({ kind: 'ended', attempt: 2, outcome: { kind: 'ok' } }))).toEqual([
      ...['report', 'tell', 'cleared'],
    ]);
    expect(nextFencingDeadline(machine.state)).toBe(Infinity);
  });

  test('a success that comes after it was heard is not believed', () => {
    const machine = new Machine();
    machine.want();

    expect(kinds(machine.tell({ kind: 'heard', node: node2, sameLife: true }))).toEqual([
      ...['cancel-fence', 'report'],
    ]);
    expect(machine.tell({ kind: 'ended', attempt: 1, outcome: { kind: 'ok' } })).toEqual([]);
  });

  test('failures are counted, and the time since its death', () => {
    const machine = new Machine();
    machine.want();
    for (const attempt of [1, 2, 3]) {
      machine.now += 1000;
      machine.tell({ kind: 'ended', attempt, outcome: { kind: 'failed', why: 'x' } });
      machine.next();
    }
    machine.now += 1000;
    const told = machine.tell({ kind: 'ended', attempt: 4, outcome: { kind: 'failed', why: 'x' } });

    expect(words(told).at(-1)).toMatch(/^STONITH of node2: attempt 4 failed \(x\)\. .* 19 s/);
    expect(fencingText(machine.state, instant(machine.now))).toBe(
      'node2 is not reset after 4 attempts, wanted for 19 s, next in 5 s',
    );
  });

  test('by a node that runs nothing waits for the delay', () => {
    const machine = new Machine(3000);

    expect(words(machine.want(true))).toEqual([
      'nothing runs here: STONITH of node2 waits for 3 s',
    ]);
    expect(kinds(machine.next())).toEqual(['fence']);
    expect(machine.now).toBe(3000);
  });

  test('a stop gives all of them up', () => {
    const machine = new Machine();
    machine.want();
    machine.tell({ kind: 'active' });

    expect(machine.tell({ kind: 'stop' })).toEqual([{ kind: 'cancel-fence', node: node2 }]);
    expect(nextFencingDeadline(machine.state)).toBe(Infinity);
  });
});

describe('the look at the device', () => {
  test('comes when the node is active, and an hour after each', () => {
    const machine = new Machine();
    const check = { device: 'PDU', fault: undefined, hosts: undefined };

    expect(machine.tell({ kind: 'active' })).toEqual([{ kind: 'check-device' }]);
    expect(machine.tell({ kind: 'checked', check })).toEqual([]);
    expect(machine.next()).toEqual([{ kind: 'check-device' }]);
    expect(machine.now).toBe(seconds(3600));
  });

  test('tells of nodes that it does not control, once; and in the words of C of its failures', () => {
    const machine = new Machine();
    const check = { device: 'PDU', fault: 'exit code 5', hosts: ['node1'] };
    const first = words(machine.tell({ kind: 'checked', check }));
    const second = words(machine.tell({ kind: 'checked', check }));

    expect(first).toContain('STONITH device PDU not operational!');
    expect(first.at(-1)).toMatch(/^STONITH device PDU does not control node2/);
    expect(second).toEqual(first.slice(0, -1));
  });

  test('there is none without a device', () => {
    const fencing = createFencing({ hasDevice: false, others: [node2], delay: millis(0) });

    expect(stepFencing(fencing, { kind: 'active' }, instant(0)).effects).toEqual([]);
    expect(fencingText(fencing, instant(0))).toBe('no device');
  });
});
