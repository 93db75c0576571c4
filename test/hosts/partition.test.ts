/** A cable is cut for longer than deadtime, both nodes serve; then it is plugged in again. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { waitUntil } from '../../lab/wait.ts';
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

  /** A C node restarts itself after a heal, and may look settled just before that: so the request is repeated. */
  async function makeOwner(owner: TestNode, other: TestNode): Promise<void> {
    const moved = async (): Promise<boolean> => {
      await pair.settled(40_000);
      if (await owner.holdsAddress()) return true;
      await other.standby();
      return (await waitUntil(() => owner.holdsAddress(), 5_000)) !== undefined;
    };
    await pair.eventually(`${owner.name} takes over`, moved, 60_000);
    await pair.servedBy(owner);
    await pair.settled();
  }

  for (const which of [0, 1] as const) {
    const title = `ends with one owner, after ${names[which]} was the owner and cut off`;
    inTurn(title, async () => {
      const owner = pair.nodes[which];
      const other = pair.nodes[which === 0 ? 1 : 0];
      await makeOwner(owner, other);
      // Two holders are what a partition without fencing is; they may last until one has yielded.
      await pair.watch.excuse(async () => {
        await owner.host.cut();
        await pair.eventually('the other node takes over', () => other.holdsAddress());
        expect(await owner.holdsAddress()).toBe(true);
        await owner.host.heal();
        await pair.oneHolder(40_000);
      });
      await pair.settled(60_000);
      const holder = await pair.oneHolder(40_000);
      await pair.servedBy(holder);
      if (programs.every((program) => program === 'ours')) expect(holder.name).toBe(owner.name);
    });
  }
});
