import { expect, test } from 'vitest';
import { isMountedIn, listsMount } from '../../lab/mounts.ts';

const table = `25 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw
31 25 0:40 / /var/www/html rw,relatime - nfs4 172.16.100.10:/web/htdocs rw,vers=4.2
`;

test('a mount is found by its place, not by a word that looks like it', () => {
  expect(listsMount(table, '/var/www/html')).toBe(true);
  expect(listsMount(table, '/var/www')).toBe(false);
  expect(listsMount(table, '172.16.100.10:/web/htdocs')).toBe(false);
});

test('this process has a root, and a host without power has nothing', async () => {
  expect(await isMountedIn(process.pid, '/')).toBe(true);
  expect(await isMountedIn(process.pid, undefined)).toBe(false);
  expect(await isMountedIn(undefined, '/')).toBe(false);
});
