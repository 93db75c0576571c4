import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendUnixDatagram } from '../../src/native/unix-datagram.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hb-dgram-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Node.js has no such receiver; Python says when it listens, and then what it got. */
const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', '\\0'))
s.settimeout(10)
print('listening', flush=True)
print(s.recv(65536).hex(), flush=True)
`;

describe('a datagram to a Unix socket', () => {
  test.each(['file', 'abstract'])('arrives whole at a %s address', async (kind) => {
    const path = kind === 'file' ? join(directory, 'log') : `@hb-test-${String(process.pid)}`;
    const child = spawn('python3', ['-c', receiver, path]);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('listening');

    const sent = sendUnixDatagram(path, Buffer.from('<30>hello\0'));

    expect(sent.ok).toBe(true);
    expect((await lines.next()).value).toBe(Buffer.from('<30>hello\0').toString('hex'));
  });

  test('is refused by name when nobody has such a socket', () => {
    expect(sendUnixDatagram(join(directory, 'none'), Buffer.from('x'))).toEqual({
      ok: false,
      reason: 'ENOENT',
    });
  });

  test('is refused when the name is too long for the system', () => {
    expect(sendUnixDatagram(`/${'x'.repeat(120)}`, Buffer.from('x'))).toEqual({
      ok: false,
      reason: 'ENAMETOOLONG',
    });
  });
});
