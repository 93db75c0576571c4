/** `npm run sim`: many seeds over a few processes, or the story of one. */
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readOptions, usage, type Options } from './options.ts';
import { introduction, befell, happened, wordsOf } from './story.ts';
import { drawScenario } from './scenario.ts';
import { simulate, type Reader } from './simulation.ts';
import { add, nothing, summary, tallyOf, type Tally } from './tally.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
/** A worker gets its next seeds when it is through with these. */
const batch = 25;

const again =
  ({ mostNodes, mutant }: Options) =>
  (seed: number): string => {
    const smaller = mostNodes < 7 ? ` --nodes ${String(mostNodes)}` : '';
    const bug = mutant === undefined ? '' : ` --mutant ${mutant}`;
    return `npm run sim -- --seed ${String(seed)}${smaller}${bug} --story`;
  };

function tell({ first, mostNodes, mutant }: Options): Tally {
  const scenario = drawScenario(first, mostNodes);
  say(introduction(scenario));
  const reader: Reader = {
    hear: (happening, now) => {
      const words = wordsOf(happening);
      if (words !== undefined) say(happened(now, words));
    },
    tell: (what, now) => {
      say(befell(now, what));
    },
  };
  return tallyOf(simulate(scenario, { reader, mutant }));
}

function simulateAll({ first, seeds, mostNodes, mutant }: Options): Tally {
  let tally = nothing;
  for (let seed = first; seed < first + seeds; seed += 1)
    tally = add(tally, tallyOf(simulate(drawScenario(seed, mostNodes), { mutant })));
  return tally;
}

/** Hands out seeds to worker processes until none are left. */
async function share(options: Options): Promise<Tally> {
  const { first, seeds, jobs } = options;
  let tally = nothing;
  let next = first;
  const end = first + seeds;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = fork(fileURLToPath(import.meta.url), ['--worker'], {
        serialization: 'advanced',
      });
      const hand = (): void => {
        const count = Math.min(batch, end - next);
        if (count <= 0) {
          worker.disconnect();
          return;
        }
        worker.send({ ...options, first: next, seeds: count });
        next += count;
      };
      worker.on('message', (done: Tally) => {
        tally = add(tally, done);
        for (const one of done.violations)
          process.stderr.write(`violation: ${again(options)(one.seed)}\n`);
        hand();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`a worker ended with ${String(code)}`));
      });
      hand();
    });
  await Promise.all(Array.from({ length: jobs }, work));
  return tally;
}

function serve(): void {
  process.on('message', (options: Options) => {
    process.send?.(simulateAll(options));
  });
}

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === '--worker') {
    serve();
    return;
  }
  const options = readOptions(words);
  if (!options.ok) {
    process.stderr.write(`${options.reason}\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const started = Date.now();
  const { value } = options;
  const tally = value.story ? tell(value) : await share(value);
  say(summary(tally, again(value)));
  if (!value.story) say(`${((Date.now() - started) / 1000).toFixed(1)} s`);
  process.exitCode = tally.violations.length === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
