/**
 * A C pair is replaced node by node, and back again, under a client that asks all the time. Each node is taken out in order
 * (hb_standby, stop), gets the other implementation with the same files, and is started: the service is lost only when an
 * hb_standby moves it.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Client } from '../../lab/client.ts';
import { ordinaryPace } from '../../lab/pace.ts';
import type { ImplementationName } from '../../lab/options.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';

const limit = 60_000;
const names = ['roll1', 'roll2'] as const;
const startOfService = /Running \S*httpd\s+start$/;

/** What of a node's identity must not change, and its generation, which grows with each start. */
async function identity({ host }: TestNode): Promise<{ uuid: string; generation: number }> {
  const state = '/var/lib/heartbeat';
  const uuid = await host.run('od', ['-An', '-tx1', `${state}/hb_uuid`]);
  const generation = Number(await host.readFile(`${state}/hb_generation`));
  return { uuid: uuid.kind === 'exited' ? uuid.output.trim() : '', generation };
}

describe('a rolling replacement', () => {
  let pair: Pair;
  let client: Client;
  beforeAll(async () => {
    pair = await openPair({ names, programs: ['c', 'c'] });
    await pair.startBoth();
    await pair.servedBy(pair.first, limit);
    await pair.settled(limit);
    client = new Client(pair.client, { pace: ordinaryPace, ended: () => undefined });
    await pair.eventually('the client is served', () => client.view.answered > 0);
  }, 120_000);
  afterAll(() => Pair.end(pair));

  /** Takes the node out in order and starts the other program in its place. */
  async function replace(node: TestNode, program: ImplementationName): Promise<void> {
    const other = node === pair.first ? pair.second : pair.first;
    const before = await identity(node);
    const from = (await node.log()).length;
    await pair.asking(
      () => node.standby(),
      () => node.logged(/Other node completed standby takeover of all resources/, from, limit),
    );
    await pair.servedBy(other, limit);
    await pair.settled(limit);
    await node.stop();
    await node.replaceProgram(program);
    await node.start();
    await pair.settled(limit);
    await pair.servedBy(other, limit);
    const after = await identity(node);
    expect(after.uuid).toBe(before.uuid);
    expect(after.generation).toBeGreaterThan(before.generation);
  }

  const steps: readonly [string, 0 | 1, ImplementationName][] = [
    ['C beside ours', 1, 'ours'],
    ['both ours', 0, 'ours'],
    ['C beside ours again', 0, 'c'],
    ['both C again', 1, 'c'],
  ];
  for (const [title, which, program] of steps) {
    inTurn(title, () => replace(pair.nodes[which], program));
  }

  inTurn('has lost the service for its two moves, and for nothing else', async () => {
    await pair.eventually('the client is answered by the last owner', () => {
      return client.answering === pair.first.name;
    });
    const moves = client.view.outages.filter(({ from, to }) => from !== to);
    expect(moves).toMatchObject([
      { from: names[0], to: names[1] },
      { from: names[1], to: names[0] },
    ]);
    // One and the same host may be silent for a moment because the machine is; its service was never started anew.
    expect(await pair.matching(startOfService)).toHaveLength(1 + moves.length);
    expect(client.view.answered).toBeGreaterThan(0);
    const lengths = client.view.outages.map(({ from, to, length }) => {
      return `${from} -> ${to}: ${length.toFixed(0)} ms`;
    });
    process.stdout.write(`rolling replacement: ${lengths.join(', ')}\n`);
  });

  inTurn('ours had no error', async () => {
    expect(await pair.matching(/ERROR: (?!Cannot lock ourselves)|CRIT: /)).toEqual([]);
  });
});
