/** Every medium with every digest: two of ours form a cluster and move the service; and each medium beside C. */
import { describe, expect, test } from 'vitest';
import type { ImplementationName } from '../../lab/options.ts';
import { openPair, Pair, type PairPlan } from './pair.ts';

const media = {
  bcast: ['bcast eth0'],
  mcast: ['mcast eth0 225.0.0.15 694 1 0'],
  ucast: ['ucast eth0 172.16.100.6', 'ucast eth0 172.16.100.7'],
} as const;
const keys = { crc: 'crc', md5: 'md5 8d2b3c0ff1e2', sha1: 'sha1 8d2b3c0ff1e2' } as const;
const mediumNames = ['bcast', 'mcast', 'ucast'] as const;
const digestNames = ['crc', 'md5', 'sha1'] as const;

async function formsACluster(plan: PairPlan): Promise<void> {
  const pair = await openPair(plan);
  try {
    await pair.startBoth();
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
    await pair.first.standby();
    await pair.servedBy(pair.second);
    await pair.settled();
    expect(await pair.second.clStatus('rscstatus')).toBe('all');
    expect(await pair.matching(/is dead|Link .* dead|[Aa]uthentication/)).toEqual([]);
  } finally {
    await Pair.end(pair);
  }
}

describe('two of ours', () => {
  const all = mediumNames.flatMap((medium) => digestNames.map((digest) => ({ medium, digest })));

  test.concurrent.each(all)('by $medium, signed with $digest', async ({ medium, digest }) => {
    const names = [`${medium}-${digest}-1`, `${medium}-${digest}-2`] as const;
    await formsACluster({ names, media: media[medium], key: keys[digest] });
  });
});

describe('ours beside C', () => {
  const both: readonly (readonly [ImplementationName, ImplementationName])[] = [
    ['ours', 'c'],
    ['c', 'ours'],
  ];
  const all = mediumNames.flatMap((medium, index) =>
    both.map((programs, turn) => {
      const digest = digestNames[(index + turn) % 3] ?? 'md5';
      return { medium, digest, programs };
    }),
  );

  test.concurrent.each(all)(
    'by $medium, signed with $digest: $programs',
    async ({ medium, digest, programs }) => {
      const names = [`${medium}-${programs[0]}-1`, `${medium}-${programs[1]}-2`] as const;
      await formsACluster({ names, programs, media: media[medium], key: keys[digest] });
    },
  );
});
