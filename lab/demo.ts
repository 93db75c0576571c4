/** Plays a story without a terminal. */
import { openCluster, type Cluster } from './cluster.ts';
import type { LabOptions } from './options.ts';
import { broken, held, type Finding } from './scenario.ts';
import { storyOf, type Stage } from './story.ts';
import { HoldingWatch, type Holding } from './two-holders.ts';
import { describeSetting } from './words.ts';

/** Plays the story; true when every step held and the two nodes never held the address together, nor the volume. */
export async function playDemo(
  options: LabOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  say(describeSetting(options));
  const cluster = await openCluster(options, signal);
  const client = cluster.openClient();
  const watches = watchesOf(cluster);
  try {
    const stage = { cluster, client, options, signal, upSince: 0 };
    const count = await playSteps(stage, say);
    if (count === undefined) {
      await sayLogs(cluster, say);
      return false;
    }
    return await judge(watches, count, say);
  } finally {
    client.stop();
    await Promise.all(watches.map(({ watch }) => watch.stop()));
    await cluster.down();
  }
}

interface NamedWatch {
  readonly title: string;
  readonly watch: HoldingWatch;
}

function watchesOf({ nodes, pace, scenario }: Cluster): readonly NamedWatch[] {
  const interval = pace.lookEvery;
  const address = new HoldingWatch(nodes, { interval, holds: (node) => node.holdsAddress() });
  const never = { title: 'never two holders', watch: address };
  if (scenario.mountPoint === undefined) return [never];
  const volume = new HoldingWatch(nodes, { interval, holds: (node) => node.holdsMount() });
  return [never, { title: 'never mounted twice', watch: volume }];
}

/** How many steps held; undefined when one did not. */
async function playSteps(stage: Stage, say: (line: string) => void): Promise<number | undefined> {
  const story = storyOf(stage.options);
  for (const [index, step] of story.entries()) {
    const finding = await step.play(stage);
    stage.signal.throwIfAborted();
    say(numbered(index + 1, step.title, finding));
    if (!finding.held) return undefined;
  }
  return story.length;
}

async function judge(
  watches: readonly NamedWatch[],
  count: number,
  say: (line: string) => void,
): Promise<boolean> {
  let isHeld = true;
  for (const [index, { title, watch }] of watches.entries()) {
    await watch.stop();
    const finding = judged(watch.holding);
    isHeld &&= finding.held;
    say(numbered(count + index + 1, title, finding));
  }
  say(isHeld ? 'The story held.' : 'The story did not hold.');
  return isHeld;
}

function judged({ samples, bothWhileHearing }: Holding): Finding {
  const among = `${String(bothWhileHearing)} of ${String(samples)} samples`;
  return bothWhileHearing === 0 ? held(`${among} show both`) : broken(`both held it in ${among}`);
}

async function sayLogs(cluster: Cluster, say: (line: string) => void): Promise<void> {
  for (const node of cluster.nodes) {
    say(`the last lines of ${node.name}'s log:`);
    for (const line of await node.lastLogLines(15)) say(`  ${line}`);
  }
}

const numbered = (number: number, title: string, { held: isHeld, words }: Finding): string =>
  `${String(number)}. ${title.padEnd(26)} ${isHeld ? 'ok    ' : 'FAILED'}  ${words}`;
