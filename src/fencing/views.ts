/** How far the fencing is, in words for people. */
import { elapsed, type Instant } from '../units.ts';
import type { Fencing, NodeFencing } from './state.ts';

/** One sentence for each node that is to be reset, or was and is still silent; `idle` without one. */
export function fencingText({ nodes, settings }: Fencing, now: Instant): string {
  if (!settings.hasDevice) return 'no device';
  const sentences = [...nodes].flatMap(([node, fencing]) => {
    const words = wordsFor(fencing, now);
    return words === undefined ? [] : [`${node} ${words}`];
  });
  return sentences.length === 0 ? 'idle' : sentences.join('; ');
}

function wordsFor(fencing: NodeFencing, now: Instant): string | undefined {
  switch (fencing.kind) {
    case 'idle':
      return undefined;
    case 'wanted':
      return `will be reset in ${seconds(now, fencing.at)} s`;
    case 'running':
      return `is being reset, attempt ${String(fencing.failures + 1)}, wanted for ${seconds(fencing.since, now)} s`;
    case 'failed':
      return `is not reset after ${String(fencing.failures)} attempts, wanted for ${seconds(fencing.since, now)} s, next in ${seconds(now, fencing.retryAt)} s`;
    case 'done':
      return `is down, reset ${seconds(fencing.at, now)} s ago`;
  }
}

const seconds = (from: Instant, to: Instant): string =>
  String(Math.round(elapsed(from, to) / 1000));
