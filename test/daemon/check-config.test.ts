import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkConfig } from '../../src/daemon/check-config.ts';
import type { LoadOptions } from '../../src/daemon/load-config.ts';
import { type Paths, paths } from '../../src/daemon/paths.ts';

let root: string;
let where: Paths;
const self = hostname();
const options: LoadOptions = { manageResources: true, debug: 0 };
/** mcast on lo: an interface that every machine has, and that the check has nothing against. */
const haCf = `logfacility local0\nauto_failback on\nmcast lo 225.0.0.15 694 1 0\nnode ${self} peer\n`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hb-check-'));
  where = paths(root);
  await mkdir(where.resourceDir, { recursive: true });
  await writeFile(where.haCf, haCf);
  await writeFile(where.authkeys, 'auth 1\n1 md5 secret\n', { mode: 0o600 });
  await writeFile(where.haresources, `${self} IPaddr::127.0.0.9/8/lo web\n`);
  await writeFile(join(where.resourceDir, 'web'), '', { mode: 0o755 });
  await writeFile(join(where.systemDir, 'hosts'), `127.0.0.1 ${self}\n192.0.2.7 peer\n`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const rows = async (): Promise<unknown> =>
  JSON.parse((await checkConfig(where, options, 'json')).stdout ?? '');

describe('heartbeat --check', () => {
  test('ends with 0 and says so when there is nothing to say', async () => {
    expect(await checkConfig(where, options, 'text')).toEqual({
      status: 0,
      stdout: `${where.configDir}: no fault found\n`,
    });
    expect(await checkConfig(where, options, 'json')).toEqual({ status: 0, stdout: '[]\n' });
  });

  test('ends with 1 when there is nothing worse than warnings', async () => {
    await mkdir(join(where.systemDir, 'rc3.d'));
    await writeFile(join(where.systemDir, 'rc3.d/S20web'), '');

    const { status, stdout } = await checkConfig(where, options, 'text');

    expect(status).toBe(1);
    expect(stdout?.split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${where.haresources}:1:\\d+: warning: web is managed by heartbeat, but the system starts it`,
        ),
      ),
      `${where.configDir}: 0 errors, 1 warning`,
      '',
    ]);
  });

  test('ends with 2 when the daemon would not start, and tells every file in its turn', async () => {
    await writeFile(where.extensions, '[nonsense]\n');
    await writeFile(where.haresources, 'peel web\n');
    await writeFile(where.authkeys, 'auth 2\n');
    await writeFile(where.haCf, `${haCf}keepalve 2\n`);
    await writeFile(join(where.systemDir, 'hosts'), `127.0.0.1 ${self} peer\n`);

    const { status, stdout } = await checkConfig(where, options, 'text');

    expect(status).toBe(2);
    expect(stdout?.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
      `${where.haCf}:5:1`,
      `${where.authkeys}:1:1`,
      `${where.haresources}:1:1`,
      `${where.extensions}:1:1`,
      `${root}/etc/hosts:1:${String(`127.0.0.1 ${self} `.length + 1)}`,
      where.configDir,
      '',
    ]);
  });

  test('tells programs the same in a form that stays', async () => {
    await writeFile(where.haCf, `${haCf}keepalve 2\n`);

    expect(await rows()).toEqual([
      {
        file: where.haCf,
        line: 5,
        column: 1,
        severity: 'error',
        kind: 'unknown-directive',
        message: `Illegal directive [keepalve] in ${where.configDir}//ha.cf: no directive of that name exists`,
        mend: 'mend or remove the line; did you mean "keepalive"?',
        suggestion: 'keepalive',
        c: [`Illegal directive [keepalve] in ${where.configDir}//ha.cf`],
      },
    ]);
  });

  test('speaks Chinese where the locale does; kinds and the words of C stay', async () => {
    await writeFile(where.haCf, `${haCf}keepalve 2\n`);
    vi.stubEnv('LC_ALL', 'zh_CN.UTF-8');

    const { status, stdout } = await checkConfig(where, options, 'text');

    expect(status).toBe(2);
    expect(stdout).toBe(
      `${where.haCf}:5:1: 错误: Illegal directive [keepalve] in ${where.configDir}//ha.cf: 没有这个指令；请改正或删除本行；是否想写“keepalive”？\n` +
        `${where.configDir}: 1 个错误，0 个警告\n`,
    );
    expect(await rows()).toMatchObject([
      {
        kind: 'unknown-directive',
        severity: 'error',
        mend: '请改正或删除本行；是否想写“keepalive”？',
      },
    ]);
  });

  test('tells of forms of an address that only some agents understand', async () => {
    await writeFile(where.haresources, `${self} IPaddr::127.0.0.9//8/lo web IPaddr::nowhere\n`);

    expect(await rows()).toMatchObject([
      { kind: 'address-form', message: '127.0.0.9//8/lo is read as 127.0.0.9/8/lo' },
      { kind: 'address-not-understood' },
    ]);
  });

  test('tells what built-in agents would refuse, all of them, and where it stands', async () => {
    const mistakes = [
      ['Delay::soon', '"soon" is not a number of seconds'],
      ['Filesystem::/dev/drbd0', 'a device and a directory are needed'],
      ['IPaddr2::10.9.9.9/33/eth0', '"33" is not a prefix length of 1 to 32'],
      ['MailTo::-s', '"-s" is not an address for mail'],
      ['OCF::Dummy', '"Dummy" is not provider:type'],
      ['SendArp::10.9.9.9', 'an address and an interface are needed'],
    ] as const;
    const words = mistakes.map(([word]) => word).join(' ');
    await writeFile(
      where.haresources,
      `${self} Delay::1 ${words}
`,
    );
    let column = `${self} Delay::1 `.length + 1;
    const expected = mistakes.map(([word, why]) => {
      const at = { line: 1, column };
      column += word.length + 1;
      const message = expect.stringContaining(why) as unknown;
      return expect.objectContaining({ kind: 'bad-arguments', ...at, message }) as unknown;
    });

    expect(await rows()).toEqual(expect.arrayContaining(expected));
  });

  test('leaves haresources out when resources are not ours to manage', async () => {
    await rm(where.haresources);

    expect((await checkConfig(where, { ...options, manageResources: false }, 'text')).status).toBe(
      0,
    );
  });

  test('can say no more than that without an ha.cf', async () => {
    await rm(where.haCf);

    expect((await checkConfig(where, options, 'text')).status).toBe(2);
    expect(await rows()).toMatchObject([{ kind: 'cannot-open', line: 1, column: 1 }]);
  });

  test('leaves the machine as it was', async () => {
    const before = await readdir(root, { recursive: true });

    await checkConfig(where, options, 'text');

    expect(await readdir(root, { recursive: true })).toEqual(before);
  });
});
