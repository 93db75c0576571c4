import { describe, expect, test } from 'vitest';
import { isNotice } from '../../src/heartbeat/notices.ts';
import { Cluster } from '../../sim/cluster.ts';

describe('the scripts of rc.d', () => {
  test.each(['ifstat', 'stonith', 'backup', 'hbapi-clstat', 'respond-cstatus'])(
    'are told of %s',
    (type) => {
      expect(isNotice(type)).toBe(true);
    },
  );

  test.each([
    ...['status', 'ip-request', 'ip-request-resp', 'hb_takeover', 'ask_resources'],
    ...['starting', 'resource', 'shutdone', 'NS_ackmsg', 'reqnodes', 'query-cstatus'],
  ])('are not told of %s, which this daemon carries out itself', (type) => {
    expect(isNotice(type)).toBe(false);
  });
});

test('a message of a script is told on both nodes, once on each, however often it is sent again', () => {
  const cluster = new Cluster({ loss: 0.4, seed: 5 });
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.holding('node1') === 'local', 60_000);
  for (const n of ['1', '2', '3', '4', '5']) cluster.fifo('node1', { t: 'backup', n });
  cluster.run(20_000);

  const told = (name: string): readonly string[] =>
    [...cluster.notices(name)].filter((notice) => notice.startsWith('backup')).sort();
  const all = ['1', '2', '3', '4', '5'].map((n) => `backup n=${n} src=node1`);
  expect(told('node1')).toEqual(all);
  expect(told('node2')).toEqual(all);
});

test('a link that comes up is told, and that nobody resets a dead node, but not its death', () => {
  const cluster = new Cluster();
  cluster.start('node1', 'node2');
  cluster.until(() => cluster.holding('node1') === 'local', 60_000);
  cluster.powerOff('node2');
  cluster.run(20_000);

  const types = cluster.notices('node1').map((notice) => notice.split(' ')[0]);
  expect(types).toContain('ifstat');
  expect(new Set(types)).toEqual(new Set(['ifstat', 'stonith']));
});
