/** The lab's stories, as a user plays them: `npm run lab -- SCENARIO --demo`. */
import { expect, test } from 'vitest';
import { describeOutcome, runCommand } from '../../lab/command.ts';
import { labProgram } from '../../lab/project.ts';

/** The lines of a story that has to hold; on a busy machine the small machine of the NFS lab takes minutes. */
async function story(...words: readonly string[]): Promise<readonly string[]> {
  const command = [labProgram, ...words, '--demo'];
  const outcome = await runCommand(process.execPath, command, { timeout: 900_000 });
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

test('nfs: the page is served from the export after standby and crash, and a dead server does not hold up a stop', async () => {
  const lines = await story('nfs');

  expect(lines.find((line) => line.includes('NFS server dies'))).toMatch(/ok .*let go of mount/);
  expect(lines.at(-1)).toBe('The story held.');
}, 900_000);
