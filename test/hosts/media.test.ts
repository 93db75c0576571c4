/** Every medium with every digest: two of ours form a cluster and move the service; and each medium beside C. */
import { describe, expect, test } from 'vitest';
import type { ImplementationName } from '../../lab/options.ts';
import { openPair, Pair, type PairPlan, type TestNode } from './pair.ts';

const media = {
  bcast: ['bcast eth0'],
  mcast: ['mcast eth0 225.0.0.15 694 1 0'],
  ucast: ['ucast eth0 172.16.100.6', 'ucast eth0 172.16.100.7'],
  mcast6: ['mcast6 eth0 ff12::1:2:3:4 694 1 0'],
  ucast6: ['ucast6 eth0 fd00::6', 'ucast6 eth0 fe80::7%eth0', 'ucast6 eth0 fd00::7'],
} as const;
/** Beside ucast6. */
const pingNode = 'ping6 fd00::6';
const further = (medium: keyof typeof media): string[] => (medium === 'ucast6' ? [pingNode] : []);
const keys = { crc: 'crc', md5: 'md5 8d2b3c0ff1e2', sha1: 'sha1 8d2b3c0ff1e2' } as const;
const mediumNames = ['bcast', 'mcast', 'ucast'] as const;
const ipv6Names = ['mcast6', 'ucast6'] as const;
const digestNames = ['crc', 'md5', 'sha1'] as const;

/** fd00::6 and fe80::6 for the first, 7 for the second; at once, for nobody else has them. */
async function giveIpv6({ nodes }: Pair): Promise<void> {
  const give = async (node: TestNode, address: string): Promise<void> => {
    await node.host.run('ip', ['addr', 'add', `${address}/64`, 'dev', 'eth0', 'nodad']);
  };
  for (const [index, node] of nodes.entries()) {
    await give(node, `fd00::${String(6 + index)}`);
    await give(node, `fe80::${String(6 + index)}`);
  }
}

async function seesPingNodes({ nodes }: Pair, { directives = [] }: PairPlan): Promise<void> {
  if (!directives.includes(pingNode)) return;
  for (const node of nodes) expect(await node.clStatus('nodestatus', 'fd00::6')).toBe('ping');
}

async function formsACluster(plan: PairPlan): Promise<void> {
  const pair = await openPair(plan);
  try {
    await giveIpv6(pair);
    await pair.startBoth();
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
    await pair.first.standby();
    await pair.servedBy(pair.second);
    await pair.settled();
    expect(await pair.second.clStatus('rscstatus')).toBe('all');
    await seesPingNodes(pair, plan);
    expect(await pair.matching(/is dead|Link .* dead|[Aa]uthentication/)).toEqual([]);
  } finally {
    await Pair.end(pair);
  }
}

describe('two of ours', () => {
  const all = [
    ...mediumNames.flatMap((medium) => digestNames.map((digest) => ({ medium, digest }))),
    ...ipv6Names.map((medium) => ({ medium, digest: 'md5' }) as const),
  ];

  test.concurrent.each(all)('by $medium, signed with $digest', async ({ medium, digest }) => {
    const names = [`${medium}-${digest}-1`, `${medium}-${digest}-2`] as const;
    const directives = further(medium);
    await formsACluster({ names, media: media[medium], key: keys[digest], directives });
  });
});

describe('ours beside C', () => {
  const both: readonly (readonly [ImplementationName, ImplementationName])[] = [
    ['ours', 'c'],
    ['c', 'ours'],
  ];
  const all = [...mediumNames, ...ipv6Names].flatMap((medium, index) =>
    both.map((programs, turn) => {
      const digest = digestNames[(index + turn) % 3] ?? 'md5';
      return { medium, digest, programs };
    }),
  );

  test.concurrent.each(all)(
    'by $medium, signed with $digest: $programs',
    async ({ medium, digest, programs }) => {
      const names = [`${medium}-${programs[0]}-1`, `${medium}-${programs[1]}-2`] as const;
      const directives = further(medium);
      const key = keys[digest];
      await formsACluster({ names, programs, media: media[medium], key, directives });
    },
  );
});
