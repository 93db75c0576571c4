/**
 * Raw Ethernet frames: the kernel's packet(7), which Node.js lacks. Nothing here waits: what cannot be taken or is not there yet is told
 * at once. Needs root or CAP_NET_RAW.
 */
import { type Result, fail, succeed } from '../result.ts';
import { type Libc, errorWords, libc } from './libc.ts';

/** Sends on one interface, and hears on it the frames of one protocol, except its own. */
export interface FrameSocket {
  readonly send: (frame: Uint8Array) => Result<undefined, string>;
  /**
   * The first 128 bytes of each frame that has come since the last call, at most 256 of them: the next call has the others. Fails with
   * words when the interface went down or away.
   */
  readonly receive: () => Result<readonly Uint8Array[], string>;
  readonly close: () => void;
}

const afPacket = 17;
const sockRaw = 3;
const sockCloexec = 0x80000;
const msgDontwait = 0x40;
const errnoAgain = 11;
/** One address announced several times over is far below. */
const maxSent = 64;
/** About as many as the kernel keeps for a socket. */
const maxReceived = 256;
/** What says who has an address: ARP (42), and IPv6's neighbour discovery with its options (86). */
const keptBytes = 128;

/**
 * Sends whole Ethernet frames (from the destination MAC on) out of an interface, in order, and says how many the kernel took; it
 * stops at the first that it refuses. At most 64 frames. Fails with words when not one was taken: no such interface, or it is down.
 */
export function sendFrames(iface: string, frames: readonly Uint8Array[]): Result<number, string> {
  if (frames.length > maxSent) return fail(`more than ${String(maxSent)} frames`);
  const library = libc();
  if (!library.ok) return library;
  // Protocol 0: it receives nothing.
  const opened = openPacketSocket(library.value, iface, 0);
  if (!opened.ok) return opened;
  const sent = sendAll(library.value, opened.value, frames);
  closeInBackground(library.value, opened.value);
  return sent;
}

/** A socket for frames of `etherType` (0x0806 for ARP), which the caller must close. Fails with words, as where there is no such interface. */
export function openFrames(iface: string, etherType: number): Result<FrameSocket, string> {
  const library = libc();
  if (!library.ok) return library;
  const opened = openPacketSocket(library.value, iface, etherType);
  if (!opened.ok) return opened;
  const fd = opened.value;
  return succeed({
    send: (frame) => {
      const sent = sendAll(library.value, fd, [frame]);
      return sent.ok ? succeed(undefined) : sent;
    },
    receive: () => receiveAll(library.value, fd),
    close: () => {
      closeInBackground(library.value, fd);
    },
  });
}

function openPacketSocket(library: Libc, iface: string, protocol: number): Result<number, string> {
  const index = library.interfaceIndex(iface);
  if (index === 0) return fail(`${iface}: No such device`);
  // Protocol 0 until it is bound: nothing of other interfaces comes in.
  const fd = library.socket(afPacket, sockRaw | sockCloexec, 0);
  if (fd < 0) return fail(errorWords(fd));
  const address = linkAddress(index, protocol);
  const bound = library.bind(fd, address, address.length);
  if (bound === 0) return succeed(fd);
  library.close(fd);
  return fail(`${iface}: ${errorWords(bound)}`);
}

/** struct sockaddr_ll: family, protocol (network order), index, and what only received frames fill in. */
function linkAddress(index: number, protocol: number): Buffer {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(afPacket, 0);
  address.writeUInt16BE(protocol, 2);
  address.writeInt32LE(index, 4);
  return address;
}

function sendAll(library: Libc, fd: number, frames: readonly Uint8Array[]): Result<number, string> {
  let taken = 0;
  for (const frame of frames) {
    const sent = library.send(fd, frame, frame.length, msgDontwait);
    if (sent < 0) return taken > 0 ? succeed(taken) : fail(errorWords(sent));
    taken += 1;
  }
  return succeed(taken);
}

function receiveAll(library: Libc, fd: number): Result<readonly Uint8Array[], string> {
  const frames: Uint8Array[] = [];
  while (frames.length < maxReceived) {
    const frame = Buffer.alloc(keptBytes);
    const length = library.recv(fd, frame, frame.length, msgDontwait);
    if (length === -errnoAgain) break;
    if (length < 0) return fail(errorWords(length));
    frames.push(frame.subarray(0, length));
  }
  return succeed(frames);
}

/** Closing waits for a grace period of the kernel, some 10 ms: not on this thread, and nobody waits for it. */
function closeInBackground(library: Libc, fd: number): void {
  void library.closeLater(fd);
}
