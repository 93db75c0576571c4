/** A daemon that is stopped for longer than deadtime and goes on: SIGSTOP and SIGCONT. */
import { setTimeout as later } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';

const pause = 5_000;

const pairs = [
  { title: 'two of ours, the owner is frozen', names: ['ice1', 'ice2'], frozen: 0 },
  { title: 'two of ours, the idle node is frozen', names: ['cold1', 'cold2'], frozen: 1 },
] as const;

describe.concurrent.each(pairs)('$title', ({ names, frozen }) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  async function freeze(
    node: TestNode,
    meanwhile: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    await node.signal('STOP');
    await Promise.all([later(pause), meanwhile()]);
    await node.signal('CONT');
  }

  inTurn('ends with one owner', async () => {
    const node = pair.nodes[frozen];
    if (node === pair.first) {
      // A frozen owner cannot give the address up: two have it until it is awake again.
      await pair.watch.excuse(async () => {
        await freeze(node, async () => {
          await pair.eventually('the other node takes over', () => pair.second.holdsAddress());
        });
        await pair.oneHolder(15_000);
      });
    } else {
      await freeze(node);
    }
    await pair.settled(30_000);
    const owner = await pair.oneHolder(15_000);
    await pair.servedBy(owner);
    if (node === pair.second) expect(owner).toBe(pair.first);
  });
});
