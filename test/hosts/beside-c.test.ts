/** One of ours beside the C heartbeat 3.0.6, on either side: the whole story, told once for each. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { ImplementationName } from '../../lab/options.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type TestNode } from './pair.ts';

const combinations: readonly {
  names: [string, string];
  programs: [ImplementationName, ImplementationName];
}[] = [
  { names: ['ours1', 'c2'], programs: ['ours', 'c'] },
  { names: ['c1', 'ours2'], programs: ['c', 'ours'] },
];

/** What two C nodes say in this very story (run with `programs: ['c', 'c']`), and why. */
const usual = [
  // Of the machine it runs on, at each start.
  /Cannot lock ourselves into memory/,
  /core_uses_pid|core_pattern|Core dumps could be lost/,
  /Logging daemon is disabled --enabling logging daemon is recommended/,
  /Dispatch function for .* (took too long|was delayed)/,
  // Of the short times of the tests.
  /Initial dead time \[5000 ms\] may be too small!/,
  // Of a new host.
  /No Previous generation - starting at \d+/,
  // Of the power-offs, and of having no fencing.
  /node \S+: is dead/,
  /No STONITH device configured\./,
  /Shared disks are not protected\./,
  // Of a node that joins: its first packets are those that it sent before it was heard.
  /\d+ lost packet\(s\) for \[\S+\] \[\d+:\d+\]/,
  // Of a stop while a change is under way.
  /Shutdown delayed until current resource activity finishes\./,
];

const cNodes = (pair: Pair): readonly TestNode[] =>
  pair.nodes.filter(({ program }) => program.name === 'c');

describe.concurrent.each(combinations)('$programs', ({ names, programs }) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names, programs });
  });
  afterAll(() => Pair.end(pair));

  async function startInTurn(one: TestNode, other: TestNode): Promise<void> {
    const from = (await one.log()).length;
    await one.start();
    await one.logged(/Local status now set to: 'up'/, from);
    await other.start();
  }

  inTurn('a cold start, the preferred node first', async () => {
    await startInTurn(pair.first, pair.second);
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
  });

  inTurn(
    'hb_standby from each side, by its own tool and by the other implementation’s',
    async () => {
      await pair.first.standby();
      await pair.servedBy(pair.second);
      await pair.settled();
      await pair.second.standbyByOtherTool();
      await pair.servedBy(pair.first);
      await pair.settled();
      await pair.first.standbyByOtherTool();
      await pair.servedBy(pair.second);
      await pair.settled();
      await pair.second.standby();
      await pair.servedBy(pair.first);
      await pair.settled();
    },
  );

  inTurn('hb_takeover from each side', async () => {
    await pair.second.takeover();
    await pair.servedBy(pair.second);
    await pair.settled();
    await pair.first.takeover();
    await pair.servedBy(pair.first);
    await pair.settled();
  });

  inTurn('an orderly stop of each hands over, and its return moves nothing', async () => {
    await pair.first.stop();
    await pair.servedBy(pair.second);
    await pair.first.start();
    await pair.settled(40_000);
    await pair.servedBy(pair.second);
    await pair.second.stop();
    await pair.servedBy(pair.first);
    await pair.second.start();
    await pair.settled(40_000);
    await pair.servedBy(pair.first);
  });

  inTurn('a crash of each is taken over, and its return moves nothing', async () => {
    await pair.first.host.powerOff();
    await pair.servedBy(pair.second);
    await pair.first.start();
    await pair.settled(40_000);
    await pair.servedBy(pair.second);
    await pair.second.host.powerOff();
    await pair.servedBy(pair.first);
    await pair.second.start();
    await pair.settled(40_000);
    await pair.servedBy(pair.first);
  });

  inTurn('a cold start, the preferred node last', async () => {
    await Promise.all(pair.nodes.map((node) => node.stop()));
    await startInTurn(pair.second, pair.first);
    await pair.servedBy(pair.first, 40_000);
    await pair.settled();
  });

  inTurn(
    'the C node complains of nothing that it does not complain of beside another C node',
    async () => {
      const log = (await Promise.all(cNodes(pair).map((node) => node.log()))).flat();
      const complaints = log.filter((line) => /\b(WARN|ERROR|CRIT|EMERG|ALERT): /.test(line));

      expect(complaints).not.toEqual([]);
      expect(complaints.filter((line) => !usual.some((words) => words.test(line)))).toEqual([]);
    },
  );

  inTurn('ours has no error', async () => {
    expect(await pair.matching(/\bours\d heartbeat: .*(ERROR|CRIT|EMERG): /)).toEqual([]);
  });
});
