/**
 * The same group configured for another node in haresources of a living peer: both would start it as their own, and nothing
 * that C nodes say of their holds would show it. Nodes of ours say whose each group is, and neither starts such a one.
 */
import type { NodeName } from '../units.ts';
import { nameOf } from './file-view.ts';
import { alivePeers } from './responsibility.ts';
import { asInFile } from './running.ts';
import { patchGroup, report, type GroupState, type Resources, type Turn } from './state.ts';

/** Holds off what is disputed, and lets go on what is no longer; called after every event, before groups go on. */
export function settle(turn: Turn): Turn {
  if (![...turn.state.peers.values()].some(({ file }) => file !== undefined)) return turn;
  return turn.state.groups.reduce(judge, turn);
}

function judge(turn: Turn, one: GroupState): Turn {
  const other = otherHome(turn.state, one);
  if (other !== undefined) return holdOff(one.isDisputed ? turn : tell(turn, one, other), one);
  if (!one.isDisputed) return turn;
  const probe = one.probe?.kind === 'disputed' ? undefined : one.probe;
  return patchGroup(turn, one.group.key, { isDisputed: false, probe });
}

function tell(turn: Turn, one: GroupState, other: OtherHome): Turn {
  const { at: place, key, owner } = asInFile(one);
  const { file, line, column } = place;
  const at = `${file}:${String(line)}:${String(column)}`;
  const told = report(turn, { kind: 'disputed', group: key, at, owner, ...other });
  return patchGroup(told, key, { isDisputed: true });
}

/** What runs already goes on. */
function holdOff(turn: Turn, { group, probe, run, wanted }: GroupState): Turn {
  const runs = run.kind === 'running' || run.kind === 'starting';
  if (!wanted || runs || probe?.kind === 'disputed') return turn;
  return patchGroup(turn, group.key, { probe: { kind: 'disputed' } });
}

interface OtherHome {
  readonly node: NodeName;
  readonly theirs: NodeName;
}

/** A living node that has the group for another owner. */
function otherHome(state: Resources, one: GroupState): OtherHome | undefined {
  if (one.becomes?.kind === 'removed') return undefined;
  const { key, owner } = asInFile(one);
  const name = nameOf(key);
  for (const node of alivePeers(state)) {
    const owners = state.peers.get(node)?.file?.owners.get(name) ?? [];
    const [theirs] = owners;
    if (theirs !== undefined && !owners.includes(owner)) return { node, theirs };
  }
  return undefined;
}
