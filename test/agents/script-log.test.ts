import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScriptLog } from '../../src/agents/script-log.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hb-script-log-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

test('without a path there is no file', async () => {
  expect(await new ScriptLog(undefined).open()).toEqual({ ok: true, value: undefined });
});

test('many at once get a file each', async () => {
  const log = new ScriptLog(join(directory, 'ha-debug'));
  const files = await Promise.all(Array.from({ length: 20 }, () => log.open()));

  expect(files.every(({ ok }) => ok)).toBe(true);
  for (const file of files) if (file.ok) await file.value?.close();
});

test('a disk that hangs is given up, asked nothing more, and used again when it is back', async () => {
  const path = join(directory, 'pipe');
  // Opening a FIFO that nobody reads waits, as a disk does that hangs.
  await promisify(execFile)('mkfifo', [path]);
  const log = new ScriptLog(path);
  const hanging = { ok: false, reason: 'the disk does not answer' };
  expect(await Promise.all([log.open(), log.open()])).toEqual([hanging, hanging]);
  expect(await log.open()).toEqual(hanging);

  const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  await expect.poll(async () => (await log.open()).ok, { timeout: 10_000 }).toBe(true);
  await reader.close();
});
