/** The values of `[quorum]` in extensions.ini (spec membership 11.1). */
import { seconds } from '../units.ts';
import type { QuorumOptions, QuorumPlugin } from './settings.ts';

const pluginWords: readonly QuorumPlugin[] = ['majority', 'weight', 'twonodes'];
const policyWords: readonly QuorumOptions['policy'][] = ['ignore', 'freeze', 'stop'];
/** ha.cf knows no more nodes (spec membership 8). */
const mostPings = 100;

export const defaultQuorum: QuorumOptions = {
  plugins: undefined,
  policy: 'ignore',
  tiebreak: 0,
  release: seconds(5),
};

const pluginOf = (word: string): QuorumPlugin | undefined =>
  pluginWords.find((plugin) => plugin === word);

/** `a:b:c`; undefined when one is not known, or none is there. */
export function parsePlugins(text: string): readonly QuorumPlugin[] | undefined {
  const words = text.split(':').map((word) => pluginOf(word.trim()));
  const known = words.filter((word) => word !== undefined);
  return known.length === words.length ? known : undefined;
}

export const parsePolicy = (text: string): QuorumOptions['policy'] | undefined =>
  policyWords.find((policy) => policy === text);

/** `none`, `ping` or `ping:N`: how many ping nodes have to answer. */
export function parseTiebreak(text: string): number | undefined {
  if (text === 'none') return 0;
  const [, number = '1'] = /^ping(?::([0-9]{1,3}))?$/.exec(text) ?? ['', ''];
  const count = Number(number);
  return number !== '' && count >= 1 && count <= mostPings ? count : undefined;
}
