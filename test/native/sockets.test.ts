import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { type Server, createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assert } from '../../src/assert.ts';
import { lockFile } from '../../src/native/file-lock.ts';
import {
  closeSocket,
  descriptorOf,
  interfaceIndex,
  openUdpSocket,
  peerCredentials,
} from '../../src/native/sockets.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'native-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function listen(path: string): Promise<Server> {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  return server;
}

describe('the peer of a Unix socket', () => {
  test('is known by its process, user and group', async () => {
    const path = join(directory, 'socket');
    const server = await listen(path);
    const accepted = once(server, 'connection');
    const client = createConnection(path);
    const socket = await accepted.then(([connection]: unknown[]) => connection);
    assert(typeof socket === 'object' && socket !== null, 'a connection is an object');
    const fd = descriptorOf(socket);

    expect(peerCredentials(fd ?? -1)).toEqual({
      ok: true,
      value: { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() },
    });
    client.destroy();
    server.close();
  });

  test('of a closed socket is nobody', () => {
    expect(
      descriptorOf(createConnection(join(directory, 'absent')).on('error', String).destroy()),
    ).toBe(undefined);
    expect(peerCredentials(-1)).toEqual({ ok: false, reason: 'Bad file descriptor' });
  });
});

describe('a file', () => {
  test('is locked by one opener at a time', async () => {
    const path = join(directory, 'lock');
    const first = await open(path, 'w');
    const second = await open(path, 'r+');

    expect(lockFile(first.fd)).toEqual({ ok: true, value: true });
    expect(lockFile(second.fd)).toEqual({ ok: true, value: false });
    await first.close();
    expect(lockFile(second.fd)).toEqual({ ok: true, value: true });
    await second.close();
  });

  test('that is not open cannot be locked', () => {
    expect(lockFile(-1)).toEqual({ ok: false, reason: 'Bad file descriptor' });
  });
});

describe('a UDP socket', () => {
  const wanted = {
    device: 'lo',
    address: '127.0.0.1',
    port: 0,
    shared: false,
    broadcast: true,
    dontRoute: true,
    typeOfService: 0x10,
  };

  test('is opened on a device', () => {
    const opened = openUdpSocket(wanted);

    expect(opened.ok).toBe(true);
    if (opened.ok) closeSocket(opened.value);
  });

  test('is refused in words', () => {
    expect(openUdpSocket({ ...wanted, device: 'no-such' })).toEqual({
      ok: false,
      reason: 'No such device',
    });
    expect(openUdpSocket({ ...wanted, address: '192.0.2.77' })).toEqual({
      ok: false,
      reason: 'Cannot assign requested address',
    });
  });
});

test('an interface is numbered only while it exists', () => {
  expect(interfaceIndex('lo')).toEqual({ ok: true, value: 1 });
  expect(interfaceIndex('no-such')).toEqual({ ok: true, value: undefined });
});
