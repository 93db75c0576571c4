/** haresources edited at random, on either node or on both, read again in any order, with crashes, stops and standbys between. */
import { describe, expect, test } from 'vitest';
import { Dice } from '../../sim/dice.ts';
import type { Group } from '../../sim/settings.ts';
import { seconds } from '../../src/units.ts';
import { EditedCluster } from './reload-groups.ts';

const keys = ['IPaddr::10.0.0.1', 'IPaddr::10.0.0.2', 'IPaddr::10.0.0.3'];
const members = ['httpd', 'postfix', 'smb', 'nfs'];
const everything: Group = ['node1', ...keys, ...members];
const failed = { outcome: { kind: 'failed', code: 1, why: '' } } as const;

/** Services that die are started again in place. */
const watched = {
  at: { file: 'extensions.ini', line: 1, column: 1 },
  interval: seconds(1),
  timeout: undefined,
  restarts: 100,
  then: 'report',
} as const;

/** Every resource in one group at most. */
function anyFile(dice: Dice, names: readonly string[]): readonly Group[] {
  const groups = keys
    .filter(() => dice.happens(0.75))
    .map((key): string[] => [dice.pick(names), key]);
  for (const member of members)
    if (groups.length > 0 && dice.happens(0.7)) dice.pick(groups).push(member);
  return groups.map(([owner = '', ...resources]): Group => [owner, ...resources]);
}

class Operator {
  readonly edited: EditedCluster;
  readonly told: string[] = [];
  readonly #names: readonly string[];
  readonly #dice: Dice;
  /** Some scripts fail; then somebody has to help in the end. */
  readonly #fails: boolean;
  readonly #isWatched: boolean;

  constructor(seed: number) {
    this.#dice = new Dice(seed, 'reload');
    this.#fails = this.#dice.happens(0.5);
    this.#isWatched = this.#dice.happens(0.3);
    this.#names = ['node1', 'node2', ...(this.#dice.happens(0.3) ? ['node3'] : [])];
    const monitoring = new Map(this.#isWatched ? [['', watched]] : []);
    const autoFailback = this.#dice.pick(['on', 'off'] as const);
    this.edited = new EditedCluster([everything], anyFile(this.#dice, this.#names), {
      nodes: this.#names,
      loss: this.#dice.pick([0, 0, 0.1]),
      watching: { monitoring },
      autoFailback,
      seed,
      jitter: this.#dice.pick([0, 0, 200]),
      scriptTakes: () => this.#dice.pick([5, 20, 300, 1200]),
    });
    this.edited.cluster.start(...this.#names);
    this.edited.cluster.run(12_000);
  }

  act(): void {
    const { cluster } = this.edited;
    const names = this.#names;
    const name = this.#dice.pick(names);
    const acts: Readonly<Record<string, () => void>> = {
      edit: () => {
        this.edited.edit(name, ...anyFile(this.#dice, this.#names));
      },
      both: () => {
        const file = anyFile(this.#dice, this.#names);
        for (const each of names) this.edited.edit(each, ...file);
      },
      // Two operators at once: what each brings, the other node knows nothing of yet.
      contrary: () => {
        for (const each of names) this.edited.edit(each);
        this.edited.reload(...names);
        cluster.run(5000);
        for (const each of names) this.edited.edit(each, ...anyFile(this.#dice, this.#names));
        this.edited.reload(...names);
      },
      propagate: () => {
        const from = this.edited.files.get(name) ?? [];
        for (const each of names) this.edited.edit(each, ...from);
      },
      reload: () => {
        this.edited.reload(name);
      },
      'reload both': () => {
        this.edited.reload(...names);
      },
      crash: () => {
        cluster.powerOff(name);
      },
      stop: () => {
        cluster.stop(name);
      },
      start: () => {
        if (!cluster.isUp(name) && cluster.host(name).scripts === 0) cluster.start(name);
      },
      standby: () => {
        cluster.standby(name, this.#dice.pick(['all', 'local', 'foreign']));
      },
      takeover: () => {
        cluster.takeover(name, this.#dice.pick(['all', 'local', 'foreign']));
      },
      dies: () => {
        cluster.host(name).running.delete(this.#dice.pick(members));
      },
      'stop fails': () => {
        cluster.scripts.set(`${name} stop ${this.#dice.pick(everything.slice(1))}`, failed);
      },
      'start fails': () => {
        cluster.scripts.set(`${name} start ${this.#dice.pick(members)}`, failed);
      },
      'scripts work': () => {
        cluster.scripts.clear();
      },
    };
    const bag = [
      ...['edit', 'both', 'both', 'propagate', 'propagate', 'reload', 'reload', 'reload'],
      ...[
        'contrary',
        'contrary',
        'reload both',
        'reload both',
        'crash',
        'start',
        'start',
        'standby',
        'takeover',
        'stop',
      ],
      ...(this.#isWatched ? ['dies', 'dies'] : []),
      ...(this.#fails ? ['stop fails', 'start fails', 'scripts work', 'scripts work'] : []),
    ];
    const what = this.#dice.pick(bag);
    this.told.push(`${String(cluster.now)} ${name} ${what}`);
    acts[what]?.();
    cluster.run(this.#dice.pick([0, 1, 10, 100, 1000, 3000, 8000]));
  }

  /** One file on all nodes, read by all, and everything works. */
  end(): readonly Group[] {
    const { cluster, files } = this.edited;
    const names = this.#names;
    cluster.scripts.clear();
    cluster.network.weather = { loss: 0, jitter: 0, doubled: 0 };
    const file = files.get('node1') ?? [];
    for (const each of names) this.edited.edit(each, ...file);
    cluster.run(60_000);
    for (const name of names) if (!cluster.isUp(name)) cluster.start(name);
    cluster.run(60_000);
    this.edited.reload(...names);
    cluster.run(120_000);
    // What could not be stopped, or did not start, waits for somebody.
    for (const name of this.#fails ? names : []) {
      cluster.stop(name);
      cluster.run(30_000);
      cluster.start(name);
      cluster.run(30_000);
      cluster.takeover(name, 'local');
      cluster.run(20_000);
    }
    return file;
  }
}

const seeds = Number(process.env['RELOAD_SEEDS'] ?? 12);
const first = Number(process.env['RELOAD_SEED'] ?? 1);

describe('edits and reloads at random', () => {
  test.each(Array.from({ length: seeds }, (_, index) => first + index))(
    'give nothing two owners, and everything one in the end (seed %i)',
    (seed) => {
      const operator = new Operator(seed);
      for (let acts = 0; acts < 40; acts += 1) operator.act();
      const { cluster } = operator.edited;
      expect(cluster.doubles, operator.told.join('\n')).toEqual([]);
      const file = operator.end();
      expect(cluster.doubles, operator.told.join('\n')).toEqual([]);
      const wanted = new Set(file.flatMap(([, ...resources]) => resources));
      const running = everything
        .slice(1)
        .map((resource) => [resource, cluster.runners(resource).length]);
      expect(Object.fromEntries(running), operator.told.join('\n')).toEqual(
        Object.fromEntries(everything.slice(1).map((each) => [each, wanted.has(each) ? 1 : 0])),
      );
      for (const [, ...resources] of file) {
        const places = new Set(resources.flatMap((resource) => cluster.runners(resource)));
        expect(places.size, `${resources.join(' ')}\n${operator.told.join('\n')}`).toBe(1);
      }
    },
    60_000,
  );
});
