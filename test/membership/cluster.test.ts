import { describe, expect, test } from 'vitest';
import { type Draft, text } from '../../src/message/messages.ts';
import { livePeers, localStatus, nodeViews, unackedCount } from '../../src/membership/views.ts';
import type { MembershipSettings } from '../../src/membership/types.ts';
import { type NodeName, millis, seconds } from '../../src/units.ts';
import { Network, type Weather } from './network.ts';
import { node1, node2, node3, settings } from './support.ts';

const calm: Weather = {
  seed: 1,
  lossPercent: 0,
  doublePercent: 0,
  delay: 1,
  links: ['eth0'],
  echo: true,
};
const stormy: Partial<Weather> = { lossPercent: 30, doublePercent: 10, delay: 30 };

function quick(self: NodeName, nodes: readonly NodeName[]): MembershipSettings {
  return settings({
    self,
    nodes,
    keepalive: millis(200),
    deadtime: seconds(2),
    warntime: seconds(1),
    seed: self.charCodeAt(4),
  });
}

function cluster(nodes: readonly NodeName[], weather: Partial<Weather> = {}): Network {
  const network = new Network({ ...calm, ...weather });
  for (const name of nodes) network.boot(quick(name, nodes));
  return network;
}

const numbered = (n: number): Draft => [text('t', 'test'), text('n', String(n))];

const count = (length: number): readonly string[] => Array.from({ length }, (_, n) => String(n));

