/** Cables cut and healed with each quorum policy: what the policy promises, seen on both hosts every 50 ms. */
import { setTimeout as later } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { ImplementationName } from '../../lab/options.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';
import { answers, router } from './router.ts';
import { Samples } from './samples.ts';

const media = ['bcast eth0', `ping ${router}`];
const directives = ['deadping 2'];
const stopPolicy = '[quorum]\npolicy = stop\ntiebreak = ping\nrelease = 2s\n';

async function startedPair(
  names: readonly [string, string],
  extensions: string,
  programs: readonly [ImplementationName, ImplementationName] = ['ours', 'ours'],
): Promise<Pair> {
  const pair = await openPair({ names, programs, media, directives });
  for (const { host, program } of pair.nodes)
    if (program.name === 'ours') await host.writeFile('/etc/ha.d/extensions.ini', extensions);
  await pair.startBoth();
  await pair.servedBy(pair.first, 30_000);
  await pair.settled();
  return pair;
}

/** What was seen of the address while `story` went on. */
async function watched(pair: Pair, story: () => Promise<void>): Promise<readonly string[]> {
  const samples = new Samples(pair);
  try {
    await story();
  } finally {
    await samples.stop();
  }
  return samples.stop();
}

const holdsNothing = (pair: Pair, node: TestNode): Promise<void> =>
  pair.eventually(`${node.name} holds nothing`, async () => !(await node.holdsAddress()));

describe('two of ours, policy stop, a ping node breaks the tie', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startedPair(['quorum1', 'quorum2'], stopPolicy);
  });
  afterAll(() => Pair.end(pair));

  inTurn('the holder cut off has released everything before the other takes over', async () => {
    const from = (await pair.first.log()).length;
    const seen = await watched(pair, async () => {
      await pair.first.host.cut();
      await pair.first.logged(/WARN: no quorum \(1 of 2 votes.*tie-break.*policy stop/, from);
      await pair.eventually('the other serves', () => pair.second.holdsAddress(), 30_000);
    });
    expect(seen).toEqual(['1', 'none', '2']);
    expect(await pair.second.clStatus('hbparameter', '-p', 'quorum')).toMatch(
      /^yes \(1 of 2 votes, decided by tie-break\)/,
    );
  });

  inTurn('after the heal it stays where it is, without a gap', async () => {
    const seen = await watched(pair, async () => {
      await pair.first.host.heal();
      await pair.settled(30_000);
      await pair.servedBy(pair.second);
    });
    expect(seen).toEqual(['2']);
  });

  inTurn('the idle node cut off and back is not noticed', async () => {
    const from = (await pair.first.log()).length;
    const seen = await watched(pair, async () => {
      await pair.first.host.cut();
      await pair.first.logged(/no quorum/, from);
      await pair.eventually('it is dead there', async () => {
        return (await pair.second.clStatus('nodestatus', pair.first.name)) === 'dead';
      });
      // Longer than the time that is given to the silent one.
      await later(4000);
      await pair.first.host.heal();
      await pair.settled(30_000);
    });
    expect(seen).toEqual(['2']);
  });

  inTurn('without the ping node nobody serves until it answers one of them again', async () => {
    const seen = await watched(pair, async () => {
      await answers(pair, pair.first, 'del');
      await answers(pair, pair.second, 'del');
      await pair.second.host.cut();
      await holdsNothing(pair, pair.second);
      await pair.first.logged(/no quorum/);
      await answers(pair, pair.first, 'add');
      await pair.eventually('the other serves', () => pair.first.holdsAddress(), 30_000);
      await answers(pair, pair.second, 'add');
      await pair.second.host.heal();
      await pair.settled(30_000);
      await pair.servedBy(pair.first);
    });
    expect(seen).toEqual(['2', 'none', '1']);
  });
});

describe('two of ours, policy freeze', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startedPair(
      ['frost1', 'frost2'],
      '[quorum]\npolicy = freeze\nplugins = majority\n',
    );
  });
  afterAll(() => Pair.end(pair));

  inTurn('nothing moves while the cable is cut, and nothing when it is healed', async () => {
    const seen = await watched(pair, async () => {
      await pair.first.host.cut();
      await pair.second.logged(/WARN: no quorum .*policy freeze/);
      await pair.second.takeover();
      await pair.second.logged(/hb_takeover refused: no quorum/);
      await later(3000);
      await pair.first.host.heal();
      await pair.settled(30_000);
      await pair.servedBy(pair.first);
    });
    expect(seen).toEqual(['1']);
  });
});

describe('ours beside a C node, policy stop with a ping node', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startedPair(['mixed1', 'mixed2'], stopPolicy, ['ours', 'c']);
  });
  afterAll(() => Pair.end(pair));

  inTurn(
    'ours cut off lets go by itself; the C node serves, and goes on after the heal',
    async () => {
      await pair.first.host.cut();
      await holdsNothing(pair, pair.first);
      await pair.eventually('C serves', () => pair.second.holdsAddress(), 30_000);
      const seen = await watched(pair, async () => {
        await pair.first.host.heal();
        await pair.settled(60_000);
        await pair.servedBy(pair.second);
      });
      expect(seen).toEqual(['2']);
    },
  );
});
