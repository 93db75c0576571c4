/** The story without a terminal: start, hb_standby, power-off, return; each step with a limit and its measured outage. */
import { isSettled } from './beliefs.ts';
import { Client } from './client.ts';
import { openCluster, type Cluster, type ClusterNode } from './cluster.ts';
import { durationMillis, type LabOptions } from './options.ts';
import { HoldingWatch } from './two-holders.ts';
import { describeSetting } from './words.ts';
import { pause, waitUntil } from './wait.ts';

interface Stage {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly options: LabOptions;
  readonly signal: AbortSignal;
  /** When both start commands had returned. */
  upSince: number;
}

/** What a step found: it held, or it did not; in words. */
interface Finding {
  readonly held: boolean;
  readonly words: string;
}

interface Step {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<Finding>;
}

const held = (words: string): Finding => ({ held: true, words });
const broken = (words: string): Finding => ({ held: false, words });

/** A cold start of two C nodes takes 12 s; longer than this is broken for either. */
const startLimit = 40_000;
const settleLimit = 60_000;
const standbyLimit = 30_000;
/** Longest outages that pass, beyond what the configuration itself asks for; generous, for busy machines. */
const standbyOutageLimit = 5_000;
const crashOutageSlack = 5_000;
/** A node that has just started asks to be given two seconds more than its deadtime, for five seconds (spec membership 2.1). */
const raisedDeadtime = 6_000;

const story: readonly Step[] = [
  { title: 'both daemons start', play: startBoth },
  { title: 'hb_standby on node1', play: standbyFirst },
  { title: 'node2 loses its power', play: crashSecond },
  { title: 'node2 returns', play: returnSecond },
];

/** Plays the story; true when every step held and the two nodes never held the address together. */
export async function playDemo(
  options: LabOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  say(describeSetting(options));
  const cluster = await openCluster(options, signal);
  const client = new Client(cluster.clientHost);
  const watch = new HoldingWatch(cluster.nodes);
  try {
    const stage = { cluster, client, options, signal, upSince: 0 };
    for (const [index, step] of story.entries()) {
      const finding = await step.play(stage);
      signal.throwIfAborted();
      say(`${String(index + 1)}. ${step.title.padEnd(24)} ${verdict(finding)}`);
      if (!finding.held) {
        await sayLogs(cluster, say);
        return false;
      }
    }
    return await judgeHolding(watch, story.length + 1, say);
  } finally {
    client.stop();
    await watch.stop();
    await cluster.down();
  }
}

async function startBoth(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const start = performance.now();
  const refusals = await Promise.all([first.start(), second.start()]);
  const refused = refusals.find((refusal) => refusal !== undefined);
  if (refused !== undefined) return broken(`heartbeat did not start: ${refused}`);
  stage.upSince = performance.now();
  const came = await waitForAnswer(stage, first, startLimit);
  if (!came) return broken(`no answer from node1 within ${inSeconds(startLimit)}`);
  const words = `node1 answers after ${inSeconds(performance.now() - start)}`;
  return (await settled(stage)) ?? held(words);
}

async function standbyFirst(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const mark = stage.client.view.outages.length;
  const refused = await first.standby();
  if (refused !== undefined) return broken(`hb_standby: ${refused}`);
  if (!(await waitForAnswer(stage, second, standbyLimit))) {
    return broken(`no answer from node2 within ${inSeconds(standbyLimit)}`);
  }
  return (await settled(stage)) ?? outageSince(stage, mark, standbyOutageLimit);
}

async function crashSecond(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const limit = (durationMillis(stage.options.deadtime) ?? 0) + crashOutageSlack;
  const young = stage.upSince + raisedDeadtime - performance.now();
  await pause(Math.max(0, young), stage.signal);
  const mark = stage.client.view.outages.length;
  await second.powerOff();
  if (!(await waitForAnswer(stage, first, limit))) {
    return broken(`no answer from node1 within ${inSeconds(limit)}`);
  }
  return outageSince(stage, mark, limit);
}

async function returnSecond(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const mark = stage.client.view.outages.length;
  const refused = await second.start();
  if (refused !== undefined) return broken(`heartbeat did not start: ${refused}`);
  const unsettled = await settled(stage);
  if (unsettled !== undefined) return unsettled;
  if (!(await waitForAnswer(stage, first, 1_000))) return broken('node1 does not answer any more');
  const finding = outageSince(stage, mark, standbyOutageLimit);
  return finding.held ? held(`both active; ${finding.words}`) : finding;
}

/** True once the node's answer is the client's latest, after a change if there has to be one. */
async function waitForAnswer(stage: Stage, node: ClusterNode, limit: number): Promise<boolean> {
  const answers = (): boolean => stage.client.answering === node.name;
  return (await waitUntil(answers, limit, stage.signal)) !== undefined;
}

/** Waits until both nodes believe both active and nothing changes hands; the finding when they do not. */
async function settled(stage: Stage): Promise<Finding | undefined> {
  const names = stage.cluster.nodes.map(({ name }) => name);
  const areSettled = async (): Promise<boolean> => {
    for (const node of stage.cluster.nodes) {
      if (!isSettled(await node.belief(), names)) return false;
    }
    return true;
  };
  if ((await waitUntil(areSettled, settleLimit, stage.signal)) !== undefined) return undefined;
  return broken(`the nodes do not agree that both are active within ${inSeconds(settleLimit)}`);
}

/** The longest outage since the mark, held against the limit. */
function outageSince(stage: Stage, mark: number, limit: number): Finding {
  const { view } = stage.client;
  const since = view.outages.slice(mark);
  const longest = Math.max(0, ...since.map(({ length }) => length));
  const from = view.from ?? 'nobody';
  if (longest > limit) return broken(`outage ${inMillis(longest)}, more than ${inMillis(limit)}`);
  const outage = since.length === 0 ? 'no outage' : `outage ${inMillis(longest)}`;
  return held(`${from} answers, ${outage}`);
}

async function judgeHolding(
  watch: HoldingWatch,
  number: number,
  say: (line: string) => void,
): Promise<boolean> {
  await watch.stop();
  const { samples, bothWhileHearing } = watch.holding;
  const among = `${String(bothWhileHearing)} of ${String(samples)} samples`;
  const never = bothWhileHearing === 0;
  const finding = never ? held(`${among} show both`) : broken(`both held it in ${among}`);
  say(`${String(number)}. ${'never two holders'.padEnd(24)} ${verdict(finding)}`);
  say(never ? 'The story held.' : 'The story did not hold.');
  return never;
}

async function sayLogs(cluster: Cluster, say: (line: string) => void): Promise<void> {
  for (const node of cluster.nodes) {
    say(`the last lines of ${node.name}'s log:`);
    for (const line of await node.lastLogLines(15)) say(`  ${line}`);
  }
}

const verdict = ({ held: isHeld, words }: Finding): string =>
  `${isHeld ? 'ok    ' : 'FAILED'}  ${words}`;
const inSeconds = (length: number): string => `${(length / 1000).toFixed(1)} s`;
const inMillis = (length: number): string => `${length.toFixed(0)} ms`;
