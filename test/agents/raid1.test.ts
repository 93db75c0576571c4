/** Raid1 with a stand-in for mdadm and for the kernel's list; with the real ones: test/hosts/storage.test.ts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { raid1, raid1Beside } from '../../src/agents/raid1.ts';
import { seconds } from '../../src/units.ts';
import { type OneAgent, oneAgent } from './run-one.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

const limits = { start: seconds(15), stop: seconds(2), status: seconds(15), probe: seconds(15) };

interface Machine extends OneAgent {
  readonly config: string;
  /** The array as the kernel has it: `clean`, `inactive`. */
  readonly assemble: (state: string, degraded?: number) => Promise<void>;
  /** Makes mdadm behave: `lost`, `stuck` (see below). */
  readonly set: (how: string) => Promise<void>;
  readonly calls: () => Promise<string>;
  /** Where the kernel's list is. */
  readonly sys: string;
}

async function machine(): Promise<Machine> {
  const [sys, bin] = [await temporaryDirectory(), await temporaryDirectory()];
  const config = join(bin, 'mdadm.conf');
  await writeFile(config, '');
  await mkdir(join(sys, 'block'));
  const md = join(sys, 'block/md77/md');
  await writeScript(
    bin,
    'mdadm',
    `echo "$*" >> ${bin}/calls
    case $1 in
      --assemble)
        if [ -e ${bin}/lost ]; then echo 'mdadm: no devices found for /dev/md77' >&2; exit 1; fi
        if [ -e ${md} ]; then echo 'mdadm: /dev/md77 is already in use.' >&2; exit 1; fi
        mkdir -p ${md}; echo clean > ${md}/array_state; echo 0 > ${md}/degraded
        [ ! -e ${bin}/half ] || { echo 1 > ${md}/degraded; echo 'mdadm: started with 1 drive (out of 2)' >&2; exit 2; };;
      --detail) [ -e ${bin}/mute ] || printf 'MD_LEVEL=raid1\\nMD_NAME=nodea:data-name-of-a-test\\n';;
      --stop)
        if [ -e ${bin}/stuck ]; then echo 'mdadm: Cannot get exclusive access to /dev/md77:Perhaps a running process, mounted filesystem or active volume group?' >&2; exit 1; fi
        rm -rf ${sys}/block/md77;;
    esac`,
  );
  return {
    ...oneAgent(raid1Beside(sys), bin, { limits }),
    sys,
    config,
    assemble: async (state, degraded = 0) => {
      await mkdir(md, { recursive: true });
      await writeFile(join(md, 'array_state'), `${state}\n`);
      await writeFile(join(md, 'degraded'), `${String(degraded)}\n`);
    },
    set: (how) => writeFile(join(bin, how), ''),
    calls: () => readFile(join(bin, 'calls'), 'utf8').catch(() => ''),
  };
}

