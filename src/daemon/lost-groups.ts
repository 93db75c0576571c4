/** Whether a node may go on with new files while its resources run. */
import type { ResourceGroup } from '../config/settings.ts';

/** The keys of groups that the new files no longer have as they were: nobody would stop what may run of them. */
export function lostGroups(
  before: readonly ResourceGroup[],
  after: readonly ResourceGroup[],
): readonly string[] {
  const kept = new Set(after.map(wordsOf));
  return before.filter((group) => !kept.has(wordsOf(group))).map((group) => group.key);
}

const wordsOf = ({ owner, resources }: ResourceGroup): string =>
  [owner, ...resources.map((resource) => resource.text)].join(' ');
