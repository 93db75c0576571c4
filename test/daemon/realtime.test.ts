import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Realtime } from '../../src/daemon/realtime.ts';
import { setRealtimePriority } from '../../src/native/scheduling.ts';
import { fail, type Result, succeed } from '../../src/result.ts';

/** What was set, what was said, and a clock that the test turns. */
function world(answer: Result<undefined, string> = succeed(undefined)): {
  realtime: Realtime;
  set: (number | undefined)[];
  lines: string[];
  look: (busyMillis: number) => void;
} {
  const set: (number | undefined)[] = [];
  const lines: string[] = [];
  let busy = 0;
  let then: (() => void) | undefined;
  const realtime = new Realtime({
    setPriority: (priority) => {
      set.push(priority);
      return answer;
    },
    busyTime: () => busy,
    every: (_, callback) => {
      then = callback;
      return () => {
        then = undefined;
      };
    },
    log: ({ level, text }) => lines.push(`${level}: ${text}`),
  });
  const look = (busyMillis: number): void => {
    busy += busyMillis;
    then?.();
  };
  return { realtime, set, lines, look };
}

describe('realtime', () => {
  test('is asked for once, and again only when ha.cf says something else', () => {
    const { realtime, set } = world();
    for (const priority of [1, 1, 5, undefined, undefined]) realtime.use(priority);

    expect(set).toEqual([1, 5, undefined]);
  });

  test('off is told, and nothing is touched', () => {
    const { realtime, set, lines } = world();
    realtime.use(undefined);

    expect(set).toEqual([]);
    expect(lines).toEqual([`info: Request to set pid ${String(process.pid)} to realtime ignored.`]);
  });

  test('is given up with one warning where the system refuses it', () => {
    const { realtime, lines, look } = world(fail('Operation not permitted'));
    realtime.use(1);
    look(5_000);

    expect(lines).toEqual([
      'WARN: Unable to set scheduler parameters.: Operation not permitted: running as any process',
    ]);
  });

  test('is left while the loop does not rest, lest it starves the machine', () => {
    const { realtime, set, look } = world();
    realtime.use(3);
    for (const busy of [1_000, 4_900, 5_000, 3_000, 100, 100]) look(busy);

    expect(set).toEqual([3, undefined, 3]);
  });
});

describe('the scheduling class', () => {
  test('is that of the loop alone: what it starts has the ordinary one', async () => {
    const set = setRealtimePriority(1);
    try {
      // A container without the right refuses; then nothing has changed.
      const ours = (await promisify(execFile)('chrt', ['-p', String(process.pid)])).stdout;
      expect(ours.includes('SCHED_RR')).toBe(set.ok);
      const { stdout } = await promisify(execFile)('sh', ['-c', 'chrt -p $$']);
      expect(stdout).toContain('SCHED_OTHER');
    } finally {
      setRealtimePriority(undefined);
    }
  });
});
