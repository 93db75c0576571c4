import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fencer } from '../../src/stonith/fencer.ts';
import { openDevice } from '../../src/stonith/plugins.ts';
import { nodeName } from '../../src/units.ts';
import { Workshop } from './workshop.ts';

const node2 = nodeName('node2');
let shop: Workshop;
let fencer: Fencer;
let confirmed: string[];

function use(type: string, parameters: Record<string, string> = {}): void {
  const device = { type, parameters: new Map(Object.entries(parameters)) };
  fencer = new Fencer({
    device: openDevice(device, shop.around()),
    fifos: shop.directory,
    log: shop.around().log,
    onConfirmed: (node) => confirmed.push(node),
  });
}

const fifo = (): string => join(shop.directory, 'meatware.node2');
const fifoIsThere = (): Promise<boolean> =>
  stat(fifo()).then(
    (found) => found.isFIFO(),
    () => false,
  );

/** As `meatclient` does: opens the FIFO and writes, or closes it again. */
async function answer(text: string): Promise<void> {
  await expect.poll(fifoIsThere).toBe(true);
  const script = `exec 3>"$1"; sleep 0.3; printf %b "$2" >&3`;
  await promisify(execFile)('sh', ['-c', script, 'sh', fifo(), text.replaceAll('\0', '\\0')]);
}

beforeEach(async () => {
  shop = await Workshop.open();
  confirmed = [];
});
afterEach(async () => {
  await fencer.close();
  await shop.close();
});

describe('an attempt', () => {
  test('is told with the name of the device', async () => {
    use('null');

    expect(await fencer.fence(node2)).toEqual({ kind: 'ok' });
    expect(shop.log).toContain('info Resetting node node2 with [NULL STONITH device]');
  });

  test('that nobody wants any more ends with its whole process group', async () => {
    const pids = join(shop.directory, 'pids');
    await shop.script(
      'slow',
      `[ "$1" = reset ] || exit 0\nsleep 600 & echo $$ $! > "${pids}"; wait`,
    );
    use('external/slow');
    const end = fencer.fence(node2);
    await expect.poll(() => readFile(pids, 'utf8').catch(() => '')).toMatch(/\n$/);
    const started = (await readFile(pids, 'utf8')).trim().split(' ');
    fencer.cancel(node2);

    expect(await end).toMatchObject({ kind: 'failed' });
    const running = await readdir('/proc');
    for (const pid of started) expect(running).not.toContain(pid);
    await expect.poll(fifoIsThere).toBe(false);
  });

  test('can be confirmed by meatclient whatever the device is', async () => {
    await shop.script('slow', '[ "$1" = reset ] || exit 0\nsleep 600');
    use('external/slow');
    const end = fencer.fence(node2);
    await answer('meatware reply Node2\0\0');
    await expect.poll(() => confirmed).toEqual(['node2']);
    fencer.cancel(node2);
    await end;
  });

  test('a failed one can still be confirmed', async () => {
    await shop.script('bad', '[ "$1" = reset ] || exit 0\nexit 1');
    use('external/bad');
    await fencer.fence(node2);
    await answer('meatware reply node2');

    await expect.poll(() => confirmed).toEqual(['node2']);
  });
});

describe('meatware', () => {
  test.each([
    ['meatware reply node2\0\0\0', { kind: 'ok' }, 'info glib: node Meatware-reset: node2'],
    [
      'meatware reply node3',
      { kind: 'failed', why: 'the answer names another node' },
      'ERROR glib: failed to Meatware-reset node node2',
    ],
    [
      'meatware reply node22',
      { kind: 'failed', why: 'the answer names another node' },
      'ERROR glib: failed to Meatware-reset node node2',
    ],
    [
      '',
      { kind: 'failed', why: 'the operator said no' },
      'ERROR glib: Format error - failed to Meatware-reset node node2',
    ],
  ])('an operator who says %j', async (text, outcome, line) => {
    use('meatware', { hostlist: 'node1 node2' });
    const end = fencer.fence(node2);
    await answer(text);

    expect(await end).toEqual(outcome);
    expect(shop.log).toContain(line);
    expect(shop.log).toContain(
      'ERROR glib: Run "meatclient -c node2" AFTER power-cycling the machine.',
    );
    expect(await fifoIsThere()).toBe(false);
  });

  test('something else in the place of the FIFO is replaced', async () => {
    await writeFile(fifo(), 'old');
    use('meatware');
    const end = fencer.fence(node2);
    await answer('meatware reply node2');

    expect(await end).toEqual({ kind: 'ok' });
  });
});

describe('the look at the device', () => {
  test('says what is wrong with it, and whom it controls', async () => {
    await shop.script(
      'pdu',
      'case $1 in status) exit 5;; gethosts) echo node1;; getinfo-devid) echo PDU;; esac',
    );
    use('external/pdu');

    expect(await fencer.check()).toEqual({ device: 'PDU', fault: 'exit code 5', hosts: ['node1'] });
    expect(shop.log).toContain('info Checking status of STONITH device [PDU]');
  });

  test('a daemon that ends does not wait for a device that hangs', async () => {
    await shop.script('slow', 'sleep 600');
    use('external/slow');
    const end = fencer.check();
    await fencer.close();

    expect((await end).fault).toBe('cancelled');
  });
});
