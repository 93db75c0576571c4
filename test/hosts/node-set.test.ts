/** hb_addnode, hb_delnode and weights beside C: who serves goes on, whatever C takes the new node's silence for. */
import { expect, test } from 'vitest';
import { exitCode, openPair, Pair, type TestNode } from './pair.ts';

const third = 'nodes-none';

const ask = async (node: TestNode, tool: 'addnode' | 'delnode'): Promise<void> => {
  const input = `>>>\nt=${tool}\nnodelist=${third}\n<<<\n`;
  const told = await node.host.run('tee', ['-a', '/var/lib/heartbeat/fifo'], { input });
  expect(exitCode(told)).toBe(0);
};

test.concurrent(
  'ours serves on while C claims everything for a node that never came, and C still takes over from ours',
  async () => {
    const pair = await openPair({ names: ['nodes-ours', 'nodes-c'], programs: ['ours', 'c'] });
    try {
      const { first: ours, second: c } = pair;
      await pair.startBoth();
      await pair.servedBy(ours, 40_000);
      await pair.settled();
      for (const line of [
        't=setweight\nnode=nodes-c\nweight=50',
        't=setsite\nnode=nodes-c\nsite=berlin',
      ]) {
        const input = `>>>\n${line}\n<<<\n`;
        await ours.host.run('tee', ['-a', '/var/lib/heartbeat/fifo'], { input });
      }
      await ask(ours, 'addnode');
      for (const node of pair.nodes) {
        const seen = async (): Promise<boolean> =>
          (await node.clStatus('nodestatus', third)) === 'dead';
        await pair.eventually(`${node.name} gives ${third} up`, seen);
        expect(await node.clStatus('nodeweight', 'nodes-c')).toBe('50');
        expect(await node.clStatus('nodesite', 'nodes-c')).toBe('berlin');
      }
      await c.logged(/mach_down takeover complete/);
      await pair.eventually('C claims all', async () => (await c.clStatus('rscstatus')) === 'all');
      expect(await pair.ask()).toBe('served by nodes-ours');
      expect(await pair.matching(/nodes-ours heartbeat.*(Releasing|ERROR)/)).toEqual([]);
      await ask(c, 'delnode');
      await ours.logged(/Removing node \[nodes-none\] from configuration/);
      expect(await ours.host.readFile('/var/lib/heartbeat/delhostcache')).toMatch(/^nodes-none\t/);
      await ours.host.powerOff();
      await pair.servedBy(c);
    } finally {
      await Pair.end(pair);
    }
  },
);

test.concurrent('ours lets go of what C starts again of its own', async () => {
  const pair = await openPair({ names: ['nodes-c1', 'nodes-ours2'], programs: ['c', 'ours'] });
  try {
    const { first: c, second: ours } = pair;
    await pair.startBoth();
    await pair.servedBy(c, 40_000);
    await pair.settled();
    await c.standby();
    await pair.servedBy(ours);
    await pair.settled();
    // C does not ask who runs its groups: it has them twice until we hear of it.
    await pair.watch.excuse(async () => {
      await ask(ours, 'addnode');
      await ours.logged(/Releasing resource group/);
      await pair.servedBy(c);
    });
  } finally {
    await Pair.end(pair);
  }
});
