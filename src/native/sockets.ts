/** Sockets with the options that Node.js cannot set: socket(7), ip(7), unix(7). */
import { type Result, fail, succeed } from '../result.ts';
import { ipv4Bytes } from './ipv4.ts';
import { ipv6Bytes, scopeOf } from './ipv6.ts';
import { type Libc, errorWords, libc } from './libc.ts';

/** A UDP socket to be made. */
export interface UdpSocket {
  /** SO_BINDTODEVICE: hears and speaks on this interface only. Undefined: on all. */
  readonly device: string | undefined;
  /** Dotted quad, `0.0.0.0` for any; or an IPv6 address, `::` for any, with `%interface` where it means nothing else. */
  readonly address: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  /** SO_REUSEADDR: others that ask for it too may have the same port. */
  readonly shared: boolean;
  readonly broadcast: boolean;
  /** SO_DONTROUTE: only to who is on the link. */
  readonly dontRoute: boolean;
  /** IP_TOS, 0 to 255; for IPv4. */
  readonly typeOfService: number;
}

/** Who is at the other end of a Unix socket, as of its connect(2). */
export interface Credentials {
  /** 0 when the process is in a pid namespace that this one does not see. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const afInet = 2;
const afInet6 = 10;
const sockDgram = 2;
const sockNonblock = 0x800;
const sockCloexec = 0x80000;
const solSocket = 1;
const soReuseaddr = 2;
const soDontroute = 5;
const soBroadcast = 6;
const soPeercred = 17;
const soBindtodevice = 25;
const ipprotoIp = 0;
const ipTos = 1;
const ipMulticastAll = 49;
const ipprotoIpv6 = 41;
const ipv6V6only = 26;
const ipv6MulticastAll = 29;

type Option = readonly [level: number, name: number, value: Uint8Array];

/** The number of a new, bound UDP socket, which the caller must close or hand to `bind({ fd })`. Fails with the errno's words. */
export function openUdpSocket(wanted: UdpSocket): Result<number, string> {
  const library = libc();
  if (!library.ok) return library;
  const family = isIpv6(wanted) ? afInet6 : afInet;
  const fd = library.value.socket(family, sockDgram | sockNonblock | sockCloexec, 0);
  if (fd < 0) return fail(errorWords(fd));
  const failed =
    setOptions(library.value, fd, optionsOf(wanted)) ?? bindTo(library.value, fd, wanted);
  if (failed === undefined) return succeed(fd);
  library.value.close(fd);
  return fail(errorWords(failed));
}

/** Ends a socket that nothing else owns yet. */
export function closeSocket(fd: number): void {
  const library = libc();
  if (library.ok) library.value.close(fd);
}

/** Takes SO_REUSEADDR back, which libuv sets on every socket it is given: nobody else may have the port. */
export function keepPortToOurselves(fd: number): void {
  const library = libc();
  if (library.ok) setOptions(library.value, fd, [flag(solSocket, soReuseaddr, false)]);
}

/** The kernel's number of an interface; undefined when there is none of that name. Fails when koffi cannot be loaded. */
export function interfaceIndex(iface: string): Result<number | undefined, string> {
  const library = libc();
  if (!library.ok) return library;
  const index = library.value.interfaceIndex(iface);
  return succeed(index === 0 ? undefined : index);
}

/** The process at the other end of a connected Unix socket (SO_PEERCRED). Fails with the errno's words. */
export function peerCredentials(fd: number): Result<Credentials, string> {
  const library = libc();
  if (!library.ok) return library;
  const bytes = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const got = library.value.getsockopt(fd, solSocket, soPeercred, bytes, length);
  if (got < 0) return fail(errorWords(got));
  const [pid, uid, gid] = [bytes.readInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  // A socket without a peer answers ids of all ones; pid 0 is a peer of another pid namespace.
  return uid === 0xffffffff ? fail('not connected') : succeed({ pid, uid, gid });
}

/** The descriptor of a connected socket of node:net, which Node.js keeps in its handle; undefined when it is closed. */
export function descriptorOf(socket: object): number | undefined {
  if (!('_handle' in socket)) return undefined;
  const handle = socket._handle;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

/** The device comes before the port: two sockets on one port are then no conflict when their devices differ. */
function optionsOf(wanted: UdpSocket): Option[] {
  return [
    ...(wanted.device === undefined ? [] : [deviceOption(wanted.device)]),
    flag(solSocket, soReuseaddr, wanted.shared),
    flag(solSocket, soBroadcast, wanted.broadcast),
    flag(solSocket, soDontroute, wanted.dontRoute),
    ...(isIpv6(wanted) ? ipv6Options : ipv4Options(wanted)),
  ];
}

const isIpv6 = ({ address }: UdpSocket): boolean => address.includes(':');

/** Without the last one every socket on the port also hears the groups that others have joined. */
const ipv4Options = ({ typeOfService }: UdpSocket): Option[] => [
  [ipprotoIp, ipTos, int32(typeOfService)],
  flag(ipprotoIp, ipMulticastAll, false),
];

function setOptions(library: Libc, fd: number, options: readonly Option[]): number | undefined {
  for (const [level, name, value] of options) {
    const set = library.setsockopt(fd, level, name, value, value.length);
    if (set < 0) return set;
  }
  return undefined;
}

function bindTo(library: Libc, fd: number, wanted: UdpSocket): number | undefined {
  const address = isIpv6(wanted) ? ipv6Name(library, wanted) : ipv4Name(wanted);
  const bound = library.bind(fd, address, address.length);
  return bound < 0 ? bound : undefined;
}

/** ip(7) */
function ipv4Name({ address, port }: UdpSocket): Buffer {
  const name = Buffer.alloc(16);
  name.writeUInt16LE(afInet, 0);
  name.writeUInt16BE(port, 2);
  name.set(ipv4Bytes(address) ?? [], 4);
  return name;
}

/** ipv6(7) */
function ipv6Name(library: Libc, { address, port }: UdpSocket): Buffer {
  const name = Buffer.alloc(28);
  name.writeUInt16LE(afInet6, 0);
  name.writeUInt16BE(port, 2);
  name.set(ipv6Bytes(address) ?? [], 8);
  const scope = scopeOf(address);
  if (scope !== undefined) name.writeUInt32LE(library.interfaceIndex(scope), 24);
  return name;
}

const deviceOption = (name: string): Option => [
  solSocket,
  soBindtodevice,
  Buffer.from(`${name}\0`),
];

const flag = (level: number, name: number, on: boolean): Option => [level, name, int32(on ? 1 : 0)];

const ipv6Options: readonly Option[] = [
  flag(ipprotoIpv6, ipv6V6only, true),
  flag(ipprotoIpv6, ipv6MulticastAll, false),
];

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
