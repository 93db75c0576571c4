/**
 * What cannot be given to another owner by a reload: a C node, or anybody in legacy mode, cannot be told of one, and does
 * not say what it runs of a group. Whom a resource belonged to is remembered even when a file in between does not have it.
 */
import type { ResourceGroup } from '../config/settings.ts';
import type { NodeName } from '../units.ts';
import { ownersBy } from './file-view.ts';
import { placeOf } from './group.ts';
import { alivePeers } from './responsibility.ts';
import { report, type Resources, type Turn } from './state.ts';

export interface Kept {
  readonly turn: Turn;
  /** As they may be taken in; undefined: not at all, and the log says why. */
  readonly groups: readonly ResourceGroup[] | undefined;
}

/** The file with the owners that lines have to keep. Where parts of lines would change hands, nothing of it is taken in. */
export function keepOwners(turn: Turn, groups: readonly ResourceGroup[]): Kept {
  if (!isBound(turn.state)) return { turn, groups };
  const lines = groups.map((group) => ({ ...group, owner: ownerOf(turn.state, group) }));
  const stays = lines.filter(({ owner }, at) => owner !== groups[at]?.owner);
  const torn = lines.find((group) => tornFrom(turn.state, group) !== undefined);
  const found = torn && tornFrom(turn.state, torn);
  if (torn === undefined || found === undefined) {
    const said = stays.map(
      ({ key, owner }) => ({ kind: 'owner-stays', group: key, owner }) as const,
    );
    return { turn: report(turn, ...said), groups: lines };
  }
  const { owner, text } = found;
  const at = placeOf(torn, found.at);
  return {
    turn: report(turn, { kind: 'file-refused', at, resource: text, owner }),
    groups: undefined,
  };
}

/** Who has had each resource last, when `groups` are in force. */
export const ownersAfter = (
  { lastOwners }: Resources,
  groups: readonly ResourceGroup[],
): Resources['lastOwners'] => new Map([...lastOwners, ...ownersBy(groups)]);

const isBound = (state: Resources): boolean =>
  state.settings.autoFailback === 'legacy' ||
  alivePeers(state).some((node) => state.peers.get(node)?.isOurs === false);

const ownerOf = ({ groups }: Resources, { key, owner }: ResourceGroup): NodeName =>
  groups.find(({ group }) => group.key === key)?.group.owner ?? owner;

interface Torn {
  readonly at: number;
  readonly text: string;
  readonly owner: NodeName;
}

/** The first member that another owner has had, in a line that is not that owner's. */
function tornFrom(
  { lastOwners }: Resources,
  { owner, resources }: ResourceGroup,
): Torn | undefined {
  const all = resources.flatMap(({ text }, at) => {
    const before = lastOwners.get(text);
    const [first] = before ?? [];
    return first === undefined || before?.includes(owner) === true
      ? []
      : [{ at, text, owner: first }];
  });
  return all[0];
}
