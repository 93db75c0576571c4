/**
 * Three nodes with policy stop, cut from each other at random, in one direction or both: never two runners at all, and one
 * once all is well. HEARTBEAT_SEED and HEARTBEAT_SEEDS say which and how many stories.
 */
import { expect, test } from 'vitest';
import { Cluster } from '../../sim/cluster.ts';
import { Dice } from '../../sim/dice.ts';
import { seconds } from '../../src/units.ts';

const first = Number(process.env['HEARTBEAT_SEED'] ?? 1);
const count = Number(process.env['HEARTBEAT_SEEDS'] ?? 15);
const seeds = Array.from({ length: count }, (_, at) => first + at);
const web = 'IPaddr::10.0.0.1';
const mail = 'IPaddr::10.0.0.2';
const nodes = ['node1', 'node2', 'node3'] as const;

function trouble(cluster: Cluster, dice: Dice): void {
  const name = dice.pick(nodes);
  const other = dice.pick(nodes);
  const acts = [
    (): void => {
      cluster.cut(name);
    },
    (): void => {
      cluster.heal(name);
    },
    (): void => {
      if (name !== other) cluster.network.block(name, other);
    },
    (): void => {
      cluster.network.healAll();
    },
    (): void => {
      cluster.powerOff(name);
    },
    (): void => {
      if (!cluster.isUp(name)) cluster.start(name);
    },
    (): void => {
      cluster.standby(name);
    },
    (): void => {
      cluster.takeover(name);
    },
  ];
  dice.pick(acts)();
}

test.each(seeds)('story %i', (seed) => {
  const dice = new Dice(seed, 'quorum');
  const autoFailback = dice.pick(['on', 'off'] as const);
  const groups = [
    ['node1', web],
    ['node2', mail],
  ] as const;
  const quorum = { policy: 'stop', release: seconds(4) } as const;
  const cluster = new Cluster({ groups, nodes, autoFailback, quorum, seed });
  cluster.start(...nodes);
  cluster.run(8000);
  for (let turn = 0; turn < 25; turn += 1) {
    trouble(cluster, dice);
    cluster.run(dice.below(6000));
  }
  cluster.network.healAll();
  for (const name of nodes) if (!cluster.isUp(name)) cluster.start(name);
  cluster.run(90_000);
  expect(cluster.doubles).toEqual([]);
  expect([cluster.runners(web).length, cluster.runners(mail).length]).toEqual([1, 1]);
});
