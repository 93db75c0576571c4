/** What a transport is to the rest: bytes go out on every medium and come in on a link; no message is known here (spec wire 1). */
import type { LogLine } from '../log-line.ts';
import type { Instant } from '../units.ts';

interface BcastSpec {
  readonly kind: 'bcast';
  readonly iface: string;
  readonly port: number;
}

export interface McastSpec {
  readonly kind: 'mcast' | 'mcast6';
  readonly iface: string;
  /** Dotted quad in 224/4, or an IPv6 group. */
  readonly group: string;
  readonly port: number;
  /** Hops: 0 to 255. */
  readonly ttl: number;
  /** Whether this host hears itself. */
  readonly loop: boolean;
}

export interface UcastSpec {
  readonly kind: 'ucast' | 'ucast6';
  readonly iface: string;
  /** Dotted quad, or a name with an IPv4 address; of `ucast6` an IPv6 address, with a scope or without. */
  readonly host: string;
  readonly port: number;
}

/** One heartbeat medium as `ha.cf` names it. */
export type MediumSpec = BcastSpec | McastSpec | UcastSpec;

export interface Handlers {
  /** A datagram of 1 to 65,507 bytes, whose buffer nothing else uses; `from`: the IP address it came from, where it was not asked for. */
  readonly received: (link: string, bytes: Uint8Array, arrival: Instant, from?: string) => void;
  readonly report: (line: LogLine) => void;
}

/** One medium, open or waiting for its interface. */
export interface Medium {
  readonly kind: MediumSpec['kind'];
  /** The interface's name. */
  readonly link: string;
  /** Hands a datagram to the kernel; what fails is reported, never thrown. The bytes must stay as they are. */
  readonly send: (datagram: Uint8Array) => void;
}

/** Why a medium could not be opened at the start. */
export interface OpenFailure {
  /** `bcast eth0` */
  readonly medium: string;
  /** In words: `No such device`. */
  readonly why: string;
}
