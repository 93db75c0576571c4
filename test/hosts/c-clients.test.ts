/**
 * The programs of the C package at our daemon, and our commands at the C daemon, with the same words and the same end: every
 * sub-command of cl_status, api_test, ipfail, ccm, dopd, and named clients that talk to each other.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findCProgram, type CClient } from '../../lab/implementation.ts';
import type { ImplementationName } from '../../lab/options.ts';
import { ownCommand } from '../../lab/project.ts';
import { ApiTest } from './api-test.ts';
import { eventually } from './eventually.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, result, type TestNode } from './pair.ts';
import { answers, router, startIpfail } from './router.ts';
import { ToolClient } from './tool-client.ts';

const respawned = (client: CClient): string =>
  `respawn hacluster ${findCProgram(client) ?? client}`;

const [peer, link] = ['clients2', 'eth0'];

/** Every sub-command, right and wrong; the time to wait is long, for the C daemon answers slowly. */
const questions: readonly (readonly string[])[] = [
  ['hbstatus'],
  ['hbstatus', '-m', '-v'],
  ['hbstatus', '-x'],
  ['listnodes'],
  ['listnodes', '-n'],
  ['listnodes', '-p'],
  ['listnodes', '-pn', '-m'],
  ['listnodes', '-v'],
  ['listnodes', '-x'],
  ['nodestatus', peer],
  ['nodestatus', '-m', router],
  ['nodestatus', 'nosuch'],
  ['nodestatus'],
  ['nodeweight', '-m', peer],
  ['nodeweight', 'nosuch'],
  ['nodesite', peer],
  ['nodesite', 'nosuch'],
  ['nodetype', peer.toUpperCase()],
  ['nodetype', router],
  ['nodetype', '-v', peer],
  ['nodetype'],
  ['listhblinks', '-v', peer],
  ['listhblinks', '-m', router],
  ['listhblinks', 'nosuch'],
  ['hblinkstatus', '-m', peer, link],
  ['hblinkstatus', peer, 'nosuch'],
  ['hblinkstatus', peer],
  ['clientstatus', peer, 'ipfail', '4000'],
  ['clientstatus', 'clients1', 'ipfail', '4000'],
  ['clientstatus', peer, 'nosuch', '4000'],
  ['clientstatus', 'nosuch', 'ipfail', '100'],
  ['clientstatus', peer],
  ['rscstatus'],
  ['rscstatus', '-m'],
  ['hbparameter', '-p', 'deadtime'],
  ['hbparameter', '-m', '-p', 'initdead'],
  ['hbparameter', '-p', 'nosuch'],
  ['hbparameter', '-p'],
  ['test'],
  ['frob'],
  ['-h', 'more'],
];

type Answer = ReturnType<typeof result>;

/** What a `cl_status` says, without what tells the build, the time, the process and the host. */
async function ask(
  { host, name }: TestNode,
  which: ImplementationName,
  words: readonly string[],
): Promise<Answer> {
  const c = findCProgram('cl_status') ?? 'cl_status';
  const outcome = await (which === 'ours'
    ? host.run(process.execPath, [ownCommand('cl_status'), ...words])
    : host.run(c, words));
  const [out, errors, code] = result(outcome);
  return [
    out.replace(/\(node: [^)]*\)/g, '(node: BUILD)').replace(`mynodeid: ${name}`, 'mynodeid: SELF'),
    errors.replace(/^.* cl_status: \[\d+\]: /gm, ''),
    code,
  ];
}

/**
 * The same of `hbstatus -v`, once it has what `ccm` says: the program looks for that once and at once, and leaves it out where
 * ccm has not answered yet, of either daemon in one run of four.
 */
async function askWithMembership(
  node: TestNode,
  which: ImplementationName,
  words: readonly string[],
): Promise<Answer> {
  let answer: Answer = ['', '', ''];
  await eventually(
    `cl_status ${words.join(' ')} names the membership`,
    async () => {
      answer = await ask(node, which, words);
      return answer[0].includes('ccm membership');
    },
    20_000,
    () => Promise.resolve(JSON.stringify(answer)),
  );
  return answer;
}

/** The answers to all questions, a few at a time. */
async function askAll(
  node: TestNode,
  which: ImplementationName,
): Promise<ReadonlyMap<string, Answer>> {
  const answered = new Map<string, Answer>();
  for (let at = 0; at < questions.length; at += 6) {
    const some = questions.slice(at, at + 6);
    const said = await Promise.all(
      some.map((words) =>
        (words.includes('hbstatus') && words.includes('-v') ? askWithMembership : ask)(
          node,
          which,
          words,
        ),
      ),
    );
    some.forEach((words, index) => answered.set(words.join(' '), said[index] ?? ['', '', '']));
  }
  return answered;
}

const hasQuorum = async (node: TestNode): Promise<boolean> =>
  /ccm membership with quorum\n\tinstance \d+\n\tmembers 2\n/.test(
    await node.clStatus('hbstatus', '-v'),
  );

/** What the test client of `ccm` is told of the membership, as the lines that name its members. */
async function membersTold({ host }: TestNode): Promise<readonly string[]> {
  const client = findCProgram('ccm_testclient') ?? 'ccm_testclient';
  const outcome = await host.run('timeout', ['3', client]);
  const lines = result(outcome).join('\n').split('\n');
  return [...new Set(lines.flatMap((line) => /nodeid=.*|MY NODE IS.*/.exec(line)?.[0] ?? []))];
}

