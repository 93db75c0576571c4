import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { makeArchive } from '../../lab/cpio.ts';

test('an archive is what cpio lists', () => {
  const archive = makeArchive([
    { name: 'bin', mode: 0o755, content: undefined },
    { name: 'bin/tool', mode: 0o755, content: 'five\n' },
    { name: 'empty', mode: 0o600, content: Buffer.alloc(0) },
  ]);

  const list = execFileSync('busybox', ['cpio', '-t', '-v'], {
    input: archive,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const lines = list.split('\n').map((line) => line.replace(/\s+/g, ' '));

  expect(lines).toEqual([
    expect.stringMatching(/^drwxr-xr-x 0\/0 0 .* bin$/),
    expect.stringMatching(/^-rwxr-xr-x 0\/0 5 .* bin\/tool$/),
    expect.stringMatching(/^-rw------- 0\/0 0 .* empty$/),
    '',
  ]);
});
