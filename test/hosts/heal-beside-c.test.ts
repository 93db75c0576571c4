/** A cable is cut for longer than deadtime beside a C node, or ours is frozen: afterwards one serves, and C has restarted nothing. */
import { setTimeout as later } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';

const combinations = [
  { names: ['mendours1', 'mendc2'], programs: ['ours', 'c'] },
  { names: ['mendc1', 'mendours2'], programs: ['c', 'ours'] },
] as const;

describe.concurrent.each(combinations)('a heal between $programs', ({ names, programs }) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names, programs });
    await pair.startBoth();
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  const theC = (): TestNode => pair.nodes[programs[0] === 'c' ? 0 : 1];
  const ours = (): TestNode => pair.nodes[programs[0] === 'c' ? 1 : 0];

  async function serveOn(owner: TestNode): Promise<void> {
    if (!(await owner.holdsAddress())) await pair.oneHolder(5_000).then((node) => node.standby());
    await pair.servedBy(owner);
    await pair.settled();
  }

  /** Two may hold the address while they cannot hear each other, and until one of them has let go. */
  async function apart(meanwhile: () => Promise<void>): Promise<void> {
    const from = (await theC().log()).length;
    await pair.watch.excuse(async () => {
      await meanwhile();
      await pair.oneHolder(15_000);
    });
    await pair.settled(30_000);
    await pair.servedBy(await pair.oneHolder(5_000));
    const unwanted = /restart exec|returning after partition|No one owns/;
    expect((await theC().log()).slice(from).filter((line) => unwanted.test(line))).toEqual([]);
  }

  async function cutUntilBothServe(cable: TestNode): Promise<void> {
    await cable.host.cut();
    const bothServe = async (): Promise<boolean> =>
      (await pair.first.holdsAddress()) && (await pair.second.holdsAddress());
    await pair.eventually('both serve', bothServe);
  }

  for (const which of ['ours', 'c'] as const) {
    inTurn(`leaves the service to C, which restarts nothing, after ${which} served`, async () => {
      const owner = which === 'c' ? theC() : ours();
      await serveOn(owner);
      await apart(async () => {
        await cutUntilBothServe(owner);
        await owner.host.heal();
      });
      expect(await theC().holdsAddress()).toBe(true);
    });
  }

  inTurn(
    'ends with one owner when the cable is back as soon as one of them has noticed',
    async () => {
      await serveOn(pair.first);
      await apart(async () => {
        await pair.first.host.cut();
        await pair.eventually('the other node takes over', () => pair.second.holdsAddress());
        await pair.first.host.heal();
      });
    },
  );

  inTurn('leaves the service to C after ours served and was frozen', async () => {
    await serveOn(ours());
    await apart(async () => {
      await ours().signal('STOP');
      await pair.eventually('C takes over', () => theC().holdsAddress());
      await later(500);
      await ours().signal('CONT');
    });
    expect(await theC().holdsAddress()).toBe(true);
  });
});
