/** The command line of the simulator. */
import { fail, succeed, type Result } from '../src/result.ts';

export interface Options {
  readonly first: number;
  readonly seeds: number;
  readonly story: boolean;
  /** A cluster has no more nodes than that. */
  readonly mostNodes: number;
  /** How many processes share the seeds. */
  readonly jobs: number;
}

export const usage = `npm run sim -- [--seeds N] [--first S] [--nodes N] [--jobs N]
npm run sim -- --seed S [--nodes N] [--story]
  --seeds N    how many clusters to simulate (default 1000)
  --first S    the first seed (default 1)
  --seed S     this one alone
  --story      tell what happens
  --nodes N    no more nodes than that (2 to 7, default 7)
  --jobs N     how many processes share the work (default 2)`;

const defaults: Options = { first: 1, seeds: 1000, story: false, mostNodes: 7, jobs: 2 };

/** The options, or what is wrong with them. */
export function readOptions(words: readonly string[]): Result<Options, string> {
  let options = defaults;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--story') {
      options = { ...options, story: true };
      continue;
    }
    const read = numberOption(word);
    if (read === undefined) return fail(`${word}: no such option`);
    at += 1;
    const value = Number(words[at] ?? '');
    if (!Number.isInteger(value) || value < 1) return fail(`${word} needs a whole number`);
    options = { ...options, ...read(value) };
  }
  return succeed(options);
}

function numberOption(word: string): ((value: number) => Partial<Options>) | undefined {
  switch (word) {
    case '--seeds':
      return (seeds) => ({ seeds });
    case '--first':
      return (first) => ({ first });
    case '--seed':
      return (first) => ({ first, seeds: 1 });
    case '--nodes':
      return (mostNodes) => ({ mostNodes });
    case '--jobs':
      return (jobs) => ({ jobs });
    default:
      return undefined;
  }
}
