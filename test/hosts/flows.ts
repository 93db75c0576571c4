/**
 * The flows of a pair (spec resources 5-8), each with the state it has to end in: whoever runs on the two hosts, and whatever
 * the wire between them does. A story is a list of flows that follow each other on one pair.
 */
import { setTimeout as later } from 'node:timers/promises';
import { expect } from 'vitest';
import { exitCode, haCf, type Pair, type PairPlan, type SetWord, type TestNode } from './pair.ts';

/** Long enough for a C node that has lost the first answers on a foul wire; never asserted. */
const limit = 60_000;

const isLong = process.env['HEARTBEAT_LONG'] !== undefined;

interface Flow {
  readonly name: string;
  /** Rejects when the flow does not end as it should. */
  readonly play: (pair: Pair, plan: PairPlan) => Promise<void>;
  /** It takes half a minute or more beside C: it is played by hand only (HEARTBEAT_LONG=1). */
  readonly long?: boolean;
}

export interface Story {
  readonly title: string;
  readonly autoFailback: 'on' | 'off' | 'legacy';
  readonly flows: readonly Flow[];
}

const peerOf = (pair: Pair, node: TestNode): TestNode =>
  node === pair.first ? pair.second : pair.first;

/** Both nodes are active and at rest, and `owner` serves. */
async function rests(pair: Pair, owner: TestNode): Promise<void> {
  await pair.servedBy(owner, limit);
  await pair.settled(limit);
  await pair.servedBy(owner, limit);
}

/** Has `words` done, and waits until the log of `node` has `pattern` that was not there before. */
async function andLogs(node: TestNode, pattern: RegExp, words: () => Promise<void>): Promise<void> {
  const from = (await node.log()).length;
  await words();
  await node.logged(pattern, from, limit);
}

async function startInTurn(one: TestNode, other: TestNode): Promise<void> {
  await andLogs(one, /Local status now set to: 'up'/, () => one.start());
  await other.start();
}

async function coldStart(pair: Pair, one: TestNode): Promise<void> {
  await startInTurn(one, peerOf(pair, one));
  await rests(pair, pair.first);
}

async function stopBoth(pair: Pair): Promise<void> {
  await Promise.all(pair.nodes.map((node) => node.stop()));
}

const standby = async (pair: Pair, from: TestNode, set: SetWord): Promise<void> => {
  await pair.asking(
    () => from.standby(set),
    () => rests(pair, peerOf(pair, from)),
  );
};

const takeover = async (pair: Pair, to: TestNode, set: SetWord): Promise<void> => {
  await pair.asking(
    () => to.takeover(set),
    () => rests(pair, to),
  );
};

/** The service goes home to the first node, by a standby if it is not there; a command that was late may move it once more. */
async function goHome(pair: Pair): Promise<void> {
  const isHome = async (): Promise<boolean> => {
    await pair.settled(limit);
    if ((await pair.oneHolder(limit)) === pair.first)
      return (await pair.ask()) === `served by ${pair.first.name}`;
    await pair.second.standby();
    await pair.oneHolder(15_000, pair.first).catch(() => undefined); // refused: the next look asks again
    return false;
  };
  // Not looked at again after this: a look is also when a command that was refused is given once more.
  await pair.eventually('the service is at home', isHome, limit);
}

/** `node` leaves by `leave`, the other one serves; when it is back, `owner` does. */
async function leaveAndReturn(
  pair: Pair,
  [node, owner]: readonly [TestNode, TestNode],
  leave: () => Promise<void>,
): Promise<void> {
  await leave();
  await pair.servedBy(peerOf(pair, node), limit);
  await node.start();
  await rests(pair, owner);
}

async function orderlyStop(pair: Pair, node: TestNode, owner: TestNode): Promise<void> {
  await leaveAndReturn(pair, [node, owner], () => node.stop());
}

async function crash(pair: Pair, node: TestNode, owner: TestNode): Promise<void> {
  await leaveAndReturn(pair, [node, owner], () => node.host.powerOff());
}

/** Milliseconds between two commands that meet. Two C nodes may stay in flux for an hour after some of them. */
const staggers = isLong ? [0, 100, 300, 600, 900, 1_200] : [0];

