/** The command line of the simulator. */
import { isMutant, mutants, type Mutant } from './mutants.ts';
import { fail, succeed, type Result } from '../src/result.ts';

export interface Options {
  readonly first: number;
  readonly seeds: number;
  readonly story: boolean;
  /** A cluster has no more nodes than that. */
  readonly mostNodes: number;
  /** A bug put in on purpose. */
  readonly mutant: Mutant | undefined;
  /** How many processes share the seeds. */
  readonly jobs: number;
}

export const usage: string = `npm run sim -- [--seeds N] [--first S] [--nodes N] [--mutant M] [--jobs N]
npm run sim -- --seed S [--nodes N] [--mutant M] [--story]
  --seeds N    how many clusters to simulate (default 1000)
  --first S    the first seed (default 1)
  --seed S     this one alone
  --story      tell what happens
  --nodes N    no more nodes than that (2 to 7, default 7)
  --mutant M   with this bug put in on purpose: ${mutants.join(', ')}
  --jobs N     how many processes share the work (default 2)`;

const defaults: Options = {
  first: 1,
  seeds: 1000,
  story: false,
  mostNodes: 7,
  mutant: undefined,
  jobs: 2,
};

/** The options, or what is wrong with them. */
export function readOptions(words: readonly string[]): Result<Options, string> {
  let options = defaults;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--story') {
      options = { ...options, story: true };
      continue;
    }
    at += 1;
    const read = readOption(word, words[at] ?? '');
    if (!read.ok) return read;
    options = { ...options, ...read.value };
  }
  return succeed(options);
}

function readOption(word: string, value: string): Result<Partial<Options>, string> {
  if (word === '--mutant')
    return isMutant(value) ? succeed({ mutant: value }) : fail(`${value}: no such mutant`);
  const read = numberOption(word);
  if (read === undefined) return fail(`${word}: no such option`);
  const number = Number(value);
  return Number.isInteger(number) && number > 0
    ? succeed(read(number))
    : fail(`${word} needs a whole number`);
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
