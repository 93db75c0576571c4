/** The chain of plug-ins of C heartbeat's ccm, and the tie-break by ping nodes (spec membership 10 and 11.2). */
import type { QuorumPlugin } from '../config/settings.ts';
import type { Decider, QuorumSettings, Verdict, Voter, Votes } from './types.ts';

type Answer = 'yes' | 'no' | 'tie';

interface Count {
  readonly members: number;
  readonly expected: number;
}

/**
 * Whether the members have quorum, and who says so. Nodes that are gone do not count on either side. A chain in which all
 * tie means no quorum. The ping nodes break the first tie, before `twonodes` would say that each half of two is enough.
 */
export function judgeQuorum(settings: QuorumSettings, { voters, pings }: Votes): Verdict {
  const nodes = countOf(voters, () => 1);
  const weights = countOf(voters, (voter) => voter.weight);
  const verdict = (answer: Answer, by: Decider): Verdict => ({
    quorate: answer === 'yes',
    by,
    ...nodes,
  });
  for (const plugin of settings.plugins) {
    if (plugin === 'twonodes' && mayBreak(settings, nodes)) break;
    const answer = answers[plugin](nodes, weights);
    if (answer !== 'tie') return verdict(answer, plugin);
  }
  if (settings.tiebreak === 0) return verdict('no', 'nobody');
  return verdict(pings >= settings.tiebreak ? 'yes' : 'no', 'tie-break');
}

/** `twonodes` is never asked about a half: the ping nodes are. */
const mayBreak = ({ tiebreak }: QuorumSettings, { members, expected }: Count): boolean =>
  tiebreak > 0 && members < expected;

const answers: Readonly<Record<QuorumPlugin, (nodes: Count, weights: Count) => Answer>> = {
  majority: (nodes) => majority(nodes),
  weight: (_, weights) => majority(weights),
  twonodes: ({ expected }) => (expected === 2 ? 'yes' : 'no'),
};

function majority({ members, expected }: Count): Answer {
  if (members >= Math.floor(expected / 2) + 1) return 'yes';
  return expected % 2 === 0 && members === expected / 2 ? 'tie' : 'no';
}

function countOf(voters: readonly Voter[], valueOf: (voter: Voter) => number): Count {
  let members = 0;
  let expected = 0;
  for (const voter of voters) {
    if (voter.standing === 'gone') continue;
    expected += valueOf(voter);
    if (voter.standing === 'member') members += valueOf(voter);
  }
  return { members, expected };
}
