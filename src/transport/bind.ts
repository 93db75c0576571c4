/** What the three kinds of media share: plans for sockets, and the sockets themselves. */
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { errorWords } from '../native/libc.ts';
import {
  type UdpSocket,
  closeSocket,
  keepPortToOurselves,
  openUdpSocket,
} from '../native/sockets.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { InterfaceState } from './interfaces.ts';

/** How a socket is to be opened, each time its interface is there anew. */
export interface SocketPlan<Opened extends { readonly socket: Socket }> {
  readonly iface: string;
  /** Why it cannot be opened on an interface in this state; undefined when it can. */
  readonly missing: (at: InterfaceState) => string | undefined;
  /** Whether what is missing at the start is waited for; otherwise the start fails, as C's does (spec config 15). */
  readonly waits: boolean;
  /** Fails with words. */
  readonly open: (at: InterfaceState) => Promise<Result<Opened, string>>;
}

export interface Inlet {
  readonly socket: Socket;
}

export interface Outlet {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
}

export type SenderPlan = SocketPlan<Outlet> & {
  /** The line of the log when it is open. */
  readonly started: (outlet: Outlet) => string;
};

/** A socket's plan with what most of them have. */
export const plainSocket: UdpSocket = {
  device: undefined,
  address: '0.0.0.0',
  port: 0,
  shared: false,
  broadcast: false,
  dontRoute: false,
  typeOfService: 0,
};

/** A bound socket that hears nothing yet; it is the caller's to close. Fails with the errno's words. */
export async function openSocket(
  wanted: UdpSocket,
  binding: InterfaceState['binding'],
): Promise<Result<Socket, string>> {
  return binding === 'device' ? adopt(wanted) : bindByAddress(wanted);
}

/** Runs calls of node:dgram that throw; closes the socket when one does. */
export function configure(socket: Socket, calls: () => void): Result<Socket, string> {
  try {
    calls();
    return succeed(socket);
  } catch (error) {
    socket.close();
    return fail(wordsOf(error));
  }
}

/** The words of what node:dgram throws or tells, as C logs them. */
export function wordsOf(error: unknown): string {
  const errno = errnoOf(error);
  if (errno !== undefined) return errorWords(errno);
  return error instanceof Error ? error.message : String(error);
}

/** The positive errno of a system call that failed inside Node.js. */
export function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? Math.abs(error.errno) : undefined;
}

/** Node.js cannot bind to a device, but takes a socket that is bound. */
async function adopt(wanted: UdpSocket): Promise<Result<Socket, string>> {
  const opened = openUdpSocket(wanted);
  if (!opened.ok) return opened;
  const socket = newSocket(wanted.address, false);
  const listening = await becomeBound(socket, () =>
    socket.bind({ fd: opened.value, exclusive: true }),
  );
  if (!listening.ok) closeSocket(opened.value);
  else if (!wanted.shared) keepPortToOurselves(opened.value);
  return listening;
}

async function bindByAddress(wanted: UdpSocket): Promise<Result<Socket, string>> {
  const socket = newSocket(wanted.address, wanted.shared);
  const { address, port } = wanted;
  const bound = await becomeBound(socket, () => socket.bind({ address, port, exclusive: true }));
  if (!bound.ok || !wanted.broadcast) return bound;
  return configure(socket, () => {
    socket.setBroadcast(true);
  });
}

async function becomeBound(socket: Socket, bind: () => void): Promise<Result<Socket, string>> {
  try {
    const listening = once(socket, 'listening');
    bind();
    await listening;
    return succeed(socket);
  } catch (error) {
    socket.close();
    return fail(wordsOf(error));
  }
}

/** Destinations are addresses already, of the family of the bound one: nothing is to be looked up for each datagram. */
function newSocket(bound: string, reuseAddr: boolean): Socket {
  const family = bound.includes(':') ? 6 : 4;
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    reuseAddr,
    lookup: (address, _options, found) => {
      found(null, address, family);
    },
  });
}
