/** Fencing with real daemons, the program `stonith` of cluster-glue, and a script of its `external/` protocol. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { openPair, Pair } from './pair.ts';

describe('the null device', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({
      names: ['fence1', 'fence2'],
      directives: ['stonith_host * null fence1 fence2'],
    });
    await pair.startBoth();
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('resets a node that crashed, in the words of C, and then takes over', async () => {
    await pair.first.host.powerOff();
    await pair.servedBy(pair.second);
    const log = (await pair.second.log()).join('\n');

    expect(log).toMatch(/info: Resetting node fence1 with \[NULL STONITH device\]/);
    expect(log).toMatch(/info: node fence1 now reset\./);
  });
});
