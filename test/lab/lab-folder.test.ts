import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLabFolder, removeLabFolder, sweepDeadLabs } from '../../lab/lab-folder.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'lab-sweep-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

async function leave(name: string, owner: string): Promise<void> {
  await mkdir(join(parent, name, 'node1/etc'), { recursive: true });
  await writeFile(join(parent, name, 'owner'), owner);
}

describe('the folder of a lab', () => {
  test('stays while its lab runs, and goes with it', async () => {
    const folder = await makeLabFolder(parent);
    await sweepDeadLabs(parent);
    expect(await readdir(parent)).toEqual([basename(folder)]);
    await removeLabFolder(folder);
    expect(await readdir(parent)).toEqual([]);
  });

  test('is swept by the next lab when its own was killed', async () => {
    await leave('ha-lab-killed', '999999999 12345\n');
    const folder = await makeLabFolder(parent);
    expect(await readdir(parent)).toEqual([basename(folder)]);
  });

  test('is swept, too, when its process number belongs to another process now', async () => {
    await leave('ha-lab-reused', `${String(process.pid)} 1\n`);
    await sweepDeadLabs(parent);
    expect(await readdir(parent)).toEqual([]);
  });

  test('without an owner is left alone until it is a minute old', async () => {
    const fresh = join(parent, 'ha-lab-fresh');
    const old = join(parent, 'ha-lab-old');
    await mkdir(fresh);
    await mkdir(old);
    await utimes(old, new Date(0), new Date(0));
    await sweepDeadLabs(parent);
    expect(await readdir(parent)).toEqual(['ha-lab-fresh']);
  });

  test('is told from others by its name', async () => {
    await leave('somebody-else', '999999999 12345\n');
    await sweepDeadLabs(parent);
    expect(await readdir(parent)).toEqual(['somebody-else']);
  });
});
