/** Which node each group of haresources belongs to, in a form short enough for every statement. */
import { digestOf } from '../message/digest.ts';
import type { NodeName } from '../units.ts';
import type { GroupState } from './state.ts';

/** The mark of a group: the CRC of its key. */
export const markOf = (key: string): string =>
  digestOf({ id: 0, method: 'crc', secret: '' }, Buffer.from(key));

/** The owner of each group, by its mark. */
export const homesOf = (groups: readonly GroupState[]): ReadonlyMap<string, NodeName> =>
  new Map(groups.map(({ group }) => [markOf(group.key), group.owner]));
