import { chmod, mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentPlaces } from '../../src/agents/find-agent.ts';
import { loadConfig, type LoadOptions } from '../../src/daemon/load-config.ts';
import { ownName } from '../../src/daemon/own-name.ts';
import { type Paths, paths } from '../../src/daemon/paths.ts';
import { reload, type ReloadHooks } from '../../src/daemon/reload.ts';
import type { AuthKeys } from '../../src/config/settings.ts';
import type { LogLine } from '../../src/log-line.ts';

let root: string;
let where: Paths;
let places: AgentPlaces;
const options: LoadOptions = { manageResources: true, debug: 0 };
const self = hostname();
const haCf = `logfacility local0\nauto_failback on\nbcast lo\nnode ${self} node2\n`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hb-config-'));
  where = paths(root);
  places = { resourceD: where.resourceDir, initD: join(root, 'init.d'), units: undefined };
  await mkdir(where.resourceDir, { recursive: true });
  await writeFile(where.haCf, haCf);
  await writeFile(where.authkeys, 'auth 1\n1 md5 secret\n', { mode: 0o600 });
  await writeFile(where.haresources, `${self} IPaddr::10.9.8.7\n`);
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const kinds = async (given = options): Promise<string[]> =>
  (await loadConfig(where, places, given)).problems.map(({ kind }) => kind);
const errors = async (given = options): Promise<string[]> =>
  (await loadConfig(where, places, given)).problems
    .filter(({ severity }) => severity === 'error')
    .map(({ kind }) => kind);

