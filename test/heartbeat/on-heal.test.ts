/** `[split-brain] on_heal`: what two of ours do when a cable is plugged in again. */
import { describe, expect, test } from 'vitest';
import { Cluster } from '../../sim/cluster.ts';
import { OurDaemon } from '../../sim/daemon.ts';
import { settingsOf, type Group } from '../../sim/settings.ts';
import type { OnHeal } from '../../src/config/settings.ts';
import { millis, nodeName } from '../../src/units.ts';

const vip = 'IPaddr::10.0.0.1';
const groups: readonly Group[] = [
  ['node1', vip],
  ['node2', 'mail'],
];
const nodes = ['node1', 'node2'];

/** Both have taken over from each other, and the cable is back. */
function healed(onHeal: OnHeal): Cluster {
  const settings = settingsOf({ nodes, groups, autoFailback: 'off' });
  const splitBrain = { onHeal, wait: millis(3500) };
  const cluster = new Cluster({
    groups,
    daemon: ({ generation, name, uuid }, kept) =>
      new OurDaemon({
        settings: { ...settings, extensions: { ...settings.extensions, splitBrain } },
        self: nodeName(name),
        uuid,
        generation,
        seed: generation,
        kept,
      }),
  });
  cluster.start(...nodes);
  cluster.until(() => nodes.every((name) => cluster.holding(name) === 'local'));
  cluster.run(6000);
  cluster.cut('node1');
  cluster.until(() => cluster.runners(vip).length === 2 && cluster.runners('mail').length === 2);
  cluster.heal('node1');
  return cluster;
}

describe('on_heal', () => {
  test('yield: each goes on with its own, and nobody restarts', () => {
    const cluster = healed('yield');
    cluster.run(10_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.runners('mail')).toEqual(['node2']);
    expect(cluster.runs).not.toContain(`node1 stop ${vip}`);
    expect(cluster.logged('node1').join()).not.toContain('restart');
  });

  test('log: both go on with everything, and say so', () => {
    const cluster = healed('log');
    cluster.run(30_000);
    expect(cluster.runners(vip)).toHaveLength(2);
    expect(cluster.runners('mail')).toHaveLength(2);
    expect(cluster.complaints('node1').join()).toContain('returning after partition');
  });

  test('restart: both give up everything, and begin anew with their own', () => {
    const cluster = healed('restart');
    cluster.until(() => cluster.runners(vip).length === 0, 10_000);
    cluster.until(() => nodes.every((name) => cluster.holding(name) === 'local'), 30_000);
    expect(cluster.runners(vip)).toEqual(['node1']);
    expect(cluster.runners('mail')).toEqual(['node2']);
    expect(cluster.logged('node1')).toContain('info Heartbeat restart triggered.');
    expect(cluster.logged('node2')).toContain('info Heartbeat restart triggered.');
  });

  test('restart: a stop that comes meanwhile is a stop', () => {
    const cluster = healed('restart');
    cluster.until(() => cluster.logged('node1').join().includes('restart triggered'), 10_000);
    cluster.stop('node1');
    cluster.run(10_000);
    expect(cluster.isUp('node1')).toBe(false);
  });
});