describe('Raid1', () => {
  test('assembles and stops the array, each act also when repeated', async () => {
    const { calls, config, run } = await machine();
    const resource = `Raid1::${config}::/dev/md77`;

    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await calls()).toBe('');
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'running' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await calls()).toBe(`--assemble /dev/md77 --run --config=${config}\n--stop /dev/md77\n`);
  });

  test('the device may come first, and the configuration be left out', async () => {
    const { calls, config, run } = await machine();

    await run('start', `Raid1::/dev/md77::${config}`);
    await run('stop', 'Raid1::/dev/md77');
    await run('start', 'Raid1::/dev/md77');

    expect((await calls()).split('\n')).toEqual([
      `--assemble /dev/md77 --run --config=${config}`,
      '--stop /dev/md77',
      '--assemble /dev/md77 --run',
      '',
    ]);
  });

  test('starts with a disk missing, and says so', async () => {
    const { lines, run, set } = await machine();
    await set('half');

    expect(await run('start', 'Raid1::/dev/md77')).toEqual({ kind: 'done' });
    expect(lines.at(-1)).toBe(
      'WARN: Raid1: /dev/md77 is assembled, but 1 of its disks are missing',
    );
  });

  test('what was half assembled at boot is put together anew', async () => {
    const { assemble, calls, run } = await machine();
    await assemble('inactive');

    expect(await run('status', 'Raid1::/dev/md77')).toMatchObject({ kind: 'failed' });
    expect(await run('start', 'Raid1::/dev/md77')).toEqual({ kind: 'done' });
    expect(await calls()).toBe('--stop /dev/md77\n--assemble /dev/md77 --run\n');
  });

  test('what cannot be assembled is said with the words of mdadm; a configuration that is missing stops no stop', async () => {
    const { config, run, set } = await machine();
    await set('lost');

    expect(await run('start', `Raid1::${config}::/dev/md77`)).toEqual({
      kind: 'failed',
      code: 1,
      why: '/dev/md77 cannot be assembled: mdadm: no devices found for /dev/md77',
    });
    expect(await run('start', 'Raid1::/nope.conf::/dev/md77')).toEqual({
      kind: 'failed',
      code: 5,
      why: 'there is no /nope.conf',
    });
    expect(await run('stop', 'Raid1::/nope.conf::/dev/md77')).toEqual({ kind: 'done' });
  });

  test('never says stopped of an array that stays in use', async () => {
    const { assemble, lines, run, set } = await machine();
    await assemble('active');
    await set('stuck');

    expect(await run('stop', 'Raid1::/dev/md77')).toMatchObject({ kind: 'timed-out' });
    expect(lines.at(-2)).toContain('WARN: Raid1: /dev/md77 has not stopped yet: mdadm: Cannot get');
    expect(await run('status', 'Raid1::/dev/md77')).toEqual({ kind: 'running' });
  });

  test('an array whose link is gone is found by the name in it, and stopped', async () => {
    const { assemble, calls, run } = await machine();
    await assemble('clean');

    expect(await run('status', 'Raid1::/dev/md/other-name-of-a-test')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'Raid1::/dev/md/other-name-of-a-test')).toEqual({ kind: 'done' });
    expect(await run('status', 'Raid1::/dev/md/data-name-of-a-test')).toEqual({ kind: 'running' });
    expect(await run('stop', 'Raid1::/dev/md/data-name-of-a-test')).toEqual({ kind: 'done' });
    expect(await run('status', 'Raid1::/dev/md/data-name-of-a-test')).toEqual({ kind: 'stopped' });
    const asked = '--detail --export /dev/md77';
    expect(new Set((await calls()).trim().split('\n'))).toEqual(
      new Set([asked, '--stop /dev/md77']),
    );
  });

  test('where the link is gone and an array says no name, nothing is believed', async () => {
    const { assemble, run, set } = await machine();
    await assemble('clean');
    await set('mute');

    expect(await run('status', 'Raid1::/dev/md/data-name-of-a-test')).toMatchObject({
      kind: 'failed',
    });
    expect(await run('stop', 'Raid1::/dev/md/data-name-of-a-test')).toMatchObject({
      kind: 'failed',
    });
  });

  test('a state that cannot be read is not taken for stopped', async () => {
    const { run, sys } = await machine();
    await mkdir(join(sys, 'block/md77/md/array_state'), { recursive: true });

    expect(await run('status', 'Raid1::/dev/md77')).toMatchObject({ kind: 'failed' });
    expect(await run('stop', 'Raid1::/dev/md77')).toMatchObject({ kind: 'failed' });
  });

  test('without mdadm a start fails, and what is not assembled is stopped', async () => {
    const { run } = oneAgent(raid1, '', { environment: { PATH: '/nonexistent' } });

    expect(await run('status', 'Raid1::/dev/md77')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'Raid1::/dev/md77')).toEqual({ kind: 'done' });
    expect(await run('start', 'Raid1::/dev/md77')).toMatchObject({ kind: 'failed', code: 5 });
  });

  test.each([
    'Raid1',
    'Raid1::/etc/mdadm.conf',
    'Raid1::/dev/md0::/dev/md1',
    'Raid1::/etc/mdadm.conf::/dev/md0::/etc/raidtab',
  ])('%s cannot be started, and is stopped', async (resource) => {
    const { run } = oneAgent(raid1, '');
    const why =
      'one device in /dev and at most one file are needed, as in Raid1::/etc/mdadm/mdadm.conf::/dev/md0';

    expect(await run('start', resource)).toEqual({ kind: 'failed', code: 2, why });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });
});
