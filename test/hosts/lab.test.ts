/** The lab's stories, as a user plays them: `npm run lab -- SCENARIO --demo`. */
import { expect, test } from 'vitest';
import { describeOutcome, runCommand } from '../../lab/command.ts';
import { labProgram } from '../../lab/project.ts';

/** The lines of a story that has to hold. The NFS story takes minutes in a small machine: it is played by hand, its agent is tested in nfs.test.ts. */
async function story(...words: readonly string[]): Promise<readonly string[]> {
  const command = [labProgram, ...words, '--demo'];
  const outcome = await runCommand(process.execPath, command, { timeout: 150_000 });
  if (outcome.kind !== 'exited' || outcome.code !== 0) {
    throw new Error(`${describeOutcome(outcome)}\n${'output' in outcome ? outcome.output : ''}`);
  }
  return outcome.output.trimEnd().split('\n');
}

test('mysql: after a standby and a crash every acknowledged row is there', async () => {
  const lines = await story('mysql', '--deadtime', '2');

  expect(lines.filter((line) => line.includes('acknowledged rows are there'))).toHaveLength(4);
  expect(lines.at(-1)).toBe('The story held.');
});
