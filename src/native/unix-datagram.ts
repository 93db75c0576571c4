/**
 * Datagrams to a Unix socket by its path: `/dev/log` (syslog) and systemd's `NOTIFY_SOCKET`. Node.js has no such sockets.
 * A full receiver is told at once (`MSG_DONTWAIT`): nothing here waits.
 */
import { constants } from 'node:os';
import { type Result, fail, succeed } from '../result.ts';
import { libc } from './libc.ts';

// sys/socket.h of Linux; the same on every architecture that Node.js runs on.
const unixFamily = 1;
const datagramSocket = 2;
const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const dontWait = 0x40;
const noSignal = 0x4000;
const maxPathBytes = 107;

let openSocket: number | undefined;

/**
 * Hands `bytes` to the socket at `path` (a leading `@` names an abstract socket). Fails at once with the errno's name
 * (`ENOENT`, `ECONNREFUSED`, `EAGAIN` …), or with `unavailable` where the system's library cannot be called at all.
 */
export function sendUnixDatagram(path: string, bytes: Uint8Array): Result<undefined, string> {
  const library = libc();
  if (!library.ok) return fail('unavailable');
  const name = Buffer.from(path);
  if (name.length > maxPathBytes) return fail('ENAMETOOLONG');
  const type = datagramSocket | closeOnExec | nonBlocking;
  const socket = openSocket ?? library.value.socket(unixFamily, type, 0);
  // Out of descriptors now is not out of them for ever.
  if (socket < 0) return fail(errnoName(-socket));
  openSocket = socket;
  const address = socketAddress(name);
  const flags = dontWait | noSignal;
  const sent = library.value.sendto(
    ...[socket, bytes, bytes.length, flags, address, address.length],
  );
  return sent < 0 ? fail(errnoName(-sent)) : succeed(undefined);
}

/** `struct sockaddr_un`: the family in the machine's byte order, the path, and a NUL unless the name is abstract. */
function socketAddress(name: Buffer): Uint8Array {
  const isAbstract = name[0] === 0x40;
  const address = new Uint8Array(2 + name.length + (isAbstract ? 0 : 1));
  new Uint16Array(address.buffer, 0, 1)[0] = unixFamily;
  address.set(name, 2);
  if (isAbstract) address[2] = 0;
  return address;
}

function errnoName(errno: number): string {
  const entry = Object.entries(constants.errno).find(([, number]) => number === errno);
  return entry?.[0] ?? `errno ${String(errno)}`;
}
