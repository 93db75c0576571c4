/** A cable is cut for longer than deadtime, both nodes serve; then it is plugged in again. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';

const combinations = [
  { names: ['heal1', 'heal2'], programs: ['ours', 'ours'] },
  { names: ['healours1', 'healc2'], programs: ['ours', 'c'] },
  { names: ['healc1', 'healours2'], programs: ['c', 'ours'] },
] as const;

describe.concurrent.each(combinations)('a healed partition of $programs', ({ names, programs }) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names, programs });
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

  /** A C node that sees a partition's end restarts itself 2 s later, and looks settled until then. */
  async function cRestarts(from: readonly number[]): Promise<void> {
    for (const [index, node] of pair.nodes.entries()) {
      const lines = (await node.log()).slice(from[index]);
      const isDue = lines.some((line) => line.includes('returning after partition'));
      if (node.program.name !== 'c' || !isDue) continue;
      await node.logged(/Performing heartbeat restart exec/, from[index], 30_000);
      await pair.settled(40_000);
    }
  }

  /** Two holders are what a partition without fencing is; they may last until one of them has yielded. */
  async function cutAndHeal(
    [owner, other]: readonly [TestNode, TestNode],
    when: () => Promise<void>,
  ): Promise<void> {
    const from = await Promise.all(pair.nodes.map(async (node) => (await node.log()).length));
    await pair.watch.excuse(async () => {
      await owner.host.cut();
      await pair.eventually('the other node takes over', () => other.holdsAddress());
      await when();
      expect(await owner.holdsAddress()).toBe(true);
      await owner.host.heal();
      await pair.oneHolder(40_000);
    });
    await pair.settled(60_000);
    await cRestarts(from);
    await pair.servedBy(await pair.oneHolder(40_000));
  }

  for (const which of [0, 1] as const) {
    inTurn(`ends with one owner, after ${names[which]} was the owner and cut off`, async () => {
      const owner = pair.nodes[which];
      const other = pair.nodes[which === 0 ? 1 : 0];
      await makeOwner(owner, other);
      const from = (await owner.log()).length;
      await cutAndHeal([owner, other], () => owner.logged(/node \S+: is dead/, from));

      if (programs.every((program) => program === 'ours')) {
        expect(await owner.holdsAddress()).toBe(true);
      }
    });
  }

  // A C node that declares the other dead only now does not restart itself: it keeps all for good.
  inTurn(
    'ends with one owner when the cable is back as soon as one of them has noticed',
    async () => {
      await makeOwner(pair.first, pair.second);
      await cutAndHeal([pair.first, pair.second], () => Promise.resolve());
    },
  );
});
