/** An interface goes down, loses its address, vanishes: the daemon lives on, and the link comes back by itself. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { plugCable, setPort } from '../../lab/network.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair } from './pair.ts';

const media = [
  { medium: 'bcast', lines: ['bcast eth1'] },
  { medium: 'mcast', lines: ['mcast eth1 225.0.0.15 694 1 0'] },
  { medium: 'ucast', lines: ['ucast eth1 172.17.100.6', 'ucast eth1 172.17.100.7'] },
];

describe.concurrent.each(media)('an interface that carries $medium', ({ medium, lines }) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({
      names: [`${medium}1`, `${medium}2`],
      media: ['bcast eth0', ...lines],
      interfaces: 2,
    });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  const ip = async (...args: readonly string[]): Promise<void> => {
    expect(await pair.first.host.run('ip', args)).toMatchObject({ kind: 'exited', code: 0 });
  };
  const linkIs = (status: 'up' | 'dead'): Promise<void> =>
    pair.eventually(`both see eth1 ${status}`, async () => {
      const seen = [
        await pair.first.clStatus('hblinkstatus', `${medium}2`, 'eth1'),
        await pair.second.clStatus('hblinkstatus', `${medium}1`, 'eth1'),
      ];
      return seen.every((each) => each === status);
    });
  const nothingMoved = async (): Promise<void> => {
    await pair.settled();
    await pair.servedBy(pair.first);
    const errors = await pair.matching(/is dead|standby|ERROR|CRIT/);
    // The C daemon's words for a packet that the system does not take; nothing else is amiss.
    expect(errors.filter((line) => !line.includes('ERROR: write_child: write failure on'))).toEqual(
      [],
    );
  };

  inTurn('comes back after it was down', async () => {
    await linkIs('up');
    await ip('link', 'set', 'eth1', 'down');
    await linkIs('dead');
    await ip('link', 'set', 'eth1', 'up');
    await linkIs('up');
    await nothingMoved();
  });

  inTurn('comes back after its address was lost', async () => {
    const from = (await pair.first.log()).length;
    await ip('address', 'flush', 'dev', 'eth1');
    // Broadcasts and multicasts need no address; what is sent to the lost address cannot arrive.
    if (medium === 'ucast') await pair.first.logged(/Link ucast2:eth1 dead/, from);
    await ip('address', 'add', '172.17.100.6/16', 'broadcast', '+', 'dev', 'eth1');
    await linkIs('up');
    await nothingMoved();
  });

  inTurn('comes back after it was deleted and made again', async () => {
    await ip('link', 'delete', 'eth1');
    await linkIs('dead');
    const port = { pid: mustRun(pair.client.pid), name: 'again' };
    const end = { pid: mustRun(pair.first.host.pid), name: 'eth1' };
    await plugCable(port, 'sw1', end, '172.17.100.6/16');
    await setPort(port, 'up');
    await linkIs('up');
    await nothingMoved();
  });
});

function mustRun(pid: number | undefined): number {
  if (pid === undefined) throw new Error('the host has no power');
  return pid;
}