const outcomeOfRequest = /standby: acquire \[|No reply to standby request|\[me\] .* in flux/;

/** Asks both at once, or nearly so; what comes of it is told by one of the two logs. */
async function bothAtOnce(pair: Pair, ask: (node: TestNode) => Promise<void>): Promise<void> {
  for (const stagger of staggers) {
    const begun = Promise.any(
      pair.nodes.map(async (node) => {
        const from = (await node.log()).length;
        await node.logged(outcomeOfRequest, from, limit);
      }),
    );
    const askSecond = async (): Promise<void> => {
      await later(stagger);
      await ask(pair.second);
    };
    await Promise.all([ask(pair.first), askSecond()]);
    await begun;
    await goHome(pair);
  }
}

async function killAndStart(pair: Pair, node: TestNode, owner: TestNode): Promise<void> {
  // Its resources stay up meanwhile; on a machine in a hurry the other node may find it dead before it is back.
  await pair.watch.excuse(async () => {
    await andLogs(node, /(Initial|Local) [Rr]esource acquisition complete/, async () => {
      await node.signal('KILL');
      await pair.eventually('the old daemon is gone', async () => {
        return exitCode(await node.host.run('pgrep', ['-x', 'heartbeat'])) === 1;
      });
      await node.start();
    });
    await pair.oneHolder(limit);
  });
  await rests(pair, owner);
}

async function quickRestart(pair: Pair, plan: PairPlan, node: TestNode): Promise<void> {
  const owner = await pair.oneHolder(limit);
  const changed = haCf({ ...plan, directives: [...(plan.directives ?? []), 'hopfudge 2'] });
  await andLogs(node, /Initial resource acquisition complete/, async () => {
    await node.host.writeFile('/etc/ha.d/ha.cf', changed);
    expect(exitCode(await node.command('heartbeat', '-r'))).toBe(0);
  });
  await rests(pair, owner);
}

/** The service cannot be started on `node`, where it is sent: it comes back to the other one. */
async function failedStart(pair: Pair, node: TestNode): Promise<void> {
  const other = peerOf(pair, node);
  if (await node.holdsAddress()) await standby(pair, node, 'all');
  const script = '/etc/ha.d/resource.d/httpd';
  const text = await node.host.readFile(script);
  const broken =
    '#!/bin/sh\n[ "$1" = start ] && exit 1\n[ "$1" = status ] && echo stopped\nexit 0\n';
  await node.host.writeFile(script, broken, 0o755);
  await andLogs(node, /Giving up resources due to failure of/, () => other.standby());
  await rests(pair, other);
  await node.host.writeFile(script, text, 0o755);
  await goHome(pair);
}

/** The node of ours; of two C nodes the second, whose groups these are not. */
const oursOf = (pair: Pair): TestNode =>
  pair.nodes.find(({ program }) => program.name === 'ours') ?? pair.second;

/** Nobody is there to answer: nothing moves. */
async function standbyAlone(pair: Pair): Promise<void> {
  await pair.second.stop();
  await pair.eventually(
    'the stopped node is dead',
    async () => (await pair.first.clStatus('nodestatus', pair.second.name)) === 'dead',
    limit,
  );
  await andLogs(pair.first, /No reply to standby request/, () => pair.first.standby());
  await pair.servedBy(pair.first, limit);
  await pair.second.start();
  await rests(pair, pair.first);
}

async function alone(pair: Pair, node: TestNode, owner: TestNode): Promise<void> {
  await stopBoth(pair);
  await node.start();
  await pair.servedBy(node, limit);
  await peerOf(pair, node).start();
  await rests(pair, owner);
}

const startFirst: Flow = {
  name: 'a cold start, the preferred node first',
  play: (pair) => coldStart(pair, pair.first),
};

const coldStartLast: Flow = {
  name: 'a cold start, the preferred node last',
  play: async (pair) => {
    await stopBoth(pair);
    await coldStart(pair, pair.second);
  },
};

/** `auto_failback off`: nothing moves by itself. */
const commands: readonly Flow[] = [
  startFirst,
  {
    name: 'hb_standby with each of its words',
    play: async (pair) => {
      await standby(pair, pair.first, 'local');
      await standby(pair, pair.second, 'foreign');
      await standby(pair, pair.first, 'all');
      await standby(pair, pair.second, 'failback');
    },
  },
  {
    name: 'hb_takeover with each of its words',
    play: async (pair) => {
      await takeover(pair, pair.second, 'foreign');
      await takeover(pair, pair.first, 'local');
      await takeover(pair, pair.second, 'all');
      await takeover(pair, pair.first, 'failback');
    },
  },
  {
    name: 'hb_standby on both at once',
    play: (pair) => bothAtOnce(pair, (node) => node.standby()),
  },
  {
    name: 'hb_takeover on both at once',
    play: (pair) => bothAtOnce(pair, (node) => node.takeover()),
  },
  {
    name: 'a start that fails',
    play: (pair) => failedStart(pair, oursOf(pair)),
  },
  {
    // A C node gives the group back after 30 s, and only where it is not its own.
    name: 'a start that fails on the second node',
    long: true,
    play: (pair) => failedStart(pair, pair.second),
  },
];

/** `auto_failback off`, too. */
const departures: readonly Flow[] = [
  startFirst,
  {
    name: 'the owner is killed and started again within deadtime',
    play: (pair) => killAndStart(pair, pair.first, pair.first),
  },
  {
    name: 'the idle node is killed and started again within deadtime',
    play: (pair) => killAndStart(pair, pair.second, pair.first),
  },
  {
    name: 'a quick restart of each',
    play: async (pair, plan) => {
      await quickRestart(pair, plan, pair.first);
      await quickRestart(pair, plan, pair.second);
    },
  },
  {
    name: 'an orderly stop of each, and its return',
    play: async (pair) => {
      await orderlyStop(pair, pair.first, pair.second);
      await orderlyStop(pair, pair.second, pair.first);
    },
  },
  {
    name: 'a crash of each, and its return',
    play: async (pair) => {
      await crash(pair, pair.first, pair.second);
      await crash(pair, pair.second, pair.first);
    },
  },
  coldStartLast,
  { name: 'hb_standby with nobody there', long: true, play: standbyAlone },
  {
    name: 'each alone until initdead, and joined by the other',
    long: true,
    play: async (pair) => {
      await alone(pair, pair.first, pair.first);
      await alone(pair, pair.second, pair.second);
      await goHome(pair);
    },
  },
];

/** A crash of each: the service goes home afterwards. */
const crashes: Flow = {
  name: 'a crash of each, and its return',
  play: async (pair) => {
    await crash(pair, pair.first, pair.first);
    await crash(pair, pair.second, pair.first);
  },
};

/** The same without a death. */
const orderlyStops: Flow = {
  name: 'an orderly stop of each, and its return',
  play: async (pair) => {
    await orderlyStop(pair, pair.first, pair.first);
    await orderlyStop(pair, pair.second, pair.first);
  },
};

/** `auto_failback on`: after a death or a stop the service goes home. */
const on: readonly Flow[] = [
  startFirst,
  crashes,
  orderlyStops,
  {
    name: 'hb_standby and hb_takeover, which no failback follows',
    play: async (pair) => {
      await standby(pair, pair.first, 'all');
      await takeover(pair, pair.first, 'all');
    },
  },
  coldStartLast,
  {
    name: 'the second alone until initdead, and joined by the owner',
    play: (pair) => alone(pair, pair.second, pair.first),
  },
];

/** `auto_failback legacy`: the old protocol. */
const legacy: readonly Flow[] = [
  startFirst,
  crashes,
  orderlyStops,
  {
    name: 'hb_standby, which is refused',
    play: async (pair) => {
      await andLogs(pair.first, /Standby mode only implemented when/, () => pair.first.standby());
      await rests(pair, pair.first);
    },
  },
  coldStartLast,
];

const wanted = (flow: Flow): boolean => flow.long !== true || isLong;

/** Every story; the long flows only when they are asked for. */
export const stories: readonly Story[] = [
  { title: 'commands', autoFailback: 'off', flows: commands.filter(wanted) },
  { title: 'departures', autoFailback: 'off', flows: departures.filter(wanted) },
  { title: 'failback', autoFailback: 'on', flows: on.filter(wanted) },
  { title: 'the old protocol', autoFailback: 'legacy', flows: legacy.filter(wanted) },
];
