import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { request, type Request } from '../../src/cli/hb-request.ts';

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What reached the FIFO; undefined where nobody reads it. */
  readonly written: string | undefined;
}

interface Setting {
  readonly isRead?: boolean;
  readonly isWatched?: boolean;
}

async function run(kind: Request, args: readonly string[], setting: Setting = {}): Promise<Ran> {
  const { isRead = true, isWatched = false } = setting;
  const directory = await mkdtemp(join(tmpdir(), 'hb-request-'));
  const fifo = join(directory, 'fifo');
  await promisify(execFile)('mkfifo', [fifo]);
  const reader = isRead ? await open(fifo, constants.O_RDWR | constants.O_NONBLOCK) : undefined;
  const said = { stdout: '', stderr: '' };
  const exit = await request(kind, args, {
    program: '/x/hb',
    fifo,
    isWatched,
    print: (text) => (said.stdout += text),
    complain: (text) => (said.stderr += text),
  });
  const heard = await reader?.read({ buffer: Buffer.alloc(4096) }).catch(() => undefined);
  await reader?.close();
  await rm(directory, { recursive: true });
  const written = heard?.buffer.toString('latin1', 0, heard.bytesRead);
  return { exit, ...said, written };
}

describe.each([
  ['no argument', [], 'all'],
  ['all', ['all'], 'all'],
  ['local', ['local'], 'local'],
  ['foreign', ['foreign'], 'foreign'],
])('with %s', (_what, args, hold) => {
  test('hb_standby asks the daemon in C’s words, and says nothing', async () => {
    expect(await run('hb_standby', args)).toEqual({
      exit: 0,
      stdout: '',
      stderr: '',
      written: `>>>\nt=ask_resources\nrsc_hold=${hold}\ninfo=me\n<<<\n`,
    });
  });

  test('hb_takeover asks the daemon in C’s words, and says nothing', async () => {
    expect(await run('hb_takeover', args)).toEqual({
      exit: 0,
      stdout: '',
      stderr: '',
      written: `>>>\nt=hb_takeover\nrsc_hold=${hold}\n<<<\n`,
    });
  });
});

describe('failback', () => {
  test('is foreign for hb_standby', async () => {
    expect((await run('hb_standby', ['failback'])).written).toContain('rsc_hold=foreign\n');
  });

  test('stays failback for hb_takeover', async () => {
    expect((await run('hb_takeover', ['failback'])).written).toContain('rsc_hold=failback\n');
  });
});

describe('hb_standby', () => {
  const usage = { exit: 1, stderr: '/x/hb [all|foreign|local|failback]\n', written: undefined };

  test.each([
    ['--help', ['--help'], 'usage:\n'],
    ['a wrong word', ['bogus'], '/x/hb: wrong resources(bogus).\nusage:\n'],
    ['an empty word', [''], '/x/hb: wrong resources().\nusage:\n'],
    ['two words', ['all', 'local'], '/x/hb: too many arguments\nusage:\n'],
  ])('answers %s with its usage, as C does', async (_what, args, stdout) => {
    expect(await run('hb_standby', args)).toEqual({ ...usage, stdout });
  });

  test('says so when no daemon runs, and does not hang', async () => {
    const ran = await run('hb_standby', [], { isRead: false });
    expect(ran).toMatchObject({ exit: 1, stdout: '' });
    expect(ran.stderr).toContain('heartbeat does not run on this machine');
  });

  test('tells somebody who looks on what it asked for', async () => {
    const ran = await run('hb_standby', ['local'], { isWatched: true });
    expect(ran).toMatchObject({ exit: 0, stdout: '', stderr: 'Going standby [local].\n' });
  });
});
