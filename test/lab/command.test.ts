import { describe, expect, test } from 'vitest';
import { describeOutcome, LabError, mustRun, runCommand } from '../../lab/command.ts';

describe('a command', () => {
  test('gives its output, its errors and its exit status', async () => {
    expect(await runCommand('sh', ['-c', 'cat; echo no >&2; exit 3'], { input: 'yes' })).toEqual({
      kind: 'exited',
      code: 3,
      output: 'yes',
      errors: 'no\n',
    });
  });

  test('is killed with everything it started when its time is over', async () => {
    const outcome = await runCommand('sh', ['-c', 'echo first; sleep 60 | cat'], { timeout: 200 });
    expect(outcome).toMatchObject({ kind: 'timed-out', output: 'first\n' });
  });

  test('is over when it exits, even if something it left behind holds its output', async () => {
    const start = performance.now();
    const outcome = await runCommand('sh', ['-c', 'sleep 3 & echo done']);
    expect(outcome).toMatchObject({ kind: 'exited', output: 'done\n' });
    expect(performance.now() - start).toBeLessThan(2500);
  });

  test('that does not exist is told as such', async () => {
    expect(await runCommand('/nowhere/at-all', [])).toMatchObject({ kind: 'not-started' });
  });

  test('that must succeed rejects with what it said', async () => {
    const failing = mustRun('sh', ['-c', 'echo broken >&2; exit 1']);
    await expect(failing).rejects.toThrow(LabError);
    await expect(failing).rejects.toThrow('exit status 1: broken');
  });

  test('cannot flood the lab', async () => {
    const outcome = await runCommand('head', ['-c', '3000000', '/dev/zero']);
    expect(outcome.kind === 'exited' && outcome.output.length).toBe(1_048_576);
  });

  test('that was killed says by what', () => {
    const outcome = { kind: 'killed', signal: 'SIGSEGV', output: '', errors: '' } as const;
    expect(describeOutcome(outcome)).toBe('killed by SIGSEGV');
  });
});
