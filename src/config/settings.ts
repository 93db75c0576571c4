/** The three files, read once into types that need no second check. */
import type { Millis, NodeName } from '../units.ts';

/** Where a word stands; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type AutoFailback = 'on' | 'off' | 'legacy';

/** One heartbeat medium; the link it makes is named after `iface` (or the host of a ping node). */
export type Medium =
  | { readonly kind: 'bcast'; readonly iface: string; readonly port: number; readonly at: Position }
  | {
      readonly kind: 'mcast' | 'mcast6';
      readonly iface: string;
      readonly group: string;
      readonly port: number;
      /** Hops, of an IPv6 group. */
      readonly ttl: number;
      readonly loop: boolean;
      readonly at: Position;
    }
  | {
      readonly kind: 'ucast' | 'ucast6';
      readonly iface: string;
      readonly host: string;
      readonly port: number;
      readonly at: Position;
    };

export interface PingNode {
  readonly name: NodeName;
  readonly kind: 'ping' | 'ping6' | 'ping_group';
  readonly hosts: readonly string[];
  readonly at: Position;
}

export interface Respawn {
  readonly kind: 'respawn' | 'failfast';
  readonly user: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly at: Position;
}

/** A `stonith` or `stonith_host` line. */
export interface StonithDevice {
  /** The host whose machine drives the device; `*` is every one, as is a `stonith` line. */
  readonly host: string;
  readonly type: string;
  /** Where the parameters are: in a file, or behind the type as written. */
  readonly from:
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'line'; readonly text: string };
  readonly at: Position;
}

