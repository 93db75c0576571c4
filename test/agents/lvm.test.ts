/** LVM with stand-ins for its tools and for the kernel's list; with the real ones: test/hosts/storage.test.ts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lvm, lvmBeside } from '../../src/agents/lvm.ts';
import { seconds } from '../../src/units.ts';
import { type OneAgent, oneAgent } from './run-one.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

const limits = { start: seconds(15), stop: seconds(2), status: seconds(15), probe: seconds(15) };

interface Machine extends OneAgent {
  /** Makes the tools behave: `none`, `open`, `stuck`, `half` (see below). */
  readonly set: (how: string) => Promise<void>;
  readonly calls: () => Promise<string>;
  /** Where the kernel's list is. */
  readonly sys: string;
}

async function addDevice(sys: string, at: number, name: string, uuid: string): Promise<void> {
  const directory = join(sys, 'block', `dm-${String(at)}`, 'dm');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'name'), `${name}\n`);
  await writeFile(join(directory, 'uuid'), `${uuid}\n`);
}

/** The volumes data and logs of the group my-vg, of which nothing is active, and devices that must not be taken for one of its. */
async function machine(): Promise<Machine> {
  const [sys, bin, store] = [
    await temporaryDirectory(),
    await temporaryDirectory(),
    await temporaryDirectory(),
  ];
  await addDevice(store, 0, 'my--vg-data', 'LVM-a');
  await addDevice(store, 1, 'my--vg-logs', 'LVM-b');
  await addDevice(sys, 7, 'my-vg', 'LVM-c');
  await addDevice(sys, 8, 'my--vg-x', 'CRYPT-d');
  await writeScript(
    bin,
    'vgchange',
    `echo "vgchange $*" >> ${bin}/calls
    case $1 in
      -ay)
        if [ -e ${bin}/none ]; then echo '  WARNING: no lvmlockd'; echo '  Volume group "my-vg" not found' >&2; exit 5; fi
        cp -r ${store}/block/dm-0 ${sys}/block
        [ -e ${bin}/half ] || cp -r ${store}/block/dm-1 ${sys}/block;;
      -an)
        if [ -e ${bin}/open ]; then rm ${bin}/open; echo '  Logical volume my-vg/data in use.' >&2; exit 5; fi
        if [ -e ${bin}/stuck ]; then echo '  Logical volume my-vg/data contains a filesystem in use.' >&2; exit 5; fi
        rm -r ${sys}/block/dm-[01];;
    esac`,
  );
  await writeScript(bin, 'vgscan', `echo vgscan >> ${bin}/calls`);
  await writeScript(
    bin,
    'lvs',
    `[ -e ${sys}/block/dm-0 ] && echo '  data:active:' || echo '  data::'
    [ -e ${sys}/block/dm-1 ] && echo '  logs:active:' || echo '  logs::'
    echo '  snapshot::skip activation'`,
  );
  return {
    ...oneAgent(lvmBeside(sys), bin, { limits }),
    sys,
    set: (how) => writeFile(join(bin, how), ''),
    calls: () => readFile(join(bin, 'calls'), 'utf8').catch(() => ''),
  };
}

describe('LVM', () => {
  test('activates and deactivates the group, each act also when repeated', async () => {
    const { run, calls } = await machine();
    const resource = 'LVM::my-vg';

    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await calls()).toBe('');
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'running' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await calls()).toBe(
      'vgchange -ay -- my-vg\nvgchange -ay -- my-vg\nvgchange -an -- my-vg\n',
    );
  });

  test('looks for the disks once more before it says that the group is not there', async () => {
    const { calls, run, set } = await machine();
    await set('none');

    expect(await run('start', 'LVM::my-vg')).toEqual({
      kind: 'failed',
      code: 1,
      why: 'my-vg cannot be activated: Volume group "my-vg" not found',
    });
    expect(await calls()).toBe('vgchange -ay -- my-vg\nvgscan\nvgchange -ay -- my-vg\n');
    expect(await run('stop', 'LVM::my-vg')).toEqual({ kind: 'done' });
  });

  test('tries to stop again while a volume is open', async () => {
    const { run, set } = await machine();
    await run('start', 'LVM::my-vg');
    await set('open');

    expect(await run('stop', 'LVM::my-vg')).toEqual({ kind: 'done' });
  });

  test('never says stopped of a group with a volume that stays open', async () => {
    const { lines, run, set } = await machine();
    await run('start', 'LVM::my-vg');
    await set('stuck');

    expect(await run('stop', 'LVM::my-vg')).toMatchObject({ kind: 'timed-out' });
    expect(lines.slice(-2)).toEqual([
      'WARN: LVM: my-vg has not stopped yet: Logical volume my-vg/data contains a filesystem in use.',
      'ERROR: LVM stop given up: it took longer than 2 s',
    ]);
    expect(await run('status', 'LVM::my-vg')).toEqual({ kind: 'running' });
  });

  test('a group of which only a part is active is neither running nor stopped', async () => {
    const { run, set } = await machine();
    await set('half');
    const half = { kind: 'failed', code: 1, why: 'only a part of my-vg is active, not logs' };

    expect(await run('start', 'LVM::my-vg')).toEqual(half);
    expect(await run('status', 'LVM::my-vg')).toEqual(half);
  });

  test('a volume whose name cannot be read is not taken for one that is not there', async () => {
    const { run, sys } = await machine();
    await mkdir(join(sys, 'block/dm-9/dm/name'), { recursive: true });
    await writeFile(join(sys, 'block/dm-9/dm/uuid'), 'LVM-e\n');

    expect(await run('status', 'LVM::my-vg')).toMatchObject({ kind: 'failed' });
    expect(await run('stop', 'LVM::my-vg')).toMatchObject({ kind: 'failed' });
  });

  test('without the tools a start fails, and what is not active is stopped', async () => {
    const { run } = oneAgent(lvm, '', { environment: { PATH: '/nonexistent' } });

    expect(await run('status', 'LVM::my-vg')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'LVM::my-vg')).toEqual({ kind: 'done' });
    expect(await run('start', 'LVM::my-vg')).toMatchObject({ kind: 'failed', code: 5 });
  });

  test.each([
    ['LVM', '"" is not the name of a volume group, as in LVM::vg0'],
    ['LVM::-ay', '"-ay" is not the name of a volume group, as in LVM::vg0'],
    ['LVM::vg0::data', 'one argument, as in LVM::vg0'],
  ])('%s cannot be started, and is stopped', async (resource, why) => {
    const { run } = oneAgent(lvm, '');

    expect(await run('start', resource)).toEqual({ kind: 'failed', code: 2, why });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });
});
