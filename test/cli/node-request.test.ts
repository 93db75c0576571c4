import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { nodeRequest, type NodeRequest } from '../../src/cli/node-request.ts';

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What reached the FIFO; undefined where there was nothing. */
  readonly written: string | undefined;
}

async function run(
  kind: NodeRequest,
  words: readonly string[],
  setting: { readonly isRead?: boolean; readonly isWatched?: boolean } = {},
): Promise<Ran> {
  const { isRead = true, isWatched = false } = setting;
  const directory = await mkdtemp(join(tmpdir(), 'node-request-'));
  const fifo = join(directory, 'fifo');
  await promisify(execFile)('mkfifo', [fifo]);
  const reader = isRead ? await open(fifo, constants.O_RDWR | constants.O_NONBLOCK) : undefined;
  const said = { stdout: '', stderr: '' };
  const exit = await nodeRequest(kind, words, {
    program: `/x/${kind}`,
    fifo,
    isWatched,
    print: (text) => (said.stdout += text),
    complain: (text) => (said.stderr += text),
  });
  const heard = await reader?.read({ buffer: Buffer.alloc(4096) }).catch(() => undefined);
  await reader?.close();
  await rm(directory, { recursive: true });
  return { exit, ...said, written: heard?.buffer.toString('latin1', 0, heard.bytesRead) };
}

// Recorded from the tools of Debian's heartbeat 3.0.6-13, which wrote into a FIFO of ours.
describe.each([
  ['hb_addnode', ['n3'], 't=addnode\nnodelist=n3\n'],
  ['hb_addnode', ['n3', 'N4', 'n5'], 't=addnode\nnodelist=n3 N4 n5\n'],
  ['hb_delnode', ['n3'], 't=delnode\nnodelist=n3\n'],
  ['hb_delnode', ['n3', 'N4', 'n5'], 't=delnode\nnodelist=n3 N4 n5\n'],
  ['hb_setweight', ['n3', '50'], 't=setweight\nnode=n3\nweight=50\n'],
  ['hb_setsite', ['n3', 'abc'], 't=setsite\nnode=n3\nsite=abc\n'],
] as const)('%s %j', (kind, words, body) => {
  test('writes what the tool of C writes, and says nothing', async () => {
    expect(await run(kind, words)).toEqual({
      exit: 0,
      stdout: '',
      stderr: '',
      written: `>>>\n${body}<<<\n`,
    });
  });
});

describe.each([
  ['hb_addnode', '<node> <node> ...'],
  ['hb_delnode', '<node> <node> ...'],
  ['hb_setweight', '<node> <weight>'],
  ['hb_setsite', '<node> <site>'],
] as const)('%s', (kind, form) => {
  const usage = { exit: 1, stdout: `usage: ${kind} ${form}\n`, written: undefined };

  test.each([[[]], [['--help']]])('answers %j with its usage, as C does', async (words) => {
    expect(await run(kind, words)).toEqual({ ...usage, stderr: '' });
  });

  test('takes -h for a question, not for a node', async () => {
    expect(await run(kind, ['-h'])).toEqual({ ...usage, stderr: '' });
  });

  test('says so when no daemon runs, and does not hang', async () => {
    const ran = await run(kind, ['n3', '7'], { isRead: false });
    expect(ran).toMatchObject({ exit: 1, stdout: '' });
    expect(ran.stderr).toContain(`${kind}: heartbeat does not run on this machine`);
  });

  test('tells somebody who looks on what it asked for', async () => {
    const ran = await run(kind, ['n3', '7'], { isWatched: true });
    expect(ran).toMatchObject({ exit: 0, stdout: '' });
    expect(ran.stderr).toContain('Asked all nodes to');
  });

  test.each([
    'a b',
    '',
    '-x',
    'a\nt=hb_takeover',
    'a,b',
    'a=b',
    'né',
    'n'.repeat(100),
    '$(reboot)',
    'a*',
  ])('refuses the node name %j', async (name) => {
    const ran = await run(kind, [name, '7']);
    expect(ran).toMatchObject(usage);
    expect(ran.stderr).toMatch(/node name/);
  });
});

test('a list that the reader of the FIFO would drop is refused', async () => {
  const names = Array.from({ length: 6 }, (_, index) => `${'n'.repeat(90)}${String(index)}`);
  expect(await run('hb_addnode', names)).toMatchObject({ exit: 1, written: undefined });
  expect(await run('hb_addnode', names.slice(1))).toMatchObject({ exit: 0 });
});

test('a node named twice is refused', async () => {
  const ran = await run('hb_delnode', ['n3', 'n4', 'n3']);
  expect(ran).toMatchObject({ exit: 1, stderr: 'hb_delnode: n3 is named twice\n' });
});

test.each([
  ['hb_setweight', ['n3'], 'the weight is missing'],
  ['hb_setweight', ['n3', 'abc'], 'is no weight'],
  ['hb_setweight', ['n3', '-5'], 'is no weight'],
  ['hb_setweight', ['n3', '50', '60'], 'too many arguments'],
  ['hb_setsite', ['n3', ''], 'is no site'],
  ['hb_setsite', ['n3', 'a\nb'], 'is no site'],
] as const)('%s %j is refused', async (kind, words, why) => {
  const ran = await run(kind, words);
  expect(ran).toMatchObject({ exit: 1, written: undefined });
  expect(ran.stderr).toContain(why);
});
