/** `[address] probe = yes`: an address that another machine has is not taken over before that machine is silent. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { exitCode, openPair, Pair } from './pair.ts';

describe.concurrent('two of ours that ask for the address', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['ask1', 'ask2'] });
    for (const { host } of pair.nodes)
      await host.writeFile('/etc/ha.d/extensions.ini', '[address]\nprobe = yes\n');
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  /** The client is a third machine on the same network. */
  async function outsider(word: 'add' | 'del'): Promise<void> {
    const args = ['address', word, '172.16.100.1/32', 'dev', 'lo'];
    expect(exitCode(await pair.client.run('ip', args))).toBe(0);
  }

  inTurn('an outsider that answers is named, and nothing is taken until it is silent', async () => {
    const { first, second } = pair;
    await outsider('add');
    await first.host.powerOff();
    await second.logged(/WARN: the address of IPaddr::\S+ is in use elsewhere on the network/);
    const log = await second.log();
    expect(log.filter((line) => /172\.16\.100\.1 .*([0-9a-f]{2}:){5}/.test(line))).not.toEqual([]);
    expect(await second.holdsAddress()).toBe(false);

    await outsider('del');
    await pair.servedBy(second);
    await second.logged(/nobody answers for the address of IPaddr::\S+ any more/);
    await second.logged(/mach_down takeover complete for node ask1/);
  });

  inTurn('where nobody answers the takeover is not held up', async () => {
    const { first, second } = pair;
    await first.start();
    await pair.settled();
    const from = (await first.log()).length;
    await second.host.powerOff();
    await pair.servedBy(first);
    const log = (await first.log()).slice(from);
    expect(log.filter((line) => line.includes('in use'))).toEqual([]);
  });
});
