/**
 * Every flow with one of ours beside the C heartbeat 3.0.6, on either side: it ends as it should, and the C node complains of
 * nothing that it does not complain of beside another C node in the same flow. What it complains of there is on record in
 * vectors/c-beside-c.txt; `HEARTBEAT_RECORD=1` plays the flows with two C nodes and adds to it.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { complaintsOf, record, recorded } from './complaints.ts';
import { stories } from './flows.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type PairPlan } from './pair.ts';

const isRecording = process.env['HEARTBEAT_RECORD'] !== undefined;

type Combination = Required<Pick<PairPlan, 'names' | 'programs'>>;
const besideC: readonly Combination[] = [
  { names: ['ours1', 'c2'], programs: ['ours', 'c'] },
  { names: ['c1', 'ours2'], programs: ['c', 'ours'] },
];
const both: readonly Combination[] = [{ names: ['c1', 'c2'], programs: ['c', 'c'] }];

const cases = stories.flatMap((story) =>
  (isRecording ? both : besideC).map((combination) => ({ ...story, ...combination })),
);

describe.concurrent.each(cases)('$programs, $title, auto_failback $autoFailback', (story) => {
  const { names, programs, autoFailback, flows } = story;
  const plan: PairPlan = { names, programs, autoFailback, deadtime: 4 };
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair(plan);
  });
  afterAll(() => Pair.end(pair));

  for (const flow of flows) {
    inTurn(flow.name, async () => {
      const from = await Promise.all(pair.nodes.map(async (node) => (await node.log()).length));
      await flow.play(pair, plan);
      const places = pair.nodes.map((node, index) => ({
        node,
        place: { story: autoFailback, flow: flow.name, from: from[index] ?? 0 },
      }));
      const complaints = await Promise.all(
        places
          .filter(({ node }) => node.program.name === 'c')
          .map(({ node, place }) => complaintsOf(pair, node, place)),
      );
      if (isRecording) await record(complaints.flat());
      const known = await recorded();
      expect(complaints.flat().filter((line) => !known.has(line))).toEqual([]);
    });
  }

  inTurn('ours has no error', async () => {
    // But for the start that has to fail, and the acknowledgement of a life before, which C logs beside C, too.
    const errors =
      /\bours\d heartbeat: .*(ERROR|CRIT|EMERG): (?!Giving up resources|HBDoMsg_T_ACK)/;
    expect(await pair.matching(errors)).toEqual([]);
  });
});
