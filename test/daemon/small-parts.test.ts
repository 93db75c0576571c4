import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDirectories } from '../../src/daemon/directories.ts';
import { LoadAverage } from '../../src/daemon/load-average.ts';
import { paths } from '../../src/daemon/paths.ts';
import { tellServiceManager } from '../../src/daemon/service-manager.ts';
import { TextQueue } from '../../src/daemon/text-queue.ts';
import { succeed } from '../../src/result.ts';
import { instant } from '../../src/units.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hb-parts-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('the directories', () => {
  test('are made with the modes of C, and rsctmp is empty after every start', async () => {
    const where = paths(root);
    const left = join(where.rscTmp, 'left over', 'by a resource');
    await mkdir(left, { recursive: true });

    await makeDirectories(where, undefined);

    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;
    expect(await mode(where.stateDir)).toBe(0o755);
    expect(await mode(where.coreDir)).toBe(0o700);
    expect(await mode(where.agentTmp)).toBe(0o1755);
    expect(await mode(where.rscTmp)).toBe(0o1755);
    await expect(stat(left)).rejects.toThrow('ENOENT');
  });

  test('for the sockets of C clients are made for the cluster, which needs them', async () => {
    const where = paths(root);
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

    await makeDirectories(where, owner);

    for (const program of ['ccm', 'dopd']) {
      const found = await stat(join(where.runDir, program));
      expect([found.mode & 0o7777, found.uid, found.gid]).toEqual([0o750, owner.uid, owner.gid]);
    }
  });

  test('that are there keep the mode that the administrator gave them', async () => {
    const where = paths(root);
    await mkdir(where.stateDir, { recursive: true, mode: 0o700 });

    await makeDirectories(where, undefined);

    expect((await stat(where.stateDir)).mode & 0o777).toBe(0o700);
  });
});

describe('the load average', () => {
  test('is the first line of the file, cut at 63 characters', async () => {
    const path = join(root, 'loadavg');
    await writeFile(path, `${'1.5 '.repeat(20)}\nsecond\n`);
    const load = new LoadAverage(path);
    await load.refresh();

    expect(load.line(instant(0))).toBe('1.5 '.repeat(16).slice(0, 63));
  });

  test('is never waited for, and keeps its last value where it cannot be read', async () => {
    const load = new LoadAverage(join(root, 'missing'));
    const before = load.line(instant(0));
    await load.refresh();

    expect(before).toMatch(/^\d/);
    expect(load.line(instant(1))).toBe(before);
  });
});

describe('the service manager', () => {
  test('hears that the daemon is up, on the socket it named', () => {
    const sent: string[] = [];

    tellServiceManager(
      'up',
      (path, bytes) => {
        sent.push(`${path} ${Buffer.from(bytes).toString()}`);
        return succeed(undefined);
      },
      '/run/notify',
    );

    expect(sent).toEqual([`/run/notify READY=1\nMAINPID=${String(process.pid)}\n`]);
  });

  test('hears nothing where there is none', () => {
    const sent: string[] = [];

    tellServiceManager(
      'up',
      (path) => {
        sent.push(path);
        return succeed(undefined);
      },
      '',
    );

    expect(sent).toEqual([]);
  });
});

describe('text on its way to a slow place', () => {
  test('is bounded: what is too much is counted, and told with the next lines', async () => {
    const written: { lines: number; lost: number }[] = [];
    let open: () => void = () => undefined;
    const queue = new TextQueue(async (lines, lost) => {
      written.push({ lines: lines.length, lost });
      if (written.length === 1) {
        await new Promise<void>((resolve) => {
          open = resolve;
        });
      }
    });
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;

    queue.append('first\n');
    for (let count = 0; count < 6; count += 1) queue.append(line);
    open();
    await queue.flush();

    expect(written).toEqual([
      { lines: 1, lost: 0 },
      { lines: 4, lost: 2 },
    ]);
  });
});
