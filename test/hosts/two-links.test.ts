/** Two links between the nodes: one of them is cut, the cluster stays whole. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPair, Pair } from './pair.ts';

describe('bcast on one interface and ucast on another', () => {
  let pair: Pair;
  beforeAll(async () => {
    const media = ['bcast eth0', 'ucast eth1 172.17.100.6', 'ucast eth1 172.17.100.7'];
    pair = await openPair({ names: ['links1', 'links2'], media, interfaces: 2 });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  test.each(['eth0', 'eth1'])(
    'the cut of %s is reported and mended, and nothing moves',
    async (iface) => {
      const from = await Promise.all(pair.nodes.map(async (node) => (await node.log()).length));
      const says = (word: string): Promise<unknown> =>
        Promise.all([
          pair.first.logged(new RegExp(`info: Link links2:${iface} ${word}\\.`), from[0]),
          pair.second.logged(new RegExp(`info: Link links1:${iface} ${word}\\.`), from[1]),
        ]);
      const linkStatus = (): Promise<readonly string[]> =>
        Promise.all([
          pair.first.clStatus('hblinkstatus', 'links2', iface),
          pair.second.clStatus('hblinkstatus', 'links1', iface),
        ]);

      expect(await linkStatus()).toEqual(['up', 'up']);
      await pair.first.host.cut(iface);
      await says('dead');
      expect(await linkStatus()).toEqual(['dead', 'dead']);
      expect(await pair.first.clStatus('nodestatus', 'links2')).toBe('active');
      expect(await pair.second.clStatus('nodestatus', 'links1')).toBe('active');

      await pair.first.host.heal(iface);
      await says('up');
      expect(await linkStatus()).toEqual(['up', 'up']);
      await pair.servedBy(pair.first);
      await pair.settled();
      expect(await pair.matching(/is dead|standby|ERROR|CRIT/)).toEqual([]);
    },
  );
});
