/** Somebody on the network who sends bad datagrams to port 694 as fast as he can. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCode, openPair, Pair, type TestNode } from './pair.ts';

/** HEARTBEAT_FLOOD: seconds; 30 is for a run by hand. */
const duration = Number(process.env['HEARTBEAT_FLOOD'] ?? 8);
const rate = 20_000;
const program = fileURLToPath(new URL('flood.mjs', import.meta.url));

/** Resident memory of the daemon in kB. */
async function memoryOf(node: TestNode): Promise<number> {
  const status = await node.host.readFile(`/proc/${await node.daemonPid()}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

describe('two of ours at deadtime 1 s under 20,000 bad datagrams a second', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['flood1', 'flood2'], deadtime: 1 });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  const flood = async (seconds: number): Promise<number> => {
    const words = [program, '172.16.100.6', String(rate), String(seconds)];
    const outcome = await pair.client.run(process.execPath, words, { timeout: 120_000 });
    expect(exitCode(outcome)).toBe(0);
    return Number(outcome.kind === 'exited' ? outcome.output : 0);
  };

  test('nobody is declared dead, the log and the memory stay small, and standby works', async () => {
    await flood(2);
    const before = await memoryOf(pair.first);
    const lines = (await pair.first.log()).length;
    const sent = await flood(duration);
    const after = await memoryOf(pair.first);
    const figures = `${String(sent)} datagrams, memory ${String(before)} -> ${String(after)} kB`;
    process.stdout.write(`${figures}\n`);
    expect(sent).toBeGreaterThan((rate * duration) / 2);
    expect(await pair.matching(/is dead|Late heartbeat|Link .* dead/)).toEqual([]);
    expect(await pair.matching(/more like it/)).not.toEqual([]);
    // Each reason has at most a few lines a second.
    expect((await pair.first.log()).length - lines).toBeLessThan(40 * (duration + 2));
    expect(after - before).toBeLessThan(40_000);

    const moved = flood(3);
    await pair.first.standby();
    await pair.oneHolder(15_000, pair.second);
    await moved;
    await pair.settled();
    expect(await pair.matching(/is dead/)).toEqual([]);
  });
});
