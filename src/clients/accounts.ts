/** Names of users and groups as numbers, and with them the table of who may sign on (spec client-api 5.2). */
import { readFile } from 'node:fs/promises';
import type { AuthEntry, AuthTable } from './sign-on.ts';

/** The machine's own users and groups, by name. */
export interface Accounts {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

/** An `apiauth` entry: users and groups by name or number, as written. */
export interface AuthLine {
  readonly client: string;
  readonly uids: readonly string[];
  readonly gids: readonly string[];
}

/** Who may sign on, and the words of `apiauth` that name nobody here. */
export interface ResolvedAuth {
  readonly table: AuthTable;
  readonly unknown: readonly string[];
}

/** Reads passwd and group files; rejects when one cannot be read. Accounts from directory services are not seen. */
export async function readAccounts(
  passwd = '/etc/passwd',
  group = '/etc/group',
): Promise<Accounts> {
  const [users, groups] = await Promise.all([readFile(passwd, 'utf8'), readFile(group, 'utf8')]);
  return { users: idsByName(users), groups: idsByName(groups) };
}

/** Both files have the name first and the number third. */
function idsByName(content: string): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const line of content.split('\n')) {
    const [name, , id] = line.split(':');
    if (name !== undefined && id !== undefined && isNumber(id)) ids.set(name, Number(id));
  }
  return ids;
}

/** The table that `lines` make; an account that this machine lacks lets nobody in. */
export function resolveAuth(lines: readonly AuthLine[], accounts: Accounts): ResolvedAuth {
  const table = new Map<string, AuthEntry>();
  for (const line of lines) table.set(line.client, entryOf(line, accounts));
  const unknown = lines.flatMap((line) => [
    ...line.uids.filter((user) => idOf(user, accounts.users) === undefined),
    ...line.gids.filter((group) => idOf(group, accounts.groups) === undefined),
  ]);
  return { table, unknown };
}

function entryOf(line: AuthLine, accounts: Accounts): AuthEntry {
  return { uids: idsOf(line.uids, accounts.users), gids: idsOf(line.gids, accounts.groups) };
}

function idsOf(words: readonly string[], known: ReadonlyMap<string, number>): readonly number[] {
  return words.map((word) => idOf(word, known)).filter((id) => id !== undefined);
}

function idOf(word: string, known: ReadonlyMap<string, number>): number | undefined {
  return isNumber(word) ? Number(word) : known.get(word);
}

function isNumber(word: string): boolean {
  return /^\d{1,10}$/.test(word);
}
