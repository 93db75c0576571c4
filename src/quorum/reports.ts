/** What there is to log about quorum, in the words of the specification (spec membership 11.3). */
import { unreachable } from '../assert.ts';
import type { LogLine } from '../log-line.ts';
import type { QuorumReport, Verdict } from './types.ts';

/** The line of a report. */
export function quorumWords(report: QuorumReport): LogLine {
  switch (report.kind) {
    case 'lost':
      return warn(`no quorum (${countWords(report.verdict)}): policy ${report.policy}`);
    case 'regained':
      return info(`quorum regained (${countWords(report.verdict)})`);
    case 'waiting':
      return info(
        `${report.node} is given ${String(report.wait)} ms to release everything before it is taken over`,
      );
    case 'confirmed':
      return warn(`node ${report.node} is down: confirmed by the operator.`);
    default:
      return unreachable(report);
  }
}

/** `yes (2 of 2 votes, decided by majority)`. */
export const quorumText = (verdict: Verdict): string =>
  `${verdict.quorate ? 'yes' : 'no'} (${countWords(verdict)})`;

/** `1 of 2 votes, decided by majority`. */
function countWords({ members, expected, by }: Verdict): string {
  const who = by === 'nobody' ? 'a tie that nobody breaks' : `decided by ${by}`;
  return `${String(members)} of ${String(expected)} votes, ${who}`;
}

const info = (text: string): LogLine => ({ level: 'info', text });
const warn = (text: string): LogLine => ({ level: 'WARN', text });
