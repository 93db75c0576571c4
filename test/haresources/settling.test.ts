/** Beside a node that keeps what it claims: a C node that declared us dead just as the cable was plugged in again. */
import { describe, expect, test } from 'vitest';
import type { ResourceGroup } from '../../src/config/settings.ts';
import { createResources, type Resources } from '../../src/haresources/state.ts';
import { ownersOf } from '../../src/haresources/hold.ts';
import { holding, nextResourceDeadline, stepResources } from '../../src/haresources/step.ts';
import type { Job, Outcome, ResourceEvent } from '../../src/haresources/types.ts';
import { valueOf, type Body, type Hold } from '../../src/message/messages.ts';
import { instant, millis, nodeName } from '../../src/units.ts';

const other = nodeName('node1');
const self = nodeName('node2');
const at = { file: 'haresources', line: 1, column: 1 };

function group(owner: typeof self, agent: string): ResourceGroup {
  return { owner, key: agent, resources: [{ text: agent, agent, args: [], at }], at };
}

/** The engine of node2, whose scripts end at once; node1 is what the test says. */
class Engine {
  readonly running: Set<string> = new Set<string>();
  /** `isstable` of its last statement. */
  stable: string | undefined;
  readonly sent: string[] = [];
  /** What the neighbours are told that others have. */
  readonly introduced: string[] = [];
  #state: Resources = createResources({
    self,
    nodes: [other, self],
    groups: [group(other, 'web'), group(self, 'mail')],
    autoFailback: 'off',
    splitBrain: { onHeal: 'yield', wait: millis(3500) },
  });
  #now = 1_000;
  #seq = 0;

  get holding(): Hold | 'transition' {
    return holding(this.#state);
  }

  tell(event: ResourceEvent): void {
    const { state, effects } = stepResources(this.#state, event, instant(this.#now));
    this.#state = state;
    for (const effect of effects) {
      if (effect.kind === 'run')
        this.tell({ kind: 'ran', job: effect.job.id, outcome: this.#run(effect.job) });
      if (effect.kind === 'introduce') this.introduced.push(effect.resource.text);
      if (effect.kind === 'send') {
        this.stable = valueOf(effect.draft, 'isstable') ?? this.stable;
        const words = ['t', 'rsc_hold', 'isstable', 'info'];
        this.sent.push(words.flatMap((name) => valueOf(effect.draft, name) ?? []).join(' '));
      }
    }
  }

  /** A full statement of node1, as a node of ours makes it. */
  says(hold: Hold, isstable: boolean): void {
    const owners = ownersOf([other, self], other, hold);
    this.hears({ t: 'resource', hold, full: true, isstable, owners });
  }

  /** A full statement of node1, as a C node makes it. */
  saysAsC(hold: Hold, isstable: boolean): void {
    this.hears({ t: 'resource', hold, full: true, isstable });
  }

  hears(body: Body): void {
    this.#seq += 1;
    const header = { src: other, seq: this.#seq, hg: 1, ts: 1 };
    this.tell({ kind: 'message', age: millis(0), message: { header, body, fields: [] } });
  }

  /** Lets time pass. */
  pass(length: number): void {
    const end = this.#now + length;
    for (;;) {
      const due: number = nextResourceDeadline(this.#state);
      if (due > end) break;
      this.#now = Math.max(this.#now, due);
      this.tell({ kind: 'tick' });
    }
    this.#now = end;
  }

  #run({ action, resource }: Job): Outcome {
    if (action === 'probe') return { kind: 'stopped' };
    if (action === 'status')
      return { kind: this.running.has(resource.text) ? 'running' : 'stopped' };
    if (action === 'start') this.running.add(resource.text);
    else this.running.delete(resource.text);
    return { kind: 'done' };
  }
}

/** Both took over from each other, and now they hear each other again. */
function healed(): Engine {
  const engine = apart('ours');
  engine.tell({ kind: 'node-returned', node: other, renewed: false });
  return engine;
}

/** Both have taken over from each other. */
function apart(kind: 'ours' | 'c'): Engine {
  const engine = together(kind);
  engine.tell({ kind: 'node-dead', node: other, everHeard: true });
  engine.pass(5_000);
  expect([...engine.running].sort()).toEqual(['mail', 'web']);
  engine.sent.length = 0;
  return engine;
}

/** Each holds its own. */
function together(kind: 'ours' | 'c'): Engine {
  const engine = new Engine();
  engine.tell({ kind: 'active', alive: [other] });
  if (kind === 'c') engine.saysAsC('local', true);
  else engine.says('local', true);
  engine.pass(5_000);
  return engine;
}

describe('after a partition from a node of ours, this node', () => {
  test('keeps its own groups when the other gives them back', () => {
    const engine = healed();
    engine.says('all', false);
    engine.pass(1_000);
    engine.says('local', true);
    engine.pass(10_000);

    expect([...engine.running]).toEqual(['mail']);
    expect(engine.holding).toBe('local');
  });

  test('gives up even its own groups to a node that calls it stable to hold them all', () => {
    const engine = healed();
    engine.says('all', true);
    engine.pass(1_000);
    expect([...engine.running]).toEqual(['mail']);
    engine.pass(10_000);

    expect([...engine.running]).toEqual([]);
    expect(engine.holding).toBe('none');
  });

  test('waits while the other is not stable, as a C node that is about to restart', () => {
    const engine = healed();
    engine.says('all', false);
    engine.pass(60_000);

    expect([...engine.running]).toEqual(['mail']);
    // A C node does not restart before it hears that we are stable.
    expect(engine.stable).toBe('1');
  });
});

describe('after a partition from a C node, this node', () => {
  test('gives back at once what it had taken over, and asks before it gives more', () => {
    const engine = apart('c');
    engine.tell({ kind: 'node-returned', node: other, renewed: false });

    expect([...engine.running]).toEqual(['mail']);
    expect(engine.sent).toEqual(['starting']);
    engine.saysAsC('local', true);
    expect([...engine.running]).toEqual(['mail']);
    expect(engine.sent).toEqual(['starting', 'resource local 1']);
    expect(engine.holding).toBe('local');
  });

  test('leaves to it everything that it claims, and claims nothing meanwhile', () => {
    const engine = apart('c');
    engine.tell({ kind: 'node-returned', node: other, renewed: false });
    engine.saysAsC('all', true);

    expect([...engine.running]).toEqual([]);
    expect(engine.sent).toEqual(['starting', 'resource none 1']);
    expect(engine.holding).toBe('none');
    expect(engine.introduced).toEqual(['web', 'mail']);
  });

  test('keeps its own when the other is about to restart itself', () => {
    const engine = apart('c');
    engine.tell({ kind: 'node-returned', node: other, renewed: false });
    engine.hears({ t: 'stonith', node: self, result: 'unneeded' });
    engine.saysAsC('all', true);
    engine.pass(2_000);
    expect([...engine.running]).toEqual(['mail']);
    // It does not restart before it hears that we are stable.
    expect(engine.stable).toBe('1');

    engine.hears({ t: 'resource', hold: 'none', full: true, isstable: false, info: 'shutdown' });
    engine.hears({ t: 'shutdone' });
    engine.pass(1_000);
    expect([...engine.running].sort()).toEqual(['mail', 'web']);
  });

  test('which was not dead here but may have declared us dead, asks it, and follows its answer', () => {
    const engine = together('c');
    engine.sent.length = 0;
    engine.tell({ kind: 'node-doubts', node: other });
    expect(engine.sent).toEqual(['starting']);
    engine.saysAsC('all', true);

    expect([...engine.running]).toEqual([]);
    expect(engine.holding).toBe('none');
  });

  test('leaves everything at once to one that has declared it dead, and need not hear it', () => {
    const engine = together('c');
    engine.sent.length = 0;
    engine.hears({ t: 'stonith', node: self, result: 'n_stnth' });
    expect([...engine.running]).toEqual(['mail']);
    engine.saysAsC('all', true);

    expect([...engine.running]).toEqual([]);
    expect(engine.sent).toEqual(['resource none 1']);
  });

  test('that is frozen says nothing until it has let go of everything', () => {
    const engine = together('c');
    engine.sent.length = 0;
    engine.tell({ kind: 'frozen' });
    engine.pass(600);

    expect([...engine.running]).toEqual([]);
    expect(engine.sent).toEqual(['resource none 0', 'starting']);
    expect(engine.introduced).toEqual(['mail']);
  });

  test('asks before it believes a claim that came out of the blue', () => {
    const engine = together('c');
    engine.sent.length = 0;
    engine.saysAsC('all', true);
    expect([...engine.running]).toEqual(['mail']);
    expect(engine.sent).toEqual(['starting']);
    engine.saysAsC('all', true);

    expect([...engine.running]).toEqual([]);
  });
});
