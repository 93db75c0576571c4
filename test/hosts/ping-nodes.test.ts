/** A third host that both nodes ping, and ipfail on both: ours at the C daemon, and that of the C heartbeat at ours. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPair, Pair, type TestNode } from './pair.ts';
import { answers, router, startIpfail } from './router.ts';

/** One before the nodes and one after them. */
const media = ['bcast eth0', `ping ${router}`];
const directives = ['deadping 2', `ping_group routers ${router} 172.16.200.9`];

/** What the C `cl_status` says of both ping nodes and their links. */
const seenBy = (node: TestNode): Promise<readonly string[]> =>
  Promise.all([
    node.clStatus('nodestatus', router),
    node.clStatus('nodestatus', 'routers'),
    node.clStatus('hblinkstatus', router, router),
    node.clStatus('hblinkstatus', 'routers', 'routers'),
  ]);

const sees = async (node: TestNode, words: readonly string[]): Promise<boolean> =>
  (await seenBy(node)).join() === words.join();

const alive = ['ping', 'ping', 'up', 'up'];
const dead = ['dead', 'dead', 'dead', 'dead'];

describe('ping nodes of our node beside a C node', () => {
  let pair: Pair;
  beforeAll(async () => {
    const names = ['ping1', 'ping2'] as const;
    pair = await openPair({ names, programs: ['ours', 'c'], media, directives });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  test('are shown as C shows them', async () => {
    const [ours, theirs] = [await seenBy(pair.first), await seenBy(pair.second)];
    expect(ours).toEqual(alive);
    expect(theirs).toEqual(alive);
    const lists = pair.nodes.map((node) => node.clStatus('listnodes'));
    const [ownList, theirList] = await Promise.all(lists);
    expect(ownList).toBe(theirList);
  });

  test('die and return, and nothing moves without ipfail', async () => {
    await answers(pair, pair.first, 'del');
    await pair.eventually('the ping nodes are dead', () => sees(pair.first, dead));
    await answers(pair, pair.first, 'add');
    await pair.eventually('the ping nodes are back', () => sees(pair.first, alive));
    await pair.servedBy(pair.first);
    const log = (await pair.first.log()).filter((line) =>
      line.includes(`: node ${router}: is dead`),
    );
    expect(log).toHaveLength(1);
  });

  test('move the service to the node that sees them, whichever ipfail asks', async () => {
    startIpfail(pair.first, 'c');
    startIpfail(pair.second, 'ours');
    await pair.eventually('both ipfail are there', async () => {
      const words = pair.nodes.map((node) => node.clStatus('clientstatus', node.name, 'ipfail'));
      return (await Promise.all(words)).every((word) => word === 'online');
    });
    await answers(pair, pair.first, 'del');
    await pair.servedBy(pair.second);
    await answers(pair, pair.first, 'add');
    await pair.eventually('the ping nodes are back', () => sees(pair.first, alive));
    await pair.settled();

    await answers(pair, pair.second, 'del');
    await pair.servedBy(pair.first);
    await answers(pair, pair.second, 'add');
    await pair.settled();
  });
});
