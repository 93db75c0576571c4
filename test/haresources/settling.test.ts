/** Beside a node that keeps what it claims: a C node that declared us dead just as the cable was plugged in again. */
import { describe, expect, test } from 'vitest';
import type { ResourceGroup } from '../../src/config/settings.ts';
import { createResources, type Resources } from '../../src/haresources/state.ts';
import { holding, nextResourceDeadline, stepResources } from '../../src/haresources/step.ts';
import type { Job, Outcome, ResourceEvent } from '../../src/haresources/types.ts';
import { valueOf, type Hold } from '../../src/message/messages.ts';
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
  #state: Resources = createResources({
    self,
    nodes: [other, self],
    groups: [group(other, 'web'), group(self, 'mail')],
    autoFailback: 'off',
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
      if (effect.kind === 'send') this.stable = valueOf(effect.draft, 'isstable') ?? this.stable;
    }
  }

  /** A full statement of node1. */
  says(hold: Hold, isstable: boolean): void {
    this.#seq += 1;
    const header = { src: other, seq: this.#seq, hg: 1, ts: 1 };
    const body = { t: 'resource', hold, full: true, isstable } as const;
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
  const engine = new Engine();
  engine.tell({ kind: 'active', alive: [other] });
  engine.says('local', true);
  engine.pass(5_000);
  engine.tell({ kind: 'node-dead', node: other, everHeard: true });
  engine.pass(5_000);
  expect([...engine.running].sort()).toEqual(['mail', 'web']);
  engine.tell({ kind: 'node-returned', node: other });
  return engine;
}

describe('after a partition, this node', () => {
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
