/** The steps of the lab's stories; each has a limit and says what it found. */
import { isSettled } from './beliefs.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import { killServer } from './nfs.ts';
import { durationMillis, type LabOptions } from './options.ts';
import { broken, held, type Finding, type ServiceClient } from './scenario.ts';
import { pause, waitUntil } from './wait.ts';

export interface Stage {
  readonly cluster: Cluster;
  readonly client: ServiceClient;
  readonly options: LabOptions;
  readonly signal: AbortSignal;
  /** When the node that was started last had been. */
  upSince: number;
}

export interface Step {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<Finding>;
}

/** A cold start of two C nodes takes 12 s; longer than this is broken for either. */
const startLimit = 40_000;
const settleLimit = 60_000;
const standbyLimit = 30_000;
/** Longest outages that pass, beyond what the configuration itself asks for; generous, for busy machines. */
const standbyOutageLimit = 5_000;
const crashOutageSlack = 5_000;
/** A database ends and starts more slowly than a page. */
const databaseSlack = 15_000;
/** A node that has just started asks to be given two seconds more than its deadtime, for five seconds (spec membership 2.1). */
const raisedDeadtime = 6_000;
/** A stop without its server: Apache's five seconds, Filesystem's sixty, and those of the address. */
const stopLimit = 75_000;

/** The steps that the options ask for. */
export function storyOf(options: LabOptions): readonly Step[] {
  const start = { title: 'both daemons start', play: startBoth };
  if (options.crashes !== undefined) {
    const count = options.crashes;
    const crashes = Array.from({ length: count }, (_, index): Step => {
      const title = `crash ${String(index + 1)} of ${String(count)}`;
      return { title, play: crashServing };
    });
    return [start, ...crashes];
  }
  const ordinary = [
    start,
    { title: 'hb_standby on node1', play: standbyFirst },
    { title: 'node2 loses its power', play: crashSecond },
    { title: 'node2 returns', play: returnSecond },
  ];
  if (options.scenario !== 'nfs') return ordinary;
  return [...ordinary, { title: 'NFS server dies in a stop', play: stopWithoutServer }];
}

async function startBoth(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const limit = longer(stage, startLimit);
  const start = performance.now();
  const refusals = await Promise.all([first.start(), second.start()]);
  const refused = refusals.find((refusal) => refusal !== undefined);
  if (refused !== undefined) return broken(`heartbeat did not start: ${refused}`);
  stage.upSince = performance.now();
  const came = await waitForAnswer(stage, first, limit);
  if (!came) return broken(`no answer from node1 within ${inSeconds(limit)}`);
  const words = `node1 answers after ${inSeconds(performance.now() - start)}`;
  return (await settled(stage)) ?? checked(stage, held(words));
}

async function standbyFirst(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const limit = longer(stage, standbyLimit);
  const mark = stage.client.view.outages.length;
  const refused = await first.standby();
  if (refused !== undefined) return broken(`hb_standby: ${refused}`);
  if (!(await waitForAnswer(stage, second, limit))) {
    return broken(`no answer from node2 within ${inSeconds(limit)}`);
  }
  const unsettled = await settled(stage);
  if (unsettled !== undefined) return unsettled;
  return checked(stage, outageSince(stage, mark, longer(stage, standbyOutageLimit)));
}

async function crashSecond(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  return crash(stage, second, first);
}

async function crash(stage: Stage, victim: ClusterNode, heir: ClusterNode): Promise<Finding> {
  const deadtime = durationMillis(stage.options.deadtime) ?? 0;
  const limit = deadtime + longer(stage, crashOutageSlack);
  const young = stage.upSince + raisedDeadtime - performance.now();
  await pause(Math.max(0, young), stage.signal);
  const mark = stage.client.view.outages.length;
  await victim.powerOff();
  if (!(await waitForAnswer(stage, heir, limit))) {
    return broken(`no answer from ${heir.name} within ${inSeconds(limit)}`);
  }
  return checked(stage, outageSince(stage, mark, limit));
}

