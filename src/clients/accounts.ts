/** Names of users and groups as numbers, and with them the table of who may sign on (spec client-api 5.2). */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { AuthEntry, AuthTable } from './sign-on.ts';

/** Users and groups of this machine, by name. */
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

type Database = 'passwd' | 'group';

/** Where accounts are looked up. */
export interface AccountSources {
  /** The whole of a file; rejects when it cannot be read. */
  readonly file: (database: Database) => Promise<string>;
  /** The line of one name, or '' when nobody knows it within a limit. */
  readonly ask: (database: Database, name: string) => Promise<string>;
}

/** A directory service that does not answer must not keep anybody waiting for longer, in milliseconds. */
const askMillis = 3000;

/** What the system knows of a name, from wherever: the line of the database, or '' when nobody knows it within 3 s. */
export function askSystem(database: Database, name: string): Promise<string> {
  const limits = { timeout: askMillis, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile('getent', ['--', database, name], limits, (_, output) => {
      resolve(output);
    });
  });
}

const ownSources: AccountSources = {
  file: (database) => readFile(`/etc/${database}`, 'utf8'),
  ask: askSystem,
};

/**
 * The accounts of passwd and group files, and of the names that these lack what the system knows from elsewhere (LDAP and
 * the like). Rejects when a file cannot be read.
 */
export async function accountsOf(
  names: { readonly users: readonly string[]; readonly groups: readonly string[] },
  sources: AccountSources = ownSources,
): Promise<Accounts> {
  const [users, groups] = await Promise.all([
    lookUp(sources, 'passwd', names.users),
    lookUp(sources, 'group', names.groups),
  ]);
  return { users, groups };
}

async function lookUp(
  sources: AccountSources,
  database: Database,
  words: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const known = idsByName(await sources.file(database));
  const unknown = new Set(words.filter((word) => !isNumber(word) && !known.has(word)));
  const lines = await Promise.all(Array.from(unknown, (name) => sources.ask(database, name)));
  return new Map([...idsByName(lines.join('\n')), ...known]);
}

/** Both databases have the name first and the number third. */
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
