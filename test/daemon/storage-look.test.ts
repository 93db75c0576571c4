import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseHaresources } from '../../src/config/haresources.ts';
import type { ResourceGroup } from '../../src/config/settings.ts';
import { storageOf } from '../../src/daemon/storage-look.ts';
import { nodeName } from '../../src/units.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hb-storage-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** A group with a file system on each of these directories. */
function mounting(...directories: readonly string[]): readonly ResourceGroup[] {
  const resources = directories.map((directory) => `Filesystem::/dev/x::${directory}::ext4`);
  const text = `node1 ${resources.join(' ')}\n`;
  return parseHaresources(text, 'haresources', { nodes: [nodeName('node1')], pingNodes: [] }).value;
}

test('a directory with files in it is occupied; an empty one, a missing one and a mount point are not', async () => {
  for (const name of ['full/file', 'empty', 'fresh/lost+found']) {
    await mkdir(join(root, name), { recursive: true });
  }
  const names = ['full', 'empty', 'fresh', 'missing'].map((name) => join(root, name));

  const { look, unseen } = await storageOf(mounting(...names, '/proc'), root);

  expect([...look.occupied]).toEqual([join(root, 'full')]);
  expect(unseen).toEqual([]);
});

test('fstab and exports are read with their places, and what cannot be read is told', async () => {
  await writeFile(join(root, 'fstab'), '# x\n/dev/sdb1 /data ext4 noauto 0 0\n');
  await mkdir(join(root, 'exports'));

  const { look, unseen } = await storageOf([], root);

  expect(look.fstab).toEqual([
    {
      ...{ device: '/dev/sdb1', directory: '/data', isAutomatic: false },
      at: { file: join(root, 'fstab'), line: 2, column: 1 },
    },
  ]);
  expect(unseen).toEqual([{ what: 'exports', file: join(root, 'exports') }]);
});
