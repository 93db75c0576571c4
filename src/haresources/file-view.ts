/** What a haresources file looks like to the other nodes, in the words of a statement (agreement.ts says what for). */
import { createHash } from 'node:crypto';
import type { ResourceGroup } from '../config/settings.ts';
import { nodeName, type NodeName } from '../units.ts';

/** What a haresources file says of owners and resources. */
export interface FileView {
  /** Two files with the same groups in the same order have the same one. */
  readonly digest: string;
  /** Each resource with its owner, as `pairOf` has it. */
  readonly pairs: ReadonlySet<string>;
  /** The view in the words of a statement. */
  readonly words: string;
}

/** What a peer has said of its file. */
export interface PeerFile {
  readonly digest: string;
  /** By the name of a resource (`nameOf`): the owners that its file gives it to. */
  readonly owners: ReadonlyMap<string, readonly NodeName[]>;
  /** The names of resources that may still run there although its file has them elsewhere, or not at all; `*`: any. */
  readonly remnants: ReadonlySet<string>;
  /** It has something new, and waits for the others. */
  readonly asks: boolean;
  /** It has too many resources to be told of: only its digest says whether it is ours. */
  readonly isUntold: boolean;
  /** What its words are called when they are acknowledged. */
  readonly name: string;
  /** What it calls the words of ours that it has heard last. */
  readonly heard: string | undefined;
}

/** A file with more resources is told of by its digest alone: 7 bytes for each, and a statement is one datagram. */
const maxResources = 1000;
/** There are no more nodes than that. */
const maxWords = 100;
/** In the place of the names, where there are too many. */
const tooMany = '*';
const nameLength = 6;
const digestLength = 12;

const hash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length);

/** The same few are asked for at every event. */
const knownNames = new Map<string, string>();
const maxKnown = 10_000;

/** A resource on the wire. */
export function nameOf(text: string): string {
  const known = knownNames.get(text);
  if (known !== undefined) return known;
  if (knownNames.size >= maxKnown) knownNames.clear();
  const name = hash(text, nameLength);
  knownNames.set(text, name);
  return name;
}

/** What such words are called when they are acknowledged. */
export const nameOfWords = (words: string): string => hash(words, digestLength);

/** A resource and its owner. */
export const pairOf = (owner: NodeName, text: string): string => `${owner} ${text}`;

/** What `pairOf` has put together. */
export function partsOf(pair: string): { readonly owner: NodeName; readonly text: string } {
  const at = pair.indexOf(' ');
  return { owner: nodeName(pair.slice(0, at)), text: pair.slice(at + 1) };
}

/** What the groups of a file look like from outside. */
export function viewOf(groups: readonly ResourceGroup[]): FileView {
  const lines = groups.map((group) => [group.owner, ...textsOf(group)].join(' '));
  const digest = hash(lines.join('\n'), digestLength);
  const pairs = groups.flatMap((group) => textsOf(group).map((text) => pairOf(group.owner, text)));
  const told = pairs.length > maxResources ? [tooMany] : namesByOwner(groups);
  return { digest, pairs: new Set(pairs), words: [digest, ...told].join(' ') };
}

/** By the text of a resource: its owners. There is one, unless the file is wrong. */
export function ownersBy(
  groups: readonly ResourceGroup[],
): ReadonlyMap<string, readonly NodeName[]> {
  const owners = new Map<string, readonly NodeName[]>();
  for (const group of groups)
    for (const text of textsOf(group)) owners.set(text, [...(owners.get(text) ?? []), group.owner]);
  return owners;
}

function namesByOwner(groups: readonly ResourceGroup[]): readonly string[] {
  const owners = [...new Set(groups.map(({ owner }) => owner))];
  return owners.map((owner) => {
    const resources = groups.filter((group) => group.owner === owner).flatMap(textsOf);
    return `${owner}:${[...new Set(resources.map(nameOf))].join('.')}`;
  });
}

/** The resources of a group as written. */
export const textsOf = ({ resources }: ResourceGroup): readonly string[] =>
  resources.map(({ text }) => text);

/** What `words` of a peer mean to `self`; undefined where they are not what we would say. */
export function readFile(
  self: NodeName,
  words: string | undefined,
  heard: string | undefined,
): PeerFile | undefined {
  const [digest, ...rest] = words?.split(' ', maxWords) ?? [];
  if (words === undefined || digest?.length !== digestLength) return undefined;
  const known = heard?.split(' ').find((word) => word.startsWith(`${self}=`));
  return {
    digest,
    owners: ownersIn(rest),
    remnants: new Set(namesAt(rest, nobody)),
    asks: rest.includes(something),
    isUntold: rest.includes(tooMany),
    name: nameOfWords(words),
    heard: known?.slice(self.length + 1),
  };
}

const nobody = '-';
const something = '?';

/** `owner:name.name...` */
function ownersIn(words: readonly string[]): ReadonlyMap<string, readonly NodeName[]> {
  const owners = new Map<string, readonly NodeName[]>();
  const all = new Set(words.map((word) => word.split(':', 1)[0] ?? ''));
  for (const owner of all) {
    if (owner === nobody || owner === something || owner === tooMany) continue;
    for (const name of namesAt(words, owner))
      owners.set(name, [...(owners.get(name) ?? []), nodeName(owner)]);
  }
  return owners;
}

/** The words for what still runs here although the file has it elsewhere, or not at all. */
export const remnantWord = (names: readonly string[]): string =>
  `${nobody}:${names.length > maxResources ? tooMany : names.join('.')}`;

/** Whether that file's node may still run it although it does not belong there. */
export const isRemnantIn = ({ remnants }: PeerFile, name: string): boolean =>
  remnants.has(tooMany) || remnants.has(name);

const namesAt = (words: readonly string[], owner: string): readonly string[] =>
  words
    .find((word) => word.startsWith(`${owner}:`))
    ?.slice(owner.length + 1)
    .split('.', maxResources) ?? [];

/** Why a group must not be started, or changed to what the file says of it. */
export type Obstacle =
  /** That node has not said, knowing our file, that its own has this, too. */
  | { readonly kind: 'not-agreed'; readonly node: NodeName }
  /** The file of that node gives it to another owner, or it still runs there under an older one. */
  | { readonly kind: 'elsewhere'; readonly node: NodeName; readonly resource: string }
  /** Something of it is still being stopped here, as a part of that group. */
  | { readonly kind: 'remnant'; readonly group: string };
