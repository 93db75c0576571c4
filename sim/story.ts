/** A simulation in words: who did what when. */
import type { Happening } from './machine.ts';
import type { Scenario } from './scenario.ts';

const clock = (now: number): string => (now / 1000).toFixed(3).padStart(9);

/** What is worth reading of a happening; undefined for the rest. */
export function wordsOf(happening: Happening): string | undefined {
  const { name } = happening.machine;
  switch (happening.kind) {
    case 'life':
    case 'reset':
      return `${name}: ${happening.what}`;
    case 'logged':
      return `${name}: ${happening.line.level} ${happening.line.text}`;
    case 'began':
    case 'ended': {
      const { job } = happening;
      if (job.action !== 'start' && job.action !== 'stop') return undefined;
      const call = `${name}: ${job.action} ${job.resource.text}`;
      return happening.kind === 'began' ? `${call} ...` : `${call}: ${happening.outcome.kind}`;
    }
    case 'sent':
      return undefined;
  }
}

export const happened = (now: number, what: string): string => `${clock(now)}  ${what}`;
export const befell = (now: number, what: string): string => `${clock(now)} *** ${what}`;

/** The cluster, in the words of its files. */
export function introduction(scenario: Scenario): string {
  const { autoFailback, fencing, quorum, groups, media, nodes, timing, weather } = scenario;
  const { pingNodes, scriptsTake } = scenario;
  const { loss, jitter, doubled } = weather;
  return [
    `nodes ${nodes.map(({ name, kind }) => (kind === 'ours' ? name : `${name} (like C)`)).join(' ')}`,
    `bcast ${media.join(' ')}; keepalive ${String(timing.keepalive)}ms, deadtime ${String(timing.deadtime)}ms, initdead ${String(timing.initdead)}ms, auto_failback ${autoFailback}${fencing === undefined ? '' : `, stonith (delay ${String(fencing.delay)}ms)`}`,
    ...(pingNodes.length === 0 ? [] : [`ping ${pingNodes.join(' ')}`]),
    ...(quorum === undefined
      ? []
      : [`quorum majority, policy ${quorum.policy}, tiebreak ${String(quorum.tiebreak)}`]),
    ...groups.map((group) => group.join(' ')),
    `weather: ${String(loss * 100)} % lost, ${String(doubled * 100)} % doubled, up to ${String(jitter)} ms late; scripts take up to ${String(scriptsTake)} ms`,
  ].join('\n');
}
