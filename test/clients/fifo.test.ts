import { execFile } from 'node:child_process';
import { chmod, mkdtemp, open, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { writeFifo } from '../../src/clients/fifo-write.ts';
import { openFifo } from '../../src/clients/fifo.ts';
import { text, type Field } from '../../src/message/messages.ts';
import { waitFor } from '../wait-for.ts';

const run = promisify(execFile);

interface Reading extends AsyncDisposable {
  readonly path: string;
  readonly messages: readonly (readonly Field[])[];
  readonly dropped: readonly string[];
  open(): Promise<void>;
  end(): void;
}

/** A FIFO's name in a directory of its own, with nothing there yet. */
async function prepare(): Promise<Reading> {
  const directory = await mkdtemp(join(tmpdir(), 'hb-fifo-'));
  const path = join(directory, 'fifo');
  const ending = new AbortController();
  const messages: (readonly Field[])[] = [];
  const dropped: string[] = [];
  const listener = {
    onMessage: (fields: readonly Field[]) => messages.push(fields),
    onDropped: (fault: string) => dropped.push(fault),
  };
  return {
    path,
    messages,
    dropped,
    open: () => openFifo(path, listener, ending.signal),
    end: () => {
      ending.abort();
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe('the FIFO', () => {
  test('is made with mode 0600', async () => {
    await using fifo = await prepare();
    await fifo.open();
    const made = await stat(fifo.path);
    expect(made.isFIFO()).toBe(true);
    expect(made.mode & 0o777).toBe(0o600);
  });

  test('that is there gets its mode back', async () => {
    await using fifo = await prepare();
    await run('mkfifo', [fifo.path]);
    await chmod(fifo.path, 0o666);
    await fifo.open();
    expect((await stat(fifo.path)).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['a plain file', (path: string) => writeFile(path, '>>>\n')],
    ['a link to nowhere', (path: string) => symlink('/nonexistent', path)],
  ])('takes the place of %s', async (_what, make) => {
    await using fifo = await prepare();
    await make(fifo.path);
    await fifo.open();
    expect((await stat(fifo.path)).isFIFO()).toBe(true);
  });

  test('hands on what shell scripts write, one writer after the other', async () => {
    await using fifo = await prepare();
    await fifo.open();
    const script = 'printf ">>>\\nt=ask_resources\\nrsc_hold=$1\\ninfo=me\\n<<<\\n" >> "$2"';
    for (const hold of ['all', 'local']) await run('sh', ['-c', script, 'sh', hold, fifo.path]);
    await waitFor(() => {
      expect(fifo.messages.length).toBe(2);
    });
    expect(fifo.messages[1]).toEqual([
      text('t', 'ask_resources'),
      text('rsc_hold', 'local'),
      text('info', 'me'),
    ]);
  });

  test('says what it throws away', async () => {
    await using fifo = await prepare();
    await fifo.open();
    await writeFifo(fifo.path, '>>>\nno equals sign\n<<<\n>>>\nt=foo\n<<<\n');
    await waitFor(() => {
      expect(fifo.messages.length).toBe(1);
    });
    expect(fifo.dropped).toEqual(['no-equals-sign']);
  });
});

describe('writing into the FIFO', () => {
  test('finds no daemon where there is no FIFO, and makes none', async () => {
    await using fifo = await prepare();
    expect(await writeFifo(fifo.path, 'x')).toEqual({ ok: false, reason: { kind: 'no-daemon' } });
    await expect(stat(fifo.path)).rejects.toThrow('ENOENT');
  });

  test('finds no daemon where nobody reads', async () => {
    await using fifo = await prepare();
    await fifo.open();
    expect(await writeFifo(fifo.path, '\n')).toEqual({ ok: true, value: undefined });
    fifo.end();
    await waitFor(async () => {
      expect(await writeFifo(fifo.path, '\n')).toEqual({
        ok: false,
        reason: { kind: 'no-daemon' },
      });
    });
  });

  test('finds no daemon in a plain file, and leaves it alone', async () => {
    await using fifo = await prepare();
    await writeFile(fifo.path, 'old');
    expect(await writeFifo(fifo.path, 'x')).toEqual({ ok: false, reason: { kind: 'no-daemon' } });
    expect((await stat(fifo.path)).size).toBe(3);
  });

  test('does not wait for a reader that does not read', async () => {
    await using fifo = await prepare();
    await run('mkfifo', [fifo.path]);
    const stuck = await open(fifo.path, constants.O_RDWR | constants.O_NONBLOCK);
    const block = 'x'.repeat(4096);
    const results: unknown[] = [];
    for (let count = 0; count < 17; count += 1) results.push(await writeFifo(fifo.path, block));
    await stuck.close();
    expect(results.at(0)).toEqual({ ok: true, value: undefined });
    expect(results.at(-1)).toEqual({ ok: false, reason: { kind: 'full' } });
  });
});