describe('two nodes', () => {
  test('that start together are active within milliseconds of hearing each other', () => {
    const network = cluster([node1, node2]);

    network.runTo(210);

    expect(localStatus(network.host(node1).state)).toBe('active');
    expect(localStatus(network.host(node2).state)).toBe('active');
  });

  test('see each other, by name, uuid and link', () => {
    const media = ['eth0', 'eth1'];
    const network = new Network({ ...calm, links: media });
    for (const self of [node1, node2]) {
      network.boot({ ...quick(self, [node1, node2]), links: media });
    }
    network.runTo(2_000);
    const links = [
      { name: 'eth0', status: 'up' },
      { name: 'eth1', status: 'up' },
    ];

    expect(nodeViews(network.host(node1).state)).toMatchObject([
      { name: node1, type: 'normal', status: 'active', uuid: '1'.repeat(16), links },
      { name: node2, type: 'normal', status: 'active', uuid: '2'.repeat(16), links },
    ]);
  });

  test('declare no death at 30 % loss in ten minutes, with keepalive 200 ms and deadtime 2 s', () => {
    const network = cluster([node1, node2], stormy);

    network.runTo(10 * 60_000);

    for (const name of [node1, node2]) {
      expect(network.facts(name, 'node-dead')).toEqual([]);
      expect(network.facts(name, 'frozen')).toEqual([]);
      expect(localStatus(network.host(name).state)).toBe('active');
    }
    expect(network.packets).toBeLessThan(60_000);
  });

  test.each([[1], [2], [3], [4], [5]])(
    'get every message exactly once through loss, doubling and reordering (seed %d)',
    (seed) => {
      const network = cluster([node1, node2], { seed });
      network.runTo(1_000);
      network.setWeather(stormy);
      for (let n = 0; n < 400; n += 1) {
        network.submit(node1, numbered(n));
        network.submit(node2, numbered(n));
        network.runTo(network.now + 25);
      }
      network.setWeather({ ...calm, seed });
      network.runTo(network.now + 20_000);

      for (const name of [node1, node2]) {
        const inOrder = [...network.delivered(name)].sort(
          (one, other) => Number(one) - Number(other),
        );
        expect(inOrder).toEqual(count(400));
        expect(unackedCount(network.host(name).state)).toBeLessThanOrEqual(10);
      }
    },
  );

  test('get every message in order over a calm network, once, though it comes over three media', () => {
    const network = cluster([node1, node2], { links: ['eth0', 'eth1', 'eth2'], delay: 0 });
    network.runTo(1_000);
    for (let n = 0; n < 50; n += 1) network.submit(node1, numbered(n));
    network.runTo(1_100);

    expect(network.delivered(node2)).toEqual(count(50));
  });

  test('notice a power cut after exactly the dead time', () => {
    const network = cluster([node1, node2], { delay: 0 });
    network.runTo(10_100);
    network.kill(node2);
    network.runTo(30_000);

    const deaths = network
      .host(node1)
      .seen.filter(({ effect }) => effect.kind === 'node-dead')
      .map(({ at }) => at);
    expect(deaths).toEqual([12_000]);
  });

  test('learn of a restart within the dead time, and never of a death', () => {
    const network = cluster([node1, node2]);
    network.runTo(10_000);
    network.kill(node2);
    network.runTo(10_500);
    network.boot({ ...quick(node2, [node1, node2]), generation: 101 });
    network.runTo(12_000);

    expect(network.facts(node1, 'node-dead')).toEqual([]);
    expect(network.facts(node1, 'node-restarted')).toHaveLength(1);
    expect(localStatus(network.host(node2).state)).toBe('active');
  });

  test('both learn of a partition and of its end, and neither dies twice', () => {
    const network = cluster([node1, node2]);
    network.runTo(10_000);
    network.host(node1).isCut = true;
    network.runTo(20_000);
    network.host(node1).isCut = false;
    network.runTo(40_000);

    for (const name of [node1, node2]) {
      expect(network.facts(name, 'node-dead')).toHaveLength(1);
      expect(network.facts(name, 'node-returned')).toHaveLength(1);
      expect(network.facts(name, 'node-restarted')).toEqual([]);
      expect(livePeers(network.host(name).state)).toHaveLength(1);
    }
  });

  test('agree after one was frozen: it knows that it was, and does not blame the other', () => {
    const network = cluster([node1, node2]);
    network.runTo(10_000);
    network.host(node1).isFrozen = true;
    network.runTo(15_000);
    network.host(node1).isFrozen = false;
    network.runTo(30_000);

    expect(network.facts(node1, 'frozen')).toHaveLength(1);
    expect(network.facts(node1, 'node-dead')).toEqual([]);
    expect(network.facts(node2, 'node-dead')).toHaveLength(1);
    expect(network.facts(node2, 'node-returned')).toHaveLength(1);
  });

  test('go the same way from the same seed', () => {
    const [one, other] = [cluster([node1, node2], stormy), cluster([node1, node2], stormy)];
    one.runTo(60_000);
    other.runTo(60_000);

    expect(one.packets).toBe(other.packets);
    expect(one.host(node1).seen).toEqual(other.host(node1).seen);
  });
});

describe('three nodes', () => {
  const all = [node1, node2, node3];

  test('are active together, and the two that are left see the third die', () => {
    const network = cluster(all);
    network.runTo(5_000);
    for (const name of all) expect(localStatus(network.host(name).state)).toBe('active');

    network.kill(node3);
    network.runTo(10_000);
    expect(livePeers(network.host(node1).state)).toEqual([node2]);
    expect(livePeers(network.host(node2).state)).toEqual([node1]);
  });

  test('get every message exactly once from both others', () => {
    const network = cluster(all);
    network.runTo(1_000);
    network.setWeather(stormy);
    for (let n = 0; n < 300; n += 1) {
      network.submit(all[n % 3] ?? node1, numbered(n));
      network.runTo(network.now + 20);
    }
    network.setWeather(calm);
    network.runTo(network.now + 20_000);

    for (const [index, name] of all.entries()) {
      const inOrder = [...network.delivered(name)].sort(
        (one, other) => Number(one) - Number(other),
      );
      expect(inOrder).toEqual(count(300).filter((n) => Number(n) % 3 !== index));
    }
  });

  test('that start in a storm all become active in the end', () => {
    const network = cluster(all, { ...stormy, lossPercent: 50 });
    network.runTo(30_000);

    for (const name of all) expect(localStatus(network.host(name).state)).toBe('active');
  });
});
