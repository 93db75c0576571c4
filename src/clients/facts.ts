/** What the client API has to know of the cluster: the daemon implements it, the requests read it. */
import type { Hold, NodeStatus } from '../message/messages.ts';
import type { Millis, NodeName } from '../units.ts';
import type { Newest } from './events.ts';

interface LinkFact {
  /** The interface; for a ping node the node's own name. */
  readonly name: string;
  readonly status: 'up' | 'dead';
}

export interface NodeFact {
  readonly name: NodeName;
  readonly type: 'normal' | 'ping';
  /** `init` when never heard, `ping` for a ping node that answers, else the node's own word or `dead`. */
  readonly status: NodeStatus;
  /** 100 unless set. */
  readonly weight: number;
  /** Empty unless set. */
  readonly site: string;
  /** 16 bytes as a byte string; absent while unknown, and for ping nodes. */
  readonly uuid?: string;
  /** Each interface once, in the order of ha.cf. */
  readonly links: readonly LinkFact[];
}

/** Look-ups into the running node: synchronous, of the moment, and cheap. */
export interface ClusterFacts {
  readonly self: NodeName;
  readonly deadtime: Millis;
  readonly keepalive: Millis;
  /** The syslog facility's number, -1 for none. */
  readonly logfacility: number;
  /** Told at sign-on as `hbversion`, e.g. `3.0.6 (node: 0123abcd)`. */
  readonly version: string;
  /** Normal nodes and ping nodes as ha.cf mixes them, this node included. */
  nodes(): readonly NodeFact[];
  /** The nodes of which packets are missing, and the newest that was heard of each. */
  incomplete(): readonly Newest[];
  /** `transition` while this node's or the peer's resources are moving (spec client-api 6, `getrsc`). */
  holding(): Hold | 'transition';
  /** A directive of ha.cf as typed, or its default; undefined when it has neither. */
  parameter(name: string): string | undefined;
}
