import { describe, expect, test } from 'vitest';
import type { ChildEnd, ChildProgram } from '../../src/daemon/child-program.ts';
import {
  type ChildEffect,
  type ChildEvent,
  childPids,
  createChildren,
  nextChildDeadline,
  stepChildren,
} from '../../src/daemon/child-state.ts';
import { instant, never } from '../../src/units.ts';

const ipfail: ChildProgram = { kind: 'respawn', words: '/x/ipfail', uid: 111, gid: 112 };
const exit = (code: number): ChildEnd => ({ kind: 'exited', code });

/** Children in a world of their own: what is launched gets the next pid at once. */
class Nursery {
  readonly launches: number[] = [];
  readonly signals: string[] = [];
  readonly failfast: string[] = [];
  log: string[] = [];
  stopped = 0;
  now = 0;
  #state;
  #lastPid = 100;

  constructor(...programs: readonly ChildProgram[]) {
    this.#state = createChildren(programs);
    this.happen({ kind: 'start' });
  }

  happen(event: ChildEvent): void {
    const step = stepChildren(this.#state, event, instant(this.now));
    this.#state = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  /** The child of that index lives for so many seconds from now, and ends. */
  dies(index: number, end: ChildEnd, afterSeconds = 0): void {
    this.now += afterSeconds * 1000;
    this.happen({ kind: 'ended', index, end });
  }

  /** Time goes on to the next deadline. */
  wait(): void {
    this.now = nextChildDeadline(this.#state);
    this.happen({ kind: 'tick' });
  }

  get deadline(): number {
    return nextChildDeadline(this.#state);
  }

  get pids(): readonly number[] {
    return childPids(this.#state);
  }

  #perform(effect: ChildEffect): void {
    switch (effect.kind) {
      case 'failfast':
        this.failfast.push(effect.words);
        break;
      case 'launch':
        this.launches.push(this.now);
        this.#lastPid += 1;
        this.happen({ kind: 'launched', index: effect.index, pid: this.#lastPid });
        return;
      case 'signal':
        this.signals.push(`${effect.signal} ${String(effect.pid)}`);
        return;
      case 'log':
        this.log.push(`${effect.line.level}: ${effect.line.text}`);
        return;
      case 'stopped':
        this.stopped += 1;
    }
  }
}

describe('a child', () => {
  test('is started in the order of ha.cf, with the words of C', () => {
    const nursery = new Nursery(ipfail, { ...ipfail, words: '/x/dopd -v' });

    expect(nursery.pids).toEqual([101, 102]);
    expect(nursery.log).toEqual([
      'info: Starting child client "/x/ipfail" (111,112)',
      'info: Starting "/x/ipfail" as uid 111  gid 112 (pid 101)',
      'info: Starting child client "/x/dopd -v" (111,112)',
      'info: Starting "/x/dopd -v" as uid 111  gid 112 (pid 102)',
    ]);
  });

  test.each<[ChildEnd, string]>([
    [exit(0), 'info: Managed /x/ipfail process 101 exited with return code 0.'],
    [exit(3), 'WARN: Managed /x/ipfail process 101 exited with return code 3.'],
    [
      { kind: 'killed', by: 'SIGKILL' },
      'WARN: Managed /x/ipfail process 101 killed by signal 9 [SIGKILL - Kill, unblockable].',
    ],
  ])('that ends by %o is started again at once after a long life', (end, line) => {
    const nursery = new Nursery(ipfail);
    nursery.log = [];
    nursery.dies(0, end, 30);

    expect(nursery.launches).toEqual([0, 30_000]);
    expect(nursery.log.slice(0, 3)).toEqual([
      line,
      'ERROR: Respawning client "/x/ipfail":',
      'info: Starting child client "/x/ipfail" (111,112)',
    ]);
  });

  test('that exits with 100 is never started again', () => {
    const nursery = new Nursery(ipfail);
    nursery.dies(0, exit(100), 60);

    expect(nursery.launches).toHaveLength(1);
    expect(nursery.deadline).toBe(never);
    expect(nursery.log.at(-1)).toBe(
      'WARN: Managed /x/ipfail process 101 exited with return code 100.',
    );
  });

  test('waits a second after a short life', () => {
    const nursery = new Nursery(ipfail);
    nursery.dies(0, exit(1), 29);
    expect(nursery.launches).toHaveLength(1);

    nursery.happen({ kind: 'tick' });
    expect(nursery.launches).toHaveLength(1);
    nursery.wait();
    expect(nursery.launches).toEqual([0, 30_000]);
  });

  test('is given up after eleven short lives in a row', () => {
    const nursery = new Nursery(ipfail);
    for (let lives = 1; lives <= 10; lives += 1) {
      nursery.dies(0, exit(1));
      nursery.wait();
    }
    expect(nursery.launches).toHaveLength(11);
    nursery.dies(0, exit(1));

    expect(nursery.log.at(-1)).toBe('ERROR: Client /x/ipfail "respawning too fast"');
    expect(nursery.deadline).toBe(never);
    expect(nursery.launches).toHaveLength(11);
  });

  test('has all its short lives forgiven by a long one', () => {
    const nursery = new Nursery(ipfail);
    for (let lives = 1; lives <= 10; lives += 1) {
      nursery.dies(0, exit(1));
      nursery.wait();
    }
    nursery.dies(0, exit(1), 30);
    expect(nursery.launches).toHaveLength(12);
    nursery.dies(0, exit(1));
    nursery.wait();

    expect(nursery.launches).toHaveLength(13);
  });

  test('that the system refuses to start is not tried again', () => {
    const nursery = new Nursery(ipfail);
    nursery.dies(0, exit(1));
    nursery.happen({ kind: 'not-launched', index: 0, why: 'no memory' });

    expect(nursery.log.at(-1)).toBe('ERROR: Cannot start child client "/x/ipfail": no memory');
    expect(nursery.deadline).toBe(never);
  });

  test.each([exit(1), exit(100), { kind: 'killed', by: 'SIGSEGV' } as const])(
    'of failfast that ends by %o asks for a reboot, and goes on until that comes',
    (end) => {
      const nursery = new Nursery({ ...ipfail, kind: 'failfast' });
      nursery.dies(0, end, 60);

      expect(nursery.failfast).toEqual(['/x/ipfail']);
    },
  );

  test('of failfast that exits with 0 is started again as any other', () => {
    const nursery = new Nursery({ ...ipfail, kind: 'failfast' });
    nursery.dies(0, exit(0), 60);

    expect(nursery.launches).toHaveLength(2);
    expect(nursery.failfast).toEqual([]);
  });
});

describe('the stop of the children', () => {
  test('ends one after the other, the last started first, and starts none again', () => {
    const nursery = new Nursery(ipfail, ipfail, ipfail);
    nursery.happen({ kind: 'stop' });
    expect(nursery.signals).toEqual(['SIGTERM 103']);
    nursery.dies(2, { kind: 'killed', by: 'SIGTERM' });
    expect(nursery.signals).toEqual(['SIGTERM 103', 'SIGTERM 102']);
    nursery.dies(1, exit(0));
    expect(nursery.stopped).toBe(0);
    nursery.dies(0, exit(1));

    expect(nursery.signals).toEqual(['SIGTERM 103', 'SIGTERM 102', 'SIGTERM 101']);
    expect(nursery.stopped).toBe(1);
    expect(nursery.launches).toHaveLength(3);
    expect(nursery.log).toContain('info: killing /x/ipfail process group 103 with signal 15');
    expect(nursery.log.filter((line) => line.startsWith('WARN'))).toEqual([]);
  });

  test('does not wait for children that wait to be started again, nor for those given up', () => {
    const nursery = new Nursery(ipfail, ipfail);
    nursery.dies(0, exit(1));
    nursery.dies(1, exit(100));
    nursery.happen({ kind: 'stop' });

    expect(nursery.stopped).toBe(1);
    expect(nursery.signals).toEqual([]);
    expect(nursery.deadline).toBe(never);
  });

  test('kills a child that ignores SIGTERM for 30 seconds, and goes on without one that cannot be killed', () => {
    const nursery = new Nursery(ipfail, ipfail);
    nursery.happen({ kind: 'stop' });
    nursery.wait();
    expect(nursery.now).toBe(30_000);
    expect(nursery.signals).toEqual(['SIGTERM 102', 'SIGKILL 102']);
    nursery.wait();
    expect(nursery.now).toBe(35_000);
    expect(nursery.signals.at(-1)).toBe('SIGTERM 101');
    nursery.dies(0, exit(0));

    expect(nursery.stopped).toBe(1);
  });

  test('takes along a child whose start was on its way', () => {
    let state = createChildren([ipfail]);
    for (const event of [
      { kind: 'start' },
      { kind: 'stop' },
      { kind: 'launched', index: 0, pid: 7 },
    ] as const) {
      state = stepChildren(state, event, instant(0)).state;
    }
    const last = stepChildren(state, { kind: 'ended', index: 0, end: exit(0) }, instant(5));

    expect(childPids(state)).toEqual([7]);
    expect(last.effects).toContainEqual({ kind: 'stopped' });
  });

  test('asked for twice is one', () => {
    const nursery = new Nursery(ipfail);
    nursery.happen({ kind: 'stop' });
    nursery.happen({ kind: 'stop' });

    expect(nursery.signals).toEqual(['SIGTERM 101']);
  });
});
