import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nextGeneration, ownUuid } from '../../src/daemon/state-files.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hb-state-'));
  path = join(directory, 'hb_generation');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const next = (wall = 1_795_362_341): ReturnType<typeof nextGeneration> =>
  nextGeneration({ path, from: 'file', wall });

describe('the generation', () => {
  test('is one more at each start, and is kept in 15 columns and NL', async () => {
    await writeFile(path, '              41\n');

    expect(await next()).toEqual({
      value: 42,
      lines: [{ level: 'info', text: 'Heartbeat generation: 42' }],
    });
    expect(await readFile(path, 'latin1')).toBe('             42\n');
    expect((await next()).value).toBe(43);
  });

  test('starts at the time of day plus one, with a warning, when there is no file', async () => {
    expect(await next(1000)).toEqual({
      value: 1001,
      lines: [
        { level: 'WARN', text: 'No Previous generation - starting at 1001' },
        { level: 'info', text: 'Heartbeat generation: 1001' },
      ],
    });
    expect(await readFile(path, 'latin1')).toBe('           1001\n');
    expect((await stat(path)).mode & 0o777).toBe(0o644);
  });

  test('leaves nothing but the file behind', async () => {
    await next();

    expect(await readdir(directory)).toEqual(['hb_generation']);
  });

  test.each([
    'garbage\n',
    '-5\n',
    '0\n',
    '99999999999999\n',
    '12 34\n',
    '2147483647\n',
    '\0\0\0\0',
  ])('goes on from the time of day when the file is broken: %j', async (content) => {
    await writeFile(path, content);

    const { value, lines } = await next(1000);

    expect(value).toBe(1001);
    expect(lines[0]).toEqual({
      level: 'WARN',
      text: 'BROKEN previous generation - starting at 1001',
    });
  });

  test('is the time of day with hbgenmethod time, and the file is left alone', async () => {
    const { value } = await nextGeneration({ path, from: 'time', wall: 1000 });

    expect(value).toBe(1000);
    expect(await readdir(directory)).toEqual([]);
  });

  test('is refused aloud when it cannot be kept', async () => {
    path = join(directory, 'missing', 'hb_generation');

    await expect(next()).rejects.toThrow('ENOENT');
  });
});

describe('the uuid', () => {
  test('is made at the first start, and the same at every later one', async () => {
    const first = await ownUuid(join(directory, 'hb_uuid'));
    const second = await ownUuid(join(directory, 'hb_uuid'));

    expect(first.lines).toEqual([
      { level: 'info', text: 'No uuid found for current node - generating a new uuid.' },
    ]);
    expect(second).toEqual({ value: first.value, lines: [] });
    expect(first.value).toHaveLength(16);
    expect(await readFile(join(directory, 'hb_uuid'), 'latin1')).toBe(first.value);
  });

  test('that C has made is read byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 16 }, (_, index) => index * 17));
    await writeFile(join(directory, 'hb_uuid'), bytes);

    expect((await ownUuid(join(directory, 'hb_uuid'))).value).toBe(bytes.toString('latin1'));
  });

  test('that is cut short is made anew', async () => {
    await writeFile(join(directory, 'hb_uuid'), 'short');

    expect((await ownUuid(join(directory, 'hb_uuid'))).value).toHaveLength(16);
  });
});
