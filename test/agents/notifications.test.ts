import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { noticeEnvironment, type Notice, Notifications } from '../../src/agents/notifications.ts';
import { ScriptLog } from '../../src/agents/script-log.ts';
import { type Millis, millis, seconds } from '../../src/units.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

const fixed = { HA_CURHOST: 'node1', HA_debug: '0', PATH: '/usr/bin:/bin' };

function notice(type: string, fields: Record<string, string> = {}): Notice {
  return { type, fields: Object.entries({ t: type, ...fields }), status: 'active' };
}

interface Desk {
  readonly directory: string;
  readonly log: string[];
  readonly notifications: Notifications;
  /** What the scripts have written to `out`, once `count` lines are there. */
  readonly lines: (count: number) => Promise<readonly string[]>;
}

async function desk(
  scripts: Record<string, string>,
  change: { limit?: Millis; debugLog?: ScriptLog } = {},
): Promise<Desk> {
  const directory = await temporaryDirectory();
  const rcDirectory = join(directory, 'rc.d');
  await mkdir(rcDirectory);
  for (const [name, body] of Object.entries(scripts)) await writeScript(rcDirectory, name, body);
  const log: string[] = [];
  const notifications = new Notifications({
    rcDirectory,
    environment: fixed,
    directory,
    limit: seconds(10),
    debugLog: new ScriptLog(undefined),
    log: ({ level, text }) => log.push(`${level}: ${text}`),
    ...change,
  });
  const lines = (count: number): Promise<readonly string[]> =>
    vi.waitFor(async () => {
      const all = (await readFile(join(directory, 'out'), 'utf8')).trimEnd().split('\n');
      expect(all.length).toBeGreaterThanOrEqual(count);
      return all;
    }, 5000);
  return { directory, log, notifications, lines };
}

describe('a script of rc.d', () => {
  test('is run with the name of the type as its only word, and the message in its environment', async () => {
    const { lines, log, notifications, directory } = await desk({
      backup: 'echo "$# $1 $HA_t $HA_src $HA_OSTATUS $HA_CURHOST" >>out',
    });
    notifications.tell(notice('backup', { src: 'node2' }));

    expect(await lines(1)).toEqual(['1 backup backup node2 active node1']);
    expect(log).toEqual([`info: Running ${join(directory, 'rc.d/backup')} backup`]);
  });

  test('that is not there is not missed', async () => {
    const { lines, log, notifications } = await desk({ ifstat: 'echo $HA_ifname >>out' });
    notifications.tell(notice('custom'));
    notifications.tell(notice('../rc.d/ifstat'));
    notifications.tell(notice('ifstat', { ifname: 'eth0' }));

    expect(await lines(1)).toEqual(['eth0']);
    expect(log).toHaveLength(1);
  });

  test('runs alone, in the order of what happened', async () => {
    const { lines, notifications } = await desk({
      slow: 'echo begin $HA_n >>out; sleep 0.1; echo end $HA_n >>out',
      quick: 'echo quick $HA_n >>out',
    });
    notifications.tell(notice('slow', { n: '1' }));
    notifications.tell(notice('quick', { n: '2' }));
    notifications.tell(notice('slow', { n: '3' }));

    expect(await lines(5)).toEqual(['begin 1', 'end 1', 'quick 2', 'begin 3', 'end 3']);
  });

  test('that came after the first notice is found at the next start only', async () => {
    const { directory, lines, notifications } = await desk({ one: 'echo one >>out' });
    notifications.tell(notice('one'));
    await lines(1);
    await writeScript(join(directory, 'rc.d'), 'two', 'echo two >>out');
    notifications.tell(notice('two'));
    notifications.tell(notice('one'));

    expect(await lines(2)).toEqual(['one', 'one']);
  });

  test('that hangs is killed at its limit, and the next one has its turn', async () => {
    const { lines, log, notifications } = await desk(
      { hangs: 'sleep 60', next: 'echo next >>out' },
      { limit: millis(100) },
    );
    notifications.tell(notice('hangs'));
    notifications.tell(notice('next'));

    await lines(1);
    expect(log).toContainEqual(
      expect.stringMatching(/^WARN: .*hangs killed: it took longer than 0\.1 s/),
    );
  });

  test('that fails is told, and what it prints is in the debug log', async () => {
    const debugLog = join(await temporaryDirectory(), 'debug');
    const { log, notifications } = await desk(
      { fails: 'echo words; exit 3' },
      { debugLog: new ScriptLog(debugLog) },
    );
    notifications.tell(notice('fails'));

    await vi.waitFor(() => {
      expect(log.at(-1)).toMatch(/^WARN: .*fails exited with return code 3$/);
    }, 5000);
    expect(await readFile(debugLog, 'utf8')).toBe('words\n');
  });

  test('that is no program is told', async () => {
    const { directory, log, notifications } = await desk({});
    await writeFile(join(directory, 'rc.d', 'text'), 'words', { mode: 0o644 });
    notifications.tell(notice('text'));

    await vi.waitFor(() => {
      expect(log.at(-1)).toMatch(/^WARN: Cannot run .*text/);
    }, 5000);
  });
});

test('more than a hundred notices that wait are dropped, and their number told', async () => {
  const { lines, log, notifications } = await desk({ one: 'echo one >>out' });
  for (let told = 0; told < 110; told += 1) notifications.tell(notice('one'));

  // The first is being looked after already.
  const dropped = /^WARN: (\d+) notices for scripts were dropped/;
  await vi.waitFor(() => {
    expect(log.some((line) => dropped.test(line))).toBe(true);
  }, 5000);
  const count = Number(dropped.exec(log.find((line) => dropped.test(line)) ?? '')?.[1]);
  expect(count).toBe(10);
  expect(await lines(100)).toHaveLength(100);
});

test('after the end nothing more is run', async () => {
  const { log, notifications, lines } = await desk({ one: 'echo one >>out; sleep 0.05' });
  notifications.tell(notice('one'));
  notifications.tell(notice('one'));
  await lines(1);
  notifications.close();
  notifications.tell(notice('one'));
  await new Promise((resolve) => setTimeout(resolve, 150));

  expect(log).toHaveLength(1);
});

describe('the environment of a notice', () => {
  test('has no field in the place of a variable of heartbeat', () => {
    const hostile = { CURHOST: 'evil', debug: '9', FUNCS: '/tmp/evil', RSCTMP: '/tmp', ok: 'yes' };
    const { environment, refused } = noticeEnvironment(fixed, notice('x', hostile));

    expect(environment).toEqual({ ...fixed, HA_t: 'x', HA_ok: 'yes', HA_OSTATUS: 'active' });
    expect(refused).toEqual(['CURHOST', 'debug', 'FUNCS', 'RSCTMP']);
  });

  test('leaves out what cannot be a variable', () => {
    const odd = { 'a b': '1', 'a=b': '2', '': '3', nul: 'a\0b', 'x()': '() { :; }' };
    const { environment, refused } = noticeEnvironment(fixed, notice('x', odd));

    expect(environment).toEqual({ ...fixed, HA_t: 'x', HA_OSTATUS: 'active' });
    expect(refused).toEqual([]);
  });
});