describe('the configuration', () => {
  test('is read from the four files, of which extensions.ini may be missing', async () => {
    const loaded = await loadConfig(where, places, options);

    expect(loaded.settings?.haCf.nodes).toEqual([self.toLowerCase(), 'node2']);
    expect(loaded.settings?.authKeys.outbound).toEqual({ id: 1, method: 'md5', secret: 'secret' });
    expect(loaded.settings?.haresources).toHaveLength(1);
    expect(loaded).toMatchObject({ self: self.toLowerCase(), isForbidden: false, debug: 0 });
    expect(loaded.times.haCf).toBe((await stat(where.haCf)).mtimeMs);
    expect(loaded.times.extensions).toBeUndefined();
  });

  test('is refused with every error of every file at once', async () => {
    await writeFile(where.haCf, `${haCf}bogus 1\nbcast eth99\n`);
    await chmod(where.authkeys, 0o644);
    await writeFile(where.haresources, 'node9 IPaddr::10.9.8.7\n');
    await writeFile(where.extensions, '[nonsense]\n');

    expect(await errors()).toEqual(
      expect.arrayContaining([
        'unknown-directive',
        'interface-missing',
        'key-file-readable',
        'bad-owner',
        'unknown-section',
      ]),
    );
    expect((await loadConfig(where, places, options)).settings).toBeUndefined();
  });

  test('without a file is refused, and not for lack of permission', async () => {
    await rm(where.haCf);

    expect(await kinds()).toContain('cannot-open');
    expect((await loadConfig(where, places, options)).isForbidden).toBe(false);
  });

  test('is good without haresources when resources are not ours to manage', async () => {
    await rm(where.haresources);

    expect(await errors()).toContain('cannot-open');
    expect(await errors({ ...options, manageResources: false })).toEqual([]);
  });

  test('warns of an agent that this machine lacks, and not of one that it has', async () => {
    await writeFile(where.haresources, `${self} IPaddr::10.9.8.7 webservice\n`);
    expect(await kinds()).toContain('agent-missing');

    await writeFile(join(where.resourceDir, 'webservice'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await kinds()).not.toContain('agent-missing');
  });

  test('names a user of apiauth that nobody is here', async () => {
    await writeFile(where.haCf, `${haCf}apiauth watcher uid=root,nobody-of-that-name\n`);

    expect(await errors()).toEqual(['unknown-id']);
  });

  test('takes the debug level of the command line where ha.cf gives none', async () => {
    expect((await loadConfig(where, places, { ...options, debug: 2 })).debug).toBe(2);
    await writeFile(where.haCf, `${haCf}debug 7\n`);
    expect((await loadConfig(where, places, { ...options, debug: 2 })).debug).toBe(7);
  });
});

describe('the own name', () => {
  test('is the first line of nodeinfo in lower case, where that file has a whole line', async () => {
    await writeFile(where.nodeInfo, 'Node7\nrest');
    expect(await ownName(where.nodeInfo)).toBe('node7');

    await writeFile(where.nodeInfo, 'node7 without an end');
    expect(await ownName(where.nodeInfo)).toBe(self.toLowerCase());
  });
});

describe('a reload', () => {
  const taken: {
    keys: AuthKeys[];
    groups: string[][];
    lines: LogLine[];
    restarts: string[];
    refusal: string | undefined;
  } = { keys: [], groups: [], lines: [], restarts: [], refusal: undefined };
  const hooks = (): ReloadHooks => ({
    where,
    load: () => loadConfig(where, places, options),
    useKeys: (keys) => taken.keys.push(keys),
    useGroups: (groups) => {
      taken.groups.push(groups.map(({ key }) => key));
      return true;
    },
    restart: ({ settings }) => {
      taken.restarts.push(String(settings.haCf.deadtime));
      return taken.refusal;
    },
    log: (line) => taken.lines.push(line),
  });
  const texts = (): string[] => taken.lines.map(({ level, text }) => `${level}: ${text}`);
  /** Modification times that differ, without waiting for the clock. */
  const touch = (path: string): Promise<void> => utimes(path, new Date(), new Date(0));

  beforeEach(() => {
    taken.keys = [];
    taken.groups = [];
    taken.lines = [];
    taken.restarts = [];
    taken.refusal = undefined;
  });

  test('of files that are as they were says so, and does nothing', async () => {
    const { times } = await loadConfig(where, places, options);

    expect(await reload(times, hooks())).toEqual(times);
    expect(texts()).toEqual(['info: Configuration unchanged.']);
    expect(taken.keys).toEqual([]);
  });

  test('takes in a changed authkeys', async () => {
    const { times } = await loadConfig(where, places, options);
    await writeFile(where.authkeys, 'auth 2\n1 md5 secret\n2 sha1 better\n');
    await touch(where.authkeys);

    const after = await reload(times, hooks());

    expect(texts()).toEqual(['info: Rereading authentication file.']);
    expect(taken.keys.map(({ outbound }) => outbound.secret)).toEqual(['better']);
    await reload(after, hooks());
    expect(texts().at(-1)).toBe('info: Configuration unchanged.');
  });

  test('keeps the old keys when the new file is broken, and says where', async () => {
    const { times } = await loadConfig(where, places, options);
    await writeFile(where.authkeys, 'auth 1\n1 sha256 secret\n');
    await touch(where.authkeys);

    expect(await reload(times, hooks())).toEqual(times);
    expect(taken.keys).toEqual([]);
    expect(texts()).toContainEqual(expect.stringContaining(`ERROR: ${where.authkeys}:2:3: `));
    expect(texts().at(-1)).toBe(
      'WARN: Config errors: going on with the configuration read before.',
    );
  });

  test('of a changed ha.cf asks for a restart with what it says', async () => {
    const { settings, times } = await loadConfig(where, places, options);
    await touch(where.haCf);

    const after = await reload(times, hooks());

    expect(taken.restarts).toEqual([String(settings?.haCf.deadtime)]);
    expect(texts()).toEqual([]);
    expect(await reload(after, hooks())).toEqual(after);
    expect(texts()).toEqual(['info: Configuration unchanged.']);
  });

  test('of a changed ha.cf that is broken restarts nothing', async () => {
    const { times } = await loadConfig(where, places, options);
    await writeFile(where.haCf, 'keepalive soon\n');
    await touch(where.haCf);

    expect(await reload(times, hooks())).toEqual(times);
    expect(taken.restarts).toEqual([]);
  });

  test('of a changed ha.cf says why there may be no restart, and when it takes effect', async () => {
    const { times } = await loadConfig(where, places, options);
    await touch(where.haCf);
    taken.refusal = 'groups are gone';

    await reload(times, hooks());

    expect(texts()).toEqual([
      `WARN: no restart with the new ${where.haCf}: groups are gone`,
      `WARN: ${where.haCf} has changed and is good; it takes effect when heartbeat is stopped and started`,
    ]);
  });

  test('without an ha.cf does nothing more than say so', async () => {
    const { times } = await loadConfig(where, places, options);
    await rm(where.haCf);

    expect(await reload(times, hooks())).toEqual(times);
    expect(texts()).toEqual([`ERROR: Cannot stat ${where.haCf}: No such file or directory`]);
  });
});
