/**
 * A cable cut and healed under each quorum policy and `on_heal`, with ping nodes and without, beside ours and beside C: who had
 * the address, every 50 ms. HEARTBEAT_POLICIES=all plays every case, by hand; else the one that is the default of ha.cf.
 */
import { setTimeout as later } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ImplementationName } from '../../lab/options.ts';
import { openPair, Pair } from './pair.ts';
import { answers, router } from './router.ts';
import { Samples } from './samples.ts';

interface Case {
  readonly policy: 'ignore' | 'freeze' | 'stop';
  readonly onHeal?: 'yield' | 'restart' | 'log';
  /** `tiebreak = ping`, and whether the node that is not cut off sees it. */
  readonly ping?: 'seen' | 'unseen';
  readonly peer: ImplementationName;
  /** Who may be seen while the cable is cut, and from the heal on; `none` after the heal is an outage. */
  readonly apart: readonly string[];
  readonly together: readonly string[];
}

const yielding: Case = {
  policy: 'ignore',
  onHeal: 'yield',
  peer: 'ours',
  apart: ['1', 'both'],
  together: ['both', '1'],
};

const all: readonly Case[] = [
  yielding,
  { ...yielding, onHeal: 'log', together: ['both'] },
  { ...yielding, onHeal: 'restart', together: ['both', '2', '1', 'none'] },
  { ...yielding, peer: 'c', together: ['both', '2'] },
  { ...yielding, peer: 'c', onHeal: 'log', together: ['both', '1', '2', 'none'] },
  { ...yielding, peer: 'c', onHeal: 'restart', together: ['both', '1', '2', 'none'] },
  { ...yielding, ping: 'seen' },
  { ...yielding, ping: 'unseen' },
  { ...yielding, peer: 'c', ping: 'seen', together: ['both', '2'] },
  { ...yielding, peer: 'c', ping: 'unseen', together: ['both', '2'] },
  { policy: 'freeze', peer: 'ours', apart: ['1'], together: ['1'] },
  { policy: 'freeze', ping: 'seen', peer: 'ours', apart: ['1', 'both'], together: ['both', '1'] },
  { policy: 'freeze', ping: 'unseen', peer: 'ours', apart: ['1'], together: ['1'] },
  { policy: 'freeze', peer: 'c', apart: ['1', 'both'], together: ['both', '2'] },
  { policy: 'freeze', ping: 'seen', peer: 'c', apart: ['1', 'both'], together: ['both', '2'] },
  { policy: 'freeze', ping: 'unseen', peer: 'c', apart: ['1', 'both'], together: ['both', '2'] },
  { policy: 'stop', ping: 'seen', peer: 'ours', apart: ['1', 'none', '2'], together: ['2'] },
  { policy: 'stop', ping: 'unseen', peer: 'ours', apart: ['1', 'none'], together: ['none', '1'] },
  { policy: 'stop', ping: 'seen', peer: 'c', apart: ['1', 'none', 'both', '2'], together: ['2'] },
  { policy: 'stop', ping: 'unseen', peer: 'c', apart: ['1', 'none', 'both', '2'], together: ['2'] },
];

const cases = process.env['HEARTBEAT_POLICIES'] === 'all' ? all : [yielding];

const nameOf = ({ policy, onHeal, ping, peer }: Case): string =>
  `${policy}${onHeal === undefined ? '' : `, on_heal ${onHeal}`}${ping === undefined ? '' : `, ping node ${ping}`}, beside ${peer}`;

function extensionsOf({ policy, onHeal = 'yield', ping }: Case): string {
  // Two of two votes, and no tie-break: whoever is cut off has no quorum.
  const plugins = policy === 'freeze' && ping === undefined ? 'plugins = majority\n' : '';
  const tie = ping === undefined ? '' : 'tiebreak = ping\n';
  return `[quorum]\npolicy = ${policy}\nrelease = 2s\n${plugins}${tie}[split-brain]\non_heal = ${onHeal}\n`;
}

async function opened(one: Case, number: number): Promise<Pair> {
  const pair = await openPair({
    names: [`pol${String(number)}a`, `pol${String(number)}b`],
    programs: ['ours', one.peer],
    media: ['bcast eth0', ...(one.ping === undefined ? [] : [`ping ${router}`])],
    directives: one.ping === undefined ? [] : ['deadping 2'],
  });
  for (const { host, program } of pair.nodes)
    if (program.name === 'ours')
      await host.writeFile('/etc/ha.d/extensions.ini', extensionsOf(one));
  return pair;
}

/** Settled, with the service on the first. */
async function begun(pair: Pair): Promise<void> {
  await pair.startBoth();
  await pair.servedBy(pair.first, 40_000);
  await pair.settled();
}

/** What was seen meanwhile, repetitions left out, with how long each lasted in milliseconds. */
async function seen(pair: Pair, meanwhile: () => Promise<unknown>): Promise<Samples> {
  const samples = new Samples(pair);
  try {
    await meanwhile();
  } finally {
    await samples.stop();
  }
  return samples;
}

function told(what: string, { holders }: Samples): string {
  const counts = ['1', '2', 'both', 'none'].map((who) => {
    const count = holders.filter((holder) => holder === who).length;
    return count === 0 ? [] : [`${who}: ${String(count)}`];
  });
  const order = holders.filter((holder, at) => holder !== holders[at - 1]);
  return `${what}: ${order.join(' ')} (samples ${counts.flat().join(', ')})`;
}

describe.each(cases.map((one, number) => ({ one, number, name: nameOf(one) })))(
  'policy $name',
  ({ one, number, name }) => {
    test('is kept, sample for sample', { timeout: 150_000 }, async () => {
      const pair = await opened(one, number);
      try {
        await begun(pair);
        const isSplit = new Set(one.apart).has('both');
        if (one.ping === 'unseen') for (const node of pair.nodes) await answers(pair, node, 'del');
        await pair.watch.excuse(async () => {
          const apart = await seen(pair, async () => {
            await pair.first.host.cut();
            const takesOver = isSplit || new Set(one.apart).has('2');
            if (takesOver)
              await pair.eventually(
                'the other takes over',
                () => pair.second.holdsAddress(),
                30_000,
              );
            // Else longer than dead time, patience and release.
            await later(takesOver ? 2000 : 8000);
          });
          const together = await seen(pair, async () => {
            await pair.first.host.heal();
            if (one.ping === 'unseen')
              for (const node of pair.nodes) await answers(pair, node, 'add');
            if (one.onHeal === 'log') await later(15_000);
            else await pair.oneHolder(40_000);
            await later(isSplit ? 4000 : 1000);
          });
          process.stdout.write(`${name}: ${told('apart', apart)}; ${told('healed', together)}\n`);
          expect(one.apart).toEqual(expect.arrayContaining([...new Set(apart.holders)]));
          expect(one.together).toEqual(expect.arrayContaining([...new Set(together.holders)]));
        });
      } finally {
        await Pair.end(pair);
      }
    });
  },
);
