/** The installed C `cl_status` asks our server: it says what it says of the C daemon. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWithIpfail, states, trimmed, wordsOf } from './cl-status-cases.ts';

const program = '/usr/bin/cl_status';
/** Of util-linux, which every Debian has. */
const unshare = 'unshare';

/** Puts its first argument in the place of the machine's own /run/heartbeat, for the rest of the command alone. */
const inOurRun = [
  'set -e',
  'mount -t tmpfs none /run',
  'mkdir /run/heartbeat',
  'mount --bind "$0" /run/heartbeat',
  'exec "$@"',
].join('\n');

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  /** Without what tells the time and the process. */
  readonly stderr: string;
}

function runC(words: readonly string[], runDir: string): Promise<Ran> {
  const namespace = ['--mount', '--propagation', 'private'];
  const args = [...namespace, 'sh', '-c', inOurRun, runDir, program, ...words];
  return new Promise((resolve) => {
    execFile(unshare, args, (error, stdout, stderr) => {
      resolve({
        exit: typeof error?.code === 'number' ? error.code : 0,
        stdout: trimmed(stdout),
        stderr: trimmed(stderr).replace(/^.* cl_status: \[\d+\]: /gm, ''),
      });
    });
  });
}

describe.each(await states())(
  'the C cl_status (needs root and the Debian package) with $state',
  ({ facts, runs }) => {
    test.each(runs)('says of us what it says of C: $command', async (one) => {
      await using house = await openWithIpfail(facts);
      const { exit, stderr, stdout } = one;
      expect(await runC(wordsOf(one), dirname(house.socket))).toEqual({ exit, stderr, stdout });
    });
  },
);
