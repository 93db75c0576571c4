/**
 * Random faults on whole daemons: cut, heal, stop, kill, power-off, freeze, loss, standby, takeover, start. Never two owners
 * for longer than the nodes need to find out, never none for longer than a death and a takeover take, no daemon of ours dies,
 * and after each round one owner. `HEARTBEAT_SEED=5 HEARTBEAT_SECONDS=600 npm test -- random-faults` plays on, by another seed;
 * `HEARTBEAT_PAIR=ours-c` plays one pairing alone. Deadtime is 2 s, a fifteenth of the default: 240 s are as an hour.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImplementationName } from '../../lab/options.ts';
import { openPair, Pair } from './pair.ts';
import { Faults, type Limits } from './random-faults.ts';
import { Wire } from './wire.ts';

const seed = Number(process.env['HEARTBEAT_SEED'] ?? 1);
const length = Number(process.env['HEARTBEAT_SECONDS'] ?? 30) * 1000;

interface Case {
  readonly names: readonly [string, string];
  readonly programs: readonly [ImplementationName, ImplementationName];
  readonly limits: Limits;
}

// A C node waits up to half a second at each hop, and 10 s beside one that starts; it may restart itself, which takes 15 s.
const besideC: Limits = { two: 15_000, none: 30_000, rest: 60_000 };
const all: readonly Case[] = [
  {
    names: ['rnda1', 'rnda2'],
    programs: ['ours', 'ours'],
    limits: { two: 10_000, none: 15_000, rest: 40_000 },
  },
  { names: ['rndours1', 'rndc2'], programs: ['ours', 'c'], limits: besideC },
  { names: ['rndc1', 'rndours2'], programs: ['c', 'ours'], limits: besideC },
];
const wanted = process.env['HEARTBEAT_PAIR'];
const cases = all.filter(({ programs }) => wanted === undefined || wanted === programs.join('-'));

describe.concurrent.each(cases)(
  `$programs, seed ${String(seed)}`,
  ({ names, programs, limits }) => {
    let pair: Pair;
    let faults: Faults;
    beforeAll(async () => {
      pair = await openPair({ names, programs });
      const wire = await Wire.lay(pair.client, seed);
      await pair.startBoth();
      await pair.servedBy(pair.first, 40_000);
      await pair.settled(40_000);
      faults = new Faults(pair, wire, limits, seed);
    });
    // The judges look for longer than the pair's own watch allows for.
    afterAll(() => pair.watch.excuse(() => Pair.end(pair)));

    test(
      'one owner after every round, and neither two nor none for long',
      { timeout: length + 300_000 },
      async () => {
        await pair.watch.excuse(() => faults.play(length));
        const { done, rounds, violations, longestTwo, longestNone } = faults;
        const kinds = new Map<string, number>();
        for (const line of done) {
          const kind = line.split(' ')[1] ?? '';
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        }
        const tally = [...kinds].map(([kind, count]) => `${kind} ${String(count)}`).join(', ');
        process.stdout.write(
          `${programs.join('+')}: ${String(done.length)} events in ${String(rounds)} rounds (${tally}); ` +
            `longest two ${longestTwo.toFixed(0)} ms, none ${longestNone.toFixed(0)} ms\n`,
        );
        expect(violations, done.slice(-40).join('\n')).toEqual([]);
      },
    );
  },
);