/** What resets other nodes on behalf of this one. */
export interface FencingDevice {
  /** `null`, `external/NAME`, `meatware` ... */
  readonly type: string;
  /** By the names that the plug-in has for them. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Who may use the client API under a name; names or numbers as written. */
export interface ApiAuth {
  readonly client: string;
  readonly uids: readonly string[];
  readonly gids: readonly string[];
  readonly at: Position;
}

export interface Logging {
  readonly logfile?: string;
  readonly debugfile?: string;
  /** A syslog facility by name, `none` included. */
  readonly logfacility?: string;
  readonly useLogd?: boolean;
  /** How long after a failure ha_logd is not tried again; a minute when not given. */
  readonly connLogdTime?: Millis;
  readonly syslogmsgfmt: boolean;
}

export interface HaCf {
  /** Normal nodes, lower case, in the order of the file, each once. */
  readonly nodes: readonly NodeName[];
  /** The first `node` word; the beginning of the file when there is none. */
  readonly nodesAt: Position;
  readonly keepalive: Millis;
  readonly deadtime: Millis;
  readonly warntime: Millis;
  readonly initdead: Millis;
  readonly deadping: Millis;
  readonly maxRexmitDelay: Millis;
  readonly media: readonly Medium[];
  readonly pingNodes: readonly PingNode[];
  readonly autoFailback: AutoFailback;
  readonly hopfudge: number;
  readonly msgfmt: 'classic' | 'netstring';
  readonly generationFrom: 'file' | 'time';
  readonly logging: Logging;
  /** Debug level 0 to 255. */
  readonly debug: number;
  /** SCHED_RR priority of the daemon, 1 to 99; undefined with `realtime off`. */
  readonly realtimePriority?: number;
  readonly logBadpack: boolean;
  readonly respawn: readonly Respawn[];
  /** The device that reboots this machine when it is not fed. */
  readonly watchdog?: string;
  /** As the file says; `apiAuthInForce` adds the built-in entries. */
  readonly apiAuth: readonly ApiAuth[];
  readonly stonith: readonly StonithDevice[];
  /** Every recorded directive by its name, as typed or as its default: `getparm` and `HA_<directive>`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** `env NAME=VALUE`: exported as `HA_NAME`. */
  readonly env: ReadonlyMap<string, string>;
}

export interface AuthKey {
  /** 0 to 15. */
  readonly id: number;
  readonly method: 'crc' | 'md5' | 'sha1';
  /** The bytes of the key word as a byte string (latin1); empty for crc. */
  readonly secret: string;
}

export interface AuthKeys {
  /** Signs what is sent. */
  readonly outbound: AuthKey;
  readonly byId: ReadonlyMap<number, AuthKey>;
}

/** One resource of a group: `Agent::arg1::arg2`, or an address, which means IPaddr; no argument is empty. */
export interface Resource {
  /** As written, e.g. `172.16.100.1/16/eth0` or `IPaddr::172.16.100.1/16/eth0`. */
  readonly text: string;
  readonly agent: string;
  readonly args: readonly string[];
  readonly at: Position;
}

/** One logical line of haresources: the preferred node and its resources in starting order. */
export interface ResourceGroup {
  readonly owner: NodeName;
  /** The first resource exactly as written; names the group everywhere. */
  readonly key: string;
  readonly resources: readonly Resource[];
  readonly at: Position;
}

/** `[fencing] timeout, delay`. */
interface FencingOptions {
  /** How long an attempt may take before its program is killed. */
  readonly timeout: Millis;
  /** How long a node that runs nothing waits before its first attempt. */
  readonly delay: Millis;
}

/**
 * What is done when a resource cannot be stopped: the other node resets this one, this one reboots itself, or it goes
 * on holding the resource and says so.
 */
export type StopFailure = 'fence' | 'reboot' | 'hold';

/** `extensions.ini`: what only this implementation can do. */
export interface Extensions {
  /** `[address] probe`: ask the network for a service address before it is taken over from a silent node. */
  readonly addressProbe: boolean;
  readonly quorum: QuorumOptions;
  /** `[auth] accept_crc`: believe packets signed with crc although the outbound method is keyed. */
  readonly acceptCrc: boolean;
  /** `[failures] stop`; undefined: C's answer, which is the reboot, on a machine of its own, and `hold` elsewhere. */
  readonly stopFailure: StopFailure | undefined;
  readonly fencing: FencingOptions;
  /** `[scripts] start_timeout, stop_timeout, status_timeout`. */
  readonly scriptLimits: { readonly start: Millis; readonly stop: Millis; readonly status: Millis };
  /** `[agent NAME] start_timeout, stop_timeout, status_timeout`, by the name; what is missing is in `scriptLimits`. */
  readonly agentLimits: ReadonlyMap<
    string,
    { readonly start?: Millis; readonly stop?: Millis; readonly status?: Millis }
  >;
  readonly monitoring: Monitoring;
  readonly failback: FailbackOptions;
  /** `[split-brain] on_heal, wait`. */
  readonly splitBrain: SplitBrain;
}

/** What one `[monitor ...]` section says. */
export interface MonitorSection {
  readonly at: Position;
  /** How long after one answer the status is asked again; 0: not watched. */
  readonly interval: Millis | undefined;
  /** How long the status may take. */
  readonly timeout: Millis | undefined;
  /** How often it is restarted in place. */
  readonly restarts: number | undefined;
  /** What is done after that. */
  readonly then: 'failover' | 'report' | undefined;
}

/**
 * By the resource as written, or its agent; `group` and a blank before the first resource of a group; nothing for
 * `[monitor]`. What a section does not say is looked up in this order.
 */
export type Monitoring = ReadonlyMap<string, MonitorSection>;

/** `[failback] hold, limit, within` (docs/resources.md). */
export interface FailbackOptions {
  /** How long a node has to be back before it gets its groups with `auto_failback on`. */
  readonly hold: Millis;
  /** A node that died so often `within` this time gets nothing back by itself; 0: however often. */
  readonly limit: number;
  readonly within: Millis;
}

/**
 * What is done when a node that was declared dead turns out to have lived on: give back what was taken over, restart as
 * C does, or nothing but a line in the log (spec membership 11.5).
 */
export type OnHeal = 'yield' | 'restart' | 'log';

export interface SplitBrain {
  readonly onHeal: OnHeal;
  /** How long the other side may take to say what it does; longer than C's 2 s and its latency. */
  readonly wait: Millis;
}

/** One link of the chain of C heartbeat's ccm, with its formulas (spec membership 10). */
export type QuorumPlugin = 'majority' | 'weight' | 'twonodes';

/** `[quorum]` of extensions.ini (docs/quorum.md). */
export interface QuorumOptions {
  /** Asked from the left; the first that says yes or no decides. Undefined: what `env quorum=` of ha.cf says. */
  readonly plugins: readonly QuorumPlugin[] | undefined;
  /** What a node without quorum does: as always, keep what runs and take nothing, or release everything. */
  readonly policy: 'ignore' | 'freeze' | 'stop';
  /** How many ping nodes have to answer a node that ties; 0: none is asked. */
  readonly tiebreak: number;
  /** With `stop`: how long the nodes with quorum give a silent one to release everything. */
  readonly release: Millis;
}

export interface Settings {
  readonly haCf: HaCf;
  readonly authKeys: AuthKeys;
  readonly haresources: readonly ResourceGroup[];
  readonly extensions: Extensions;
  /** The last one that ha.cf has for this node; undefined: silence of a node is enough to take over from it. */
  readonly device?: FencingDevice | undefined;
}