async function returnSecond(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const mark = stage.client.view.outages.length;
  const refused = await second.start();
  if (refused !== undefined) return broken(`heartbeat did not start: ${refused}`);
  stage.upSince = performance.now();
  const unsettled = await settled(stage);
  if (unsettled !== undefined) return unsettled;
  if (!(await waitForAnswer(stage, first, longer(stage, 1_000)))) {
    return broken('node1 does not answer any more');
  }
  const finding = outageSince(stage, mark, longer(stage, standbyOutageLimit));
  return checked(stage, finding.held ? held(`both active; ${finding.words}`) : finding);
}

/** The node that serves loses its power and comes back as the one that does not. */
async function crashServing(stage: Stage): Promise<Finding> {
  const [first, second] = stage.cluster.nodes;
  const isFirst = stage.client.view.from === first.name;
  const [victim, heir] = isFirst ? [first, second] : [second, first];
  const finding = await crash(stage, victim, heir);
  if (!finding.held) return finding;
  const refused = await victim.start();
  if (refused !== undefined) return broken(`heartbeat did not start: ${refused}`);
  stage.upSince = performance.now();
  return (await settled(stage)) ?? finding;
}

/** Without its server a mount is let go within the limit, or kept: never is it still used here when the other node has the address. */
async function stopWithoutServer(stage: Stage): Promise<Finding> {
  const [first] = stage.cluster.nodes;
  const limit = longer(stage, stopLimit);
  const start = performance.now();
  await killServer(stage.cluster.hosts);
  const refused = await first.standby();
  if (refused !== undefined) return broken(`hb_standby: ${refused}`);
  const isFree = async (): Promise<boolean> =>
    !(await first.holdsMount()) && !(await first.holdsAddress());
  const { lookEvery } = stage.cluster.pace;
  if ((await waitUntil(isFree, limit, stage.signal, lookEvery)) === undefined) {
    return broken(`node1 still holds the mount or the address after ${inSeconds(limit)}`);
  }
  return held(
    `node1 has let go of mount and address after ${inSeconds(performance.now() - start)}`,
  );
}

/** Adds what the client finds when it looks at what it is served, if it does. */
async function checked(stage: Stage, finding: Finding): Promise<Finding> {
  if (!finding.held || stage.client.check === undefined) return finding;
  const found = await stage.client.check();
  return { held: found.held, words: `${finding.words}; ${found.words}` };
}

/** True once the node's answer is the client's latest, after a change if there has to be one. */
async function waitForAnswer(stage: Stage, node: ClusterNode, limit: number): Promise<boolean> {
  const answers = (): boolean => stage.client.answering === node.name;
  const { lookEvery } = stage.cluster.pace;
  return (await waitUntil(answers, limit, stage.signal, lookEvery)) !== undefined;
}

/** Waits until both nodes believe both active and nothing changes hands; the finding when they do not. */
async function settled(stage: Stage): Promise<Finding | undefined> {
  const limit = longer(stage, settleLimit);
  const names = stage.cluster.nodes.map(({ name }) => name);
  const areSettled = async (): Promise<boolean> => {
    for (const node of stage.cluster.nodes) {
      if (!isSettled(await node.belief(), names)) return false;
    }
    return true;
  };
  const { askNodesEvery } = stage.cluster.pace;
  const waited = await waitUntil(areSettled, limit, stage.signal, askNodesEvery);
  if (waited !== undefined) return undefined;
  return broken(`the nodes do not agree that both are active within ${inSeconds(limit)}`);
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

/** A limit on this machine, for this service. */
function longer({ cluster, options }: Stage, limit: number): number {
  return limit * cluster.pace.slowness + (options.scenario === 'mysql' ? databaseSlack : 0);
}

const inSeconds = (length: number): string => `${(length / 1000).toFixed(1)} s`;
const inMillis = (length: number): string => `${length.toFixed(0)} ms`;
