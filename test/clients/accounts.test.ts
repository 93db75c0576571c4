/** Who the names of apiauth are on this machine. */
import { expect, test } from 'vitest';
import { accountsOf, resolveAuth, type AccountSources } from '../../src/clients/accounts.ts';

const files = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nhacluster:x:103:106::/:/bin/false\n',
  group: 'root:x:0:\nhaclient:x:106:hacluster\n',
};

/** Files, and a directory service that knows `ldapuser` and takes note of what it is asked. */
function sources(): AccountSources & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    file: (database) => Promise.resolve(files[database]),
    ask: (database, name) => {
      asked.push(`${database} ${name}`);
      return Promise.resolve(name === 'ldapuser' ? 'ldapuser:*:7001:7000::/:/bin/sh\n' : '');
    },
  };
}

test('names that the files lack are asked for elsewhere, once, and numbers never', async () => {
  const known = sources();
  const users = ['hacluster', 'ldapuser', 'ldapuser', '42', 'nobody-here'];
  const accounts = await accountsOf({ users, groups: ['haclient'] }, known);
  expect(known.asked).toEqual(['passwd ldapuser', 'passwd nobody-here']);
  const lines = [{ client: 'tool', uids: users, gids: ['haclient', 'no-group'] }];
  expect(resolveAuth(lines, accounts)).toEqual({
    table: new Map([['tool', { uids: [103, 7001, 7001, 42], gids: [106] }]]),
    unknown: ['nobody-here', 'no-group'],
  });
});

test('the files win over the directory service', async () => {
  const known: AccountSources = { ...sources(), ask: () => Promise.resolve('root:x:666:\n') };
  const { users } = await accountsOf({ users: ['root', 'stranger'], groups: [] }, known);
  expect(users.get('root')).toBe(0);
});

test('a name that the system does not know is nobody, whatever it looks like', async () => {
  const { users } = await accountsOf({ users: ['root', '-x', 'a b;c'], groups: [] });
  expect(users.get('root')).toBe(0);
  expect(users.has('-x')).toBe(false);
});
