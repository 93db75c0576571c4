/** A cable that loses three packets in ten, in both directions. */
import { setTimeout as later } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPair, Pair } from './pair.ts';

const underLoss = 12_000;

describe('two of ours with 30 % of the packets of one node lost', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['loss1', 'loss2'] });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
    await pair.first.host.impair({ lossPercent: 30 });
  });
  afterAll(() => Pair.end(pair));

  test('standbys complete, nobody is declared dead, and the weather’s end leaves one owner', async () => {
    const end = performance.now() + underLoss;
    let owner = pair.first;
    for (let round = 0; round < 4; round += 1) {
      await owner.standby();
      owner = owner === pair.first ? pair.second : pair.first;
      await pair.oneHolder(20_000, owner);
      await pair.settled();
    }
    // What is tested is this span of bad weather, so it has to pass.
    await later(Math.max(0, end - performance.now()));
    expect(await pair.matching(/is dead|No reply to standby|Link .* dead|ERROR|CRIT/)).toEqual([]);
    expect(await pair.matching(/lost packet/)).not.toEqual([]);

    await pair.first.host.impair({});
    await pair.settled();
    await pair.servedBy(owner);
  });
});
