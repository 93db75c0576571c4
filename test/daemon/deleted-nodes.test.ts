import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DeletedNodesFile } from '../../src/daemon/deleted-nodes.ts';
import { nodeName } from '../../src/units.ts';
import { temporaryDirectory } from '../agents/temp-directory.ts';

test('the file of deleted nodes has the last list that was written, in the form of C', async () => {
  const path = `${await temporaryDirectory()}/delhostcache`;
  const file = new DeletedNodesFile(path, ({ text }) => {
    throw new Error(text);
  });
  const node3 = { name: nodeName('node3'), uuid: undefined, weight: 100, site: '' };
  const node4 = { name: nodeName('node4'), uuid: '4'.repeat(16), weight: -5, site: 'berlin' };
  file.write([]);
  file.write([node3]);
  file.write([node3, node4]);
  await file.settled();
  expect(await readFile(path, 'utf8')).toBe(
    'node3\t00000000-0000-0000-0000-000000000000\t100\t\n' +
      'node4\t34343434-3434-3434-3434-343434343434\t-5\tberlin\n',
  );
});

test('a file of deleted nodes that cannot be written is told of', async () => {
  const told: string[] = [];
  const file = new DeletedNodesFile('/nowhere/at/all/delhostcache', ({ level, text }) => {
    told.push(`${level} ${text}`);
  });
  file.write([]);
  await file.settled();
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^WARN cannot write \/nowhere\/at\/all\/delhostcache: /);
});
