/** Which node each group of haresources belongs to, in a form short enough for every statement. */
import { markOf } from '../message/drafts.ts';
import type { NodeName } from '../units.ts';
import type { GroupState } from './state.ts';

/** The owner of each group, by its mark. */
export const homesOf = (groups: readonly GroupState[]): ReadonlyMap<string, NodeName> =>
  new Map(groups.map(({ group }) => [markOf(group.key), group.owner]));
