/** `apiauth`: who may use the client API (spec config 4, client-api 5). */
import type { Problem, Report } from './problem.ts';
import type { ApiAuth, HaCf } from './settings.ts';
import type { Statement } from './statements.ts';
import type { Word } from './words.ts';

/** The entries C heartbeat has when the file has none of that name. */
const builtIn: readonly Omit<ApiAuth, 'at'>[] = [
  { client: 'ipfail', uids: ['hacluster'], gids: [] },
  { client: 'ccm', uids: ['hacluster'], gids: [] },
  { client: 'ping', uids: [], gids: ['haclient'] },
  { client: 'lha-snmpagent', uids: ['root'], gids: [] },
  { client: 'anon', uids: ['root'], gids: ['haclient'] },
];

/** The entries of the file, and the built-in ones for names it does not give. */
export function apiAuthInForce(haCf: HaCf): readonly ApiAuth[] {
  const given = new Set(haCf.apiAuth.map((entry) => entry.client));
  const missing = builtIn.filter((entry) => !given.has(entry.client));
  return [...haCf.apiAuth, ...missing.map((entry) => ({ ...entry, at: haCf.nodesAt }))];
}

type Why = Problem<'apiauth'>['why'];

/** Client names have a fixed field in the C daemon. */
const maxClientName = 31;

interface Lists {
  readonly uid: readonly string[] | undefined;
  readonly gid: readonly string[] | undefined;
}

/** The lists of the words behind the client, or what is wrong with them and where. */
function readLists(
  words: readonly Word[],
): { readonly lists: Lists } | { readonly why: Why; readonly word: Word | undefined } {
  let lists: Lists = { uid: undefined, gid: undefined };
  for (const word of words) {
    const [, key, ids] = /^(uid|gid)=(.*)$/s.exec(word.text) ?? [];
    if (ids === undefined || (key !== 'uid' && key !== 'gid')) {
      return { why: { kind: 'junk', word: word.text }, word };
    }
    if (lists[key] !== undefined) return { why: { kind: 'list-twice', list: key }, word };
    lists = { ...lists, [key]: ids.split(',').filter((id) => id !== '') };
  }
  return lists.uid === undefined && lists.gid === undefined
    ? { why: { kind: 'no-list' }, word: undefined }
    : { lists };
}

function whyNameIsBad(client: string, before: ApiAuth | undefined): Why | undefined {
  if (client.length > maxClientName) return { kind: 'name-too-long' };
  return before === undefined ? undefined : { kind: 'client-twice', client, before: before.at };
}

/** The entries of the `apiauth` lines; bad ones are reported and left out. */
export function readApiAuth(statements: readonly Statement[], report: Report): readonly ApiAuth[] {
  const entries: ApiAuth[] = [];
  for (const { name, at, words, rest } of statements) {
    if (name !== 'apiauth') continue;
    const refuse = (why: Why, word: Word | undefined): void => {
      report({ kind: 'apiauth', severity: 'error', at: word?.at ?? at, line: rest, why });
    };
    const [client, ...others] = words;
    if (client === undefined) {
      refuse({ kind: 'no-client' }, undefined);
      continue;
    }
    const read = readLists(others);
    const before = entries.find((entry) => entry.client === client.text);
    const badName = whyNameIsBad(client.text, before);
    if (badName !== undefined) refuse(badName, client);
    if ('why' in read) refuse(read.why, read.word);
    if (badName !== undefined || 'why' in read) continue;
    const { uid = [], gid = [] } = read.lists;
    entries.push({ client: client.text, uids: uid, gids: gid, at: client.at });
  }
  return entries;
}
