import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWatchdog } from '../../src/daemon/watchdog.ts';
import { millis, seconds } from '../../src/units.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'watchdog-'));
});
afterEach(() => rm(directory, { recursive: true }));

const timing = { deadtime: seconds(2), keepalive: millis(1) };

/** A file in the place of the device takes what the device would be fed. */
describe('the watchdog', () => {
  test('is fed when it is opened and at each deadline, and told when the machine may live without us', async () => {
    const path = join(directory, 'device');
    const log: string[] = [];
    await writeFile(path, '');
    const watchdog = await openWatchdog({ ...timing, watchdog: path }, ({ level, text }) =>
      log.push(`${level} ${text}`),
    );

    expect(await readFile(path, 'latin1')).toBe('\0');
    await expect
      .poll(async () => {
        watchdog?.feed();
        return (await readFile(path, 'latin1')).length;
      })
      .toBeGreaterThan(2);
    await watchdog?.close();
    watchdog?.feed();
    expect(await readFile(path, 'latin1')).toMatch(/^\0{3,}V$/);
    expect(log[0]).toBe(`notice Using watchdog device: ${path}`);
    expect(log[1]).toMatch(/^WARN .* its time is not set to 3 s/);
  });

  test('is not fed more than once a keepalive', async () => {
    const path = join(directory, 'device');
    await writeFile(path, '');
    const slow = { ...timing, keepalive: seconds(3600), watchdog: path };
    const watchdog = await openWatchdog(slow, () => undefined);
    watchdog?.feed();
    await watchdog?.close();

    expect(await readFile(path, 'latin1')).toBe('\0V');
  });

  test('that is not there is told, and the daemon goes on without', async () => {
    const log: string[] = [];
    const path = join(directory, 'none');
    const watchdog = await openWatchdog({ ...timing, watchdog: path }, ({ level, text }) =>
      log.push(`${level} ${text}`),
    );

    expect(watchdog).toBeUndefined();
    expect(log).toEqual([expect.stringMatching(/^ERROR Cannot open watchdog device: .*none: /)]);
  });

  test('is none without the directive', async () => {
    expect(await openWatchdog(timing, () => undefined)).toBeUndefined();
  });
});