describe('ours beside C', () => {
  let pair: Pair;
  let apiTestAtC: ApiTest;
  beforeAll(async () => {
    pair = await openPair({
      names: ['clients1', 'clients2'],
      programs: ['ours', 'c'],
      directives: [
        `ping ${router}`,
        'apiauth tool uid=root',
        'apiauth dopd uid=hacluster gid=haclient',
        ...(['ipfail', 'ccm', 'dopd'] as const).map(respawned),
      ],
    });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('ccm, ipfail and dopd sign on, and ccm reaches a membership with quorum', async () => {
    await pair.eventually('a membership on both nodes', async () =>
      (await Promise.all(pair.nodes.map(hasQuorum))).every(Boolean),
    );
    const online = pair.nodes.flatMap((node) =>
      ['ipfail', 'ccm', 'dopd'].map((id) => node.clStatus('clientstatus', node.name, id, '4000')),
    );
    expect(new Set(await Promise.all(online))).toEqual(new Set(['online']));
    const [told, toldByC] = await Promise.all(pair.nodes.map(membersTold));
    expect(told).toEqual(toldByC);
    expect(told).toContain('MY NODE IS A MEMBER OF THE MEMBERSHIP LIST');
  });

  inTurn('cl_status says the same, whoever’s it is and whoever’s daemon it asks', async () => {
    apiTestAtC = ApiTest.start(pair.second);
    const [ofOurs, ofC, oursOfC] = await Promise.all([
      askAll(pair.first, 'c'),
      askAll(pair.second, 'c'),
      askAll(pair.second, 'ours'),
    ]);
    expect(ofOurs).toEqual(ofC);
    expect(oursOfC).toEqual(ofC);
  });

  inTurn('api_test prints of ours what it prints of C', async () => {
    const ofC = await apiTestAtC.essence();
    // Its leaving is said before that answer: the next one does not hear of it.
    const asked = ['clientstatus', 'clients2', 'ping', '4000'] as const;
    await pair.eventually(
      'the first api_test has left',
      async () => (await pair.first.clStatus(...asked)) === 'offline',
    );
    const ofOurs = await ApiTest.start(pair.first).essence();
    expect(ofOurs).toEqual(ofC);
  });

  inTurn('named clients on both hear each other in order, each message once', async () => {
    const one = new ToolClient(pair.first, 'tool');
    await one.hears(/join clients1/);
    const other = new ToolClient(pair.second, 'tool');
    await Promise.all([one.hears(/join clients2/), other.hears(/join clients2/)]);
    const numbers = Array.from({ length: 20 }, (_, index) => String(index + 1));
    for (const n of numbers) {
      for (const [from, dest] of [[one, 'clients2'] as const, [other, 'clients1'] as const]) {
        from.tell({ t: 'to-all', n, oseq: Number(n).toString(16) });
        from.tell({ t: 'to-node', n, dest, oseq: Number(n).toString(16) });
      }
    }
    for (const [tool, self, from] of [
      [one, 'clients1', 'clients2'],
      [other, 'clients2', 'clients1'],
    ] as const) {
      await tool.hears(new RegExp(`to-node ${from} 20`));
      await tool.hears(new RegExp(`to-all ${from} 20`));
      await tool.hears(new RegExp(`to-all ${self} 20`));
      const said = (what: string): readonly string[] =>
        tool.heard.filter((line) => line.startsWith(what));
      const inOrder = (what: string): readonly string[] => numbers.map((n) => `${what} ${n}`);
      expect(said(`to-node ${from}`)).toEqual(inOrder(`to-node ${from}`));
      expect(said(`to-all ${from}`)).toEqual(inOrder(`to-all ${from}`));
      expect(said(`to-all ${self}`)).toEqual(inOrder(`to-all ${self}`));
      expect(said(`to-node ${self}`)).toEqual([]);
    }
    one.leave();
    await other.hears(/leave clients1/);
    other.leave();
  });

  inTurn('hb_takeover of the other implementation moves the service', async () => {
    const ours = await pair.second.host.run(process.execPath, [ownCommand('hb_takeover'), 'all']);
    expect(result(ours)[2]).toBe(0);
    await pair.servedBy(pair.second);
    await pair.settled();
    expect(result(await pair.first.cCommand('hb_takeover', 'all'))[2]).toBe(0);
    await pair.servedBy(pair.first);
    await pair.settled();
  });

  inTurn('our node complains of nothing', async () => {
    expect(await pair.matching(/\bclients1 heartbeat: .*(ERROR|CRIT|EMERG): /)).toEqual([]);
  });

  inTurn('ipfail of C on both moves the service to the node that sees the router', async () => {
    await answers(pair, pair.first, 'del');
    await pair.servedBy(pair.second);
    await answers(pair, pair.first, 'add');
    await pair.settled();
  });
});

describe('two of ours', () => {
  let pair: Pair;
  beforeAll(async () => {
    const directives = [`ping ${router}`, respawned('ccm')];
    pair = await openPair({ names: ['members1', 'members2'], directives });
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('have a ccm of C with quorum, and our ipfail on both moves the service', async () => {
    pair.nodes.forEach((node) => {
      startIpfail(node, 'ours');
    });
    await pair.eventually('a membership on both nodes', async () =>
      (await Promise.all(pair.nodes.map(hasQuorum))).every(Boolean),
    );
    await answers(pair, pair.first, 'del');
    await pair.servedBy(pair.second);
  });
});
