/** Who is alive: settings, state, events and effects of the membership engine (docs/membership.md). */
import type { Draft, Field, Message, NodeChange, NodeStatus } from '../message/messages.ts';
import type { Instant, Millis, NodeName } from '../units.ts';
import type { MembershipReport } from './reports.ts';

/** What the outside world says about the moment of an event. */
export interface Moment {
  /** Monotonic. */
  readonly now: Instant;
  /** Wall clock, whole seconds since 1970: only for `ts`. */
  readonly wall: number;
  /** First line of /proc/loadavg, at most 63 bytes: only for `ld`. */
  readonly load: string;
}

/** A ping node of ha.cf. */
export interface PingTarget {
  readonly name: NodeName;
  readonly kind: 'ping' | 'ping6' | 'ping_group';
  /** As typed: one, or the members of the group. */
  readonly hosts: readonly string[];
}

export interface MembershipSettings {
  readonly self: NodeName;
  /** 16 bytes as a byte string. */
  readonly uuid: string;
  /** Already raised and made persistent by the shell. */
  readonly generation: number;
  /** Whether the generation is raised whenever others may have declared us dead (spec resources 10.10); no when left out. */
  readonly renews?: boolean;
  /** Normal nodes in the order of ha.cf, this node included; `Membership.nodes` are those of the moment. */
  readonly nodes: readonly NodeName[];
  readonly keepalive: Millis;
  readonly deadtime: Millis;
  readonly warntime: Millis;
  readonly initdead: Millis;
  readonly maxRexmitDelay: Millis;
  readonly hopfudge: number;
  /** Names of the media in the order of ha.cf: links that are `dead` until heard. Others are added when heard. */
  readonly links?: readonly string[];
  /** Hosts that only answer pings; none when left out. */
  readonly pingNodes?: readonly PingTarget[];
  /** How long a ping node may be silent; `deadtime` when left out. */
  readonly deadping?: Millis;
  /** Each status says whom we hear, for those who count votes; C heartbeat passes over it (docs/quorum.md). */
  readonly tellsHearing?: boolean;
  /** Say `node-late` when a node has been silent for longer than warntime; no when left out. */
  readonly tellsLateness?: boolean;
  /** Seeds the random delays of retransmission requests. */
  readonly seed: number;
}

export type MembershipEvent =
  /** The media are open: send the first status. */
  | { readonly kind: 'start' }
  /** `nextDeadline` has come, and the sockets have been read. */
  | { readonly kind: 'tick' }
  /** Something else has come to this node, which may have slept until now: that is noticed before anything is made of it. */
  | { readonly kind: 'stirred' }
  /** An authentic message came over a link; own echoes included. `from`: the address it came from, for the log. */
  | {
      readonly kind: 'message';
      readonly link: string;
      readonly message: Message;
      readonly from?: string | undefined;
    }
  /** This node is about to restart itself: ask the others to be patient with its silence (spec membership 5.3). */
  | { readonly kind: 'restarting' }
  /** `reserve-generation` was carried out. */
  | { readonly kind: 'generation-reserved'; readonly generation: number }
  /** An operator of this node changes the set of nodes; the others have been told. */
  | { readonly kind: 'change-nodes'; readonly change: NodeChange }
  /** Number, stamp, remember and transmit this message of ours. */
  | { readonly kind: 'submit'; readonly draft: Draft };

export type MembershipEffect =
  /** A stamped message (without `auth`): encode, sign and send it on all media; a repeat for one who has missed it. */
  | { readonly kind: 'transmit'; readonly fields: readonly Field[]; readonly isRepeat: boolean }
  /**
   * A message of a peer that passed generation, sequence and `dest`, in order of arrival; never one of our own, nor
   * of the types this room consumes: `status`, `reqnodes`, `repnodes`, changes of nodes and the `NS_*` it knows.
   */
  | { readonly kind: 'deliver'; readonly message: Message }
  | {
      readonly kind: 'node-status';
      readonly node: NodeName;
      readonly status: NodeStatus;
      readonly previous: NodeStatus;
      /** The status message that says so. */
      readonly message: Message;
    }
  /** Silence for the node's own dead time (or initdead before comm-up); no `node-status` comes with it. */
  | { readonly kind: 'node-dead'; readonly node: NodeName; readonly everHeard: boolean }
  /** A node that was heard is silent for longer than warntime: said again every 2 s until it is heard or dead. */
  | { readonly kind: 'node-late'; readonly node: NodeName }
  /** The node speaks with a higher generation than before. */
  | { readonly kind: 'node-restarted'; readonly node: NodeName }
  /** The node goes on with a higher generation, and numbers anew, because others may have declared it dead. */
  | { readonly kind: 'node-renewed'; readonly node: NodeName }
  /**
   * A node that was declared dead speaks again as one that has not restarted: a partition has healed. Its `node-status`
   * (previous `dead`) follows, and then what it says. `renewed`: with a higher generation than before.
   */
  | {
      readonly kind: 'node-returned';
      readonly node: NodeName;
      readonly silentFor: Millis;
      readonly renewed: boolean;
    }
  /** A node that was not dead here may have declared us dead, and is heard. */
  | { readonly kind: 'node-doubts'; readonly node: NodeName }
  /** Make this generation persistent; then tell `generation-reserved`. */
  | { readonly kind: 'reserve-generation'; readonly generation: number }
  /** The cluster has one more normal node, at the end of the list: never heard, and in nobody's ha.cf perhaps. */
  | { readonly kind: 'node-added'; readonly node: NodeName }
  /** A dead node belongs to the cluster no longer. */
  | { readonly kind: 'node-removed'; readonly node: NodeName }
  | {
      readonly kind: 'link';
      readonly node: NodeName;
      readonly link: string;
      readonly status: 'up' | 'dead';
    }
  /** Sign this message and send it to the ping node as an echo request: what it would say comes back (spec wire 1). */
  | { readonly kind: 'ping'; readonly node: NodeName; readonly draft: Draft }
  /** A ping node answers that was silent before. */
  | { readonly kind: 'ping-alive'; readonly node: NodeName; readonly message: Message }
  /** A ping node was silent for `deadping` (or initdead before comm-up); no resource is touched for it. */
  | { readonly kind: 'ping-dead'; readonly node: NodeName }
  | { readonly kind: 'local-status'; readonly status: 'up' | 'active' }
  /** No event reached us for longer than our own dead time: the others have declared us dead. */
  | { readonly kind: 'frozen'; readonly duration: Millis }
  | { readonly kind: 'report'; readonly report: MembershipReport };

/** The newest numbered packet that was heard of a node. */
export interface NewestHeard {
  readonly node: NodeName;
  readonly generation: number;
  readonly seq: number;
}

/** A link of a node as `cl_status` shows it. */
export interface LinkView {
  readonly name: string;
  readonly status: 'up' | 'dead';
}

/** A node as `cl_status` shows it; `init` is never heard, `ping` a ping node that answers. */
export interface NodeView {
  readonly name: NodeName;
  readonly type: 'normal' | 'ping';
  readonly status: NodeStatus;
  readonly uuid?: string;
  /** 100 unless set. */
  readonly weight: number;
  /** Empty unless set. */
  readonly site: string;
  readonly links: readonly LinkView[];
}
