/**
 * What the nodes know of each other's haresources, so that no resource gets two owners while their files differ.
 *
 * Each node says in its statements which resources its file gives to whom, and what still runs there although its file
 * does not say so any more. From that follows what may be started:
 *   - nothing that a living node's file gives to another owner, or that still runs there as a remnant;
 *   - what came with a reload only when every living node has the same of it, and says so knowing that we have it. Of two
 *     nodes that take in contrary files at the same moment one has then heard of the other's before it starts anything.
 * Whose groups a node runs is settled by the owner as ever; these rules see to it that the owner is the same everywhere.
 */
import type { ResourceGroup } from '../config/settings.ts';
import { nodeName, type NodeName } from '../units.ts';
import { nameOf, nameOfWords, pairOf, textsOf, type Obstacle, type PeerFile } from './file-view.ts';
import type { GroupState, Peer, Resources } from './state.ts';

/** What this node says of its file. */
export function fileWords({ file, fresh, groups }: Resources): string {
  const remnants = groups.flatMap(remnantsOf).map(nameOf);
  const left = remnants.length === 0 ? [] : [`-:${remnants.join('.')}`];
  return [file.words, ...left, ...(fresh.size === 0 ? [] : ['?'])].join(' ');
}

/** What it says that it has heard of the others' files. */
export const heardWords = ({ peers }: Resources): string =>
  [...peers].flatMap(([node, { file }]) => (file ? [`${node}=${file.name}`] : [])).join(' ');

/** Whether everybody who waits for it has been told, with `heard`, that we have heard of its file. */
export const hasToldAskers = ({ peers }: Resources, heard: string): boolean =>
  [...peers].every(
    ([node, { file }]) => file?.asks !== true || heard.split(' ').includes(`${node}=${file.name}`),
  );

/** The resources of a group that may run here although the file does not say so any more. */
function remnantsOf({ becomes, group }: GroupState): readonly string[] {
  if (becomes === undefined) return [];
  if (becomes.kind === 'removed' || becomes.group.owner !== group.owner) return textsOf(group);
  const stays = new Set(textsOf(becomes.group));
  return textsOf(group).filter((text) => !stays.has(text));
}

/** What keeps a group that this node should run from being started; undefined when it may be. */
export function obstacleTo(state: Resources, one: GroupState): Obstacle | undefined {
  const group = one.becomes?.kind === 'changed' ? one.becomes.group : one.group;
  const other = state.groups.find(
    (another) =>
      another !== one && remnantsOf(another).some((text) => textsOf(group).includes(text)),
  );
  if (other !== undefined) return { kind: 'remnant', group: other.group.key };
  return conflict(state, group) ?? disagreement(state, group);
}

const livingPeers = (state: Resources): readonly (readonly [NodeName, Peer])[] =>
  [...state.peers].filter(([, { alive, left }]) => alive && !left);

function conflict(state: Resources, { owner, resources }: ResourceGroup): Obstacle | undefined {
  for (const [node, { file }] of livingPeers(state)) {
    const found = file && resources.find(({ text }) => isElsewhere(file, owner, nameOf(text)));
    if (found) return { kind: 'elsewhere', node, resource: found.text };
  }
  return undefined;
}

function isElsewhere({ owners, remnants }: PeerFile, owner: NodeName, name: string): boolean {
  const given = owners.get(name);
  return remnants.has(name) || (given !== undefined && !given.includes(owner));
}

function disagreement(state: Resources, group: ResourceGroup): Obstacle | undefined {
  const pairs = textsOf(group).map((text) => pairOf(group.owner, text));
  const fresh = pairs.find((pair) => state.fresh.has(pair));
  if (fresh === undefined) return undefined;
  const node = whoHasNotAgreed(state, fresh) ?? state.settings.self;
  return { kind: 'not-agreed', node };
}

/**
 * The node that has yet to agree to what came with a reload; undefined when all who live have. A C node says nothing of its
 * file: whose groups it has is all that is known. In legacy mode nobody says anything, and groups are asked for.
 */
export function whoHasNotAgreed(state: Resources, pair: string): NodeName | undefined {
  const { settings, peers, withoutQuorum } = state;
  const [silent] = [...peers].find(([, { uncleared }]) => uncleared) ?? [];
  if (silent !== undefined) return silent;
  if (withoutQuorum !== undefined) return settings.self;
  if (settings.autoFailback === 'legacy') return undefined;
  const ours = nameOfWords(fileWords(state));
  const [node] =
    livingPeers(state).find(([, peer]) => !hasAgreed(state, peer, { pair, ours })) ?? [];
  return node;
}

function hasAgreed(
  state: Resources,
  { file, isOurs }: Peer,
  { ours, pair }: { readonly pair: string; readonly ours: string },
): boolean {
  if (isOurs === false) return true;
  if (file?.heard !== ours) return false;
  const [owner = '', text = ''] = pair.split(/ (.*)/s);
  const given = file.owners.get(nameOf(text));
  return file.digest === state.file.digest || given?.includes(nodeName(owner)) === true;
}
