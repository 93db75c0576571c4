/** The cluster's key is changed while the cluster runs: add the new one, use it, remove the old one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCode, openPair, Pair, writeKeys } from './pair.ts';

describe('two of ours change their key', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['key1', 'key2'] });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  test('without a gap', async () => {
    const old = '1 md5 8d2b3c0ff1e2\n';
    const fresh = '2 sha1 77aa0b1c2d3e\n';
    for (const keys of [`auth 1\n${old}${fresh}`, `auth 2\n${old}${fresh}`, `auth 2\n${fresh}`]) {
      for (const node of pair.nodes) {
        const from = (await node.log()).length;
        await writeKeys(node.host, keys);
        expect(exitCode(await node.command('heartbeat', '-r'))).toBe(0);
        await node.logged(/Rereading authentication file/, from);
        // A standby needs packets of both nodes, signed with whatever key each of them uses now.
        const owner = await pair.oneHolder(5_000);
        await owner.standby();
        await pair.servedBy(owner === pair.first ? pair.second : pair.first);
        await pair.settled();
      }
    }
    expect(await pair.matching(/is dead|Link .* dead|WARN.*(auth|key|digest)|ERROR|CRIT/i)).toEqual(
      [],
    );
  });
});
