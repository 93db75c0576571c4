/** A cable is cut for longer than deadtime, both nodes serve; then it is plugged in again. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';

describe('a healed partition of two of ours', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['heal1', 'heal2'] });
    await pair.startBoth();
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  async function makeOwner(owner: TestNode, other: TestNode): Promise<void> {
    if (!(await owner.holdsAddress())) await other.standby();
    await pair.servedBy(owner);
    await pair.settled();
  }

  /** Two holders are what a partition without fencing is; they may last until one of them has yielded. */
  async function cutAndHeal(
    [owner, other]: readonly [TestNode, TestNode],
    when: () => Promise<void>,
  ): Promise<void> {
    await pair.watch.excuse(async () => {
      await owner.host.cut();
      await pair.eventually('the other node takes over', () => other.holdsAddress());
      await when();
      expect(await owner.holdsAddress()).toBe(true);
      await owner.host.heal();
      await pair.oneHolder(40_000);
    });
    await pair.settled(60_000);
    await pair.servedBy(await pair.oneHolder(40_000));
  }

  for (const which of [0, 1] as const) {
    inTurn(
      `ends with one owner, after node ${String(which + 1)} was the owner and cut off`,
      async () => {
        const owner = pair.nodes[which];
        const other = pair.nodes[which === 0 ? 1 : 0];
        await makeOwner(owner, other);
        const from = (await owner.log()).length;
        await cutAndHeal([owner, other], () => owner.logged(/node \S+: is dead/, from));

        expect(await owner.holdsAddress()).toBe(true);
      },
    );
  }

  inTurn(
    'ends with one owner when the cable is back as soon as one of them has noticed',
    async () => {
      await makeOwner(pair.first, pair.second);
      await cutAndHeal([pair.first, pair.second], () => Promise.resolve());
    },
  );
});
