/** The cluster of a seed: everything that does not change while it runs. */
import type { AutoFailback, AuthKey, QuorumOptions } from '../src/config/settings.ts';
import { Dice } from './dice.ts';
import type { Weather } from './network.ts';
import type { Group, Timing } from './settings.ts';

type Kind = 'ours' | 'c';

export interface Scenario {
  readonly seed: number;
  readonly nodes: readonly { readonly name: string; readonly kind: Kind }[];
  readonly groups: readonly Group[];
  readonly media: readonly string[];
  readonly timing: Timing;
  readonly autoFailback: AutoFailback;
  readonly method: AuthKey['method'];
  readonly msgfmt: 'classic' | 'netstring';
  /** While faults happen; afterwards the sky is blue. */
  readonly weather: Weather;
  /** Nodes reset each other; the one that runs nothing waits for `delay` milliseconds first. */
  readonly fencing: { readonly delay: number } | undefined;
  /** `[quorum]` of extensions.ini; as C, when undefined. */
  readonly quorum: Pick<QuorumOptions, 'plugins' | 'policy' | 'tiebreak'> | undefined;
  readonly pingNodes: readonly string[];
  /** Scripts take up to so many milliseconds. */
  readonly scriptsTake: number;
  /** How many things happen to the cluster. */
  readonly acts: number;
  /** Machines may start without the files that the daemon keeps. */
  readonly losesFiles: boolean;
}

const services = ['httpd', 'mysql', 'nfs', 'squid'];
const atRest: Weather = { loss: 0, jitter: 0, doubled: 0 };

/** The same seed gives the same scenario; a cluster that is too large is made smaller. */
export function drawScenario(seed: number, mostNodes: number): Scenario {
  const dice = new Dice(seed, 'scenario');
  const nodes = drawNodes(dice, mostNodes);
  const hasC = nodes.some(({ kind }) => kind === 'c');
  return {
    seed,
    nodes,
    groups: drawGroups(
      dice,
      nodes.map(({ name }) => name),
    ),
    media: ['eth0', 'eth1', 'eth2'].slice(0, dice.pick([1, 1, 2, 2, 3])),
    timing: drawTiming(dice),
    // The C peer is modelled without its legacy mode.
    autoFailback: dice.pick(hasC ? ['on', 'off'] : ['on', 'on', 'off', 'off', 'legacy']),
    // HMACs cost more than all the rest, and are the business of other tests.
    method: dice.happens(0.1) ? dice.pick(['md5', 'sha1']) : 'crc',
    msgfmt: dice.happens(0.3) ? 'netstring' : 'classic',
    weather: drawWeather(dice),
    fencing: dice.happens(0.4) && !hasC ? { delay: dice.pick([0, 0, 2000]) } : undefined,
    ...drawQuorum(dice.for('quorum'), nodes.length, hasC),
    scriptsTake: dice.pick([20, 20, 200, 1000]),
    acts: dice.between(6, 16),
    losesFiles: dice.happens(0.2),
  };
}

/** Most clusters are pairs; and each node more takes as much time as all the pairs. */
const sizes = [2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 7];

function drawNodes(dice: Dice, most: number): Scenario['nodes'] {
  const count = Math.min(most, dice.pick(sizes));
  const names = Array.from({ length: count }, (_, index) => `node${String(index + 1)}`);
  const foreigner = count === 2 && dice.happens(0.3) ? dice.pick(names) : undefined;
  return names.map((name) => ({ name, kind: name === foreigner ? 'c' : 'ours' }));
}

function drawGroups(dice: Dice, names: readonly string[]): readonly Group[] {
  const count = dice.pick([1, 2, 2, 3]);
  return Array.from({ length: count }, (_, index): Group => {
    const address = `IPaddr::10.0.0.${String(index + 1)}`;
    const service = services[index] ?? 'service';
    const owner = dice.pick(names);
    return dice.happens(0.7) ? [owner, address, service] : [owner, address];
  });
}

function drawTiming(dice: Dice): Timing {
  const deadtime = dice.pick([1000, 2000, 3000]);
  return {
    keepalive: Math.floor(deadtime / dice.pick([4, 5, 8])),
    deadtime,
    warntime: Math.floor(deadtime / 2),
    initdead: deadtime * dice.pick([2, 3]),
    maxRexmitDelay: 250,
  };
}

function drawWeather(dice: Dice): Weather {
  if (dice.happens(0.5)) return atRest;
  return {
    loss: dice.pick([0, 0.05, 0.15, 0.25]),
    jitter: dice.pick([0, 50, 600]),
    doubled: dice.pick([0, 0.1]),
  };
}

/** Of two nodes no half is the smaller one: ping nodes break the tie. (The C peer is modelled without any.) */
function drawQuorum(
  dice: Dice,
  nodes: number,
  hasC: boolean,
): Pick<Scenario, 'quorum' | 'pingNodes'> {
  const policy = dice.pick(['ignore', 'ignore', 'freeze', 'stop', 'stop'] as const);
  const pingNodes = hasC || dice.happens(0.6) ? [] : ['router'];
  const tiebreak = nodes === 2 ? pingNodes.length : 0;
  const isJudge = policy !== 'ignore' && (nodes > 2 || tiebreak > 0);
  return { pingNodes, quorum: isJudge ? { plugins: ['majority'], policy, tiebreak } : undefined };
}
