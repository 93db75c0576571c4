/** Who holds what: settings, events and effects of the resource engine (docs/resources.md). */
import type {
  AutoFailback,
  FailbackOptions,
  Monitoring,
  Resource,
  ResourceGroup,
  SplitBrain,
  StopFailure,
} from '../config/settings.ts';
import type { Draft, Hold, Message } from '../message/messages.ts';
import type { Millis, NodeName } from '../units.ts';
import type { ResourceReport } from './reports.ts';

/** `probe`: does anybody else on the network answer for this address? (`running` then, else `stopped`). */
export type Action = 'start' | 'stop' | 'status' | 'probe';

/** What became of one call of an agent. */
export type Outcome =
  /** `start` or `stop` exited 0. */
  | { readonly kind: 'done' }
  /** What the text of `status` says (spec resources 3.2). */
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped' }
  /** It exited otherwise; `code` is undefined when a signal ended it. */
  | { readonly kind: 'failed'; readonly code: number | undefined; readonly why: string }
  /** It and its whole process group were killed at the limit. */
  | { readonly kind: 'timed-out'; readonly limit: Millis }
  /** No agent, script or unit of that name. */
  | { readonly kind: 'not-found' }
  /** The system could not start it. */
  | { readonly kind: 'not-started'; readonly why: string };

/** Names one call of an agent; never used twice. */
export type JobId = number;

export interface Job {
  readonly id: JobId;
  readonly group: string;
  readonly resource: Resource;
  readonly action: Action;
  /** How long this call may take, where that is not the agent's usual limit. */
  readonly limit?: Millis | undefined;
}

/** What a node that restarts itself leaves running, for the life that follows (spec membership 5.3). */
export interface Kept {
  /** Whose groups it is responsible for. */
  readonly owners: readonly NodeName[];
  /** Of these, the ones taken over from a node that had died with them. */
  readonly takenOver: readonly NodeName[];
  readonly failbackDue: boolean;
}

export interface ResourceSettings {
  readonly self: NodeName;
  /** Normal nodes in the order of ha.cf, this node included. */
  readonly nodes: readonly NodeName[];
  readonly groups: readonly ResourceGroup[];
  readonly autoFailback: AutoFailback;
  /** Silence of a node is not enough to take over from it: it is asked for clearance, and waited for (spec fencing 6). */
  readonly needsClearance?: boolean;
  /** What is done when a resource cannot be stopped; `hold` when left out. */
  readonly stopFailure?: StopFailure | undefined;
  /** Whether silent nodes are reset; else the cluster is told that they are not (spec fencing 2). */
  readonly hasDevice?: boolean;
  /** `[address] probe` of extensions.ini; no when left out. */
  readonly addressProbe?: boolean;
  /** `[split-brain]` of extensions.ini. */
  readonly splitBrain: SplitBrain;
  /** Left running by the life before; undefined at a start that knows of none. */
  readonly kept?: Kept | undefined;
  /** `[monitor ...]` of extensions.ini; nothing is watched when left out. */
  readonly monitoring?: Monitoring;
  /** `[failback]` of extensions.ini; a node that is back is trusted at once when left out. */
  readonly failback?: FailbackOptions;
}

export type ResourceEvent =
  | { readonly kind: 'tick' }
  /** This node became `active`; `alive` are the peers that are not dead. */
  | { readonly kind: 'active'; readonly alive: readonly NodeName[] }
  /** `age`: how long ago its sender sent it, when it was late; 0 otherwise. */
  | { readonly kind: 'message'; readonly message: Message; readonly age: Millis }
  | { readonly kind: 'node-status'; readonly node: NodeName; readonly status: string }
  | { readonly kind: 'node-dead'; readonly node: NodeName; readonly everHeard: boolean }
  /** It was heard and is silent for longer than warntime; said again every 2 s until it speaks or is dead. */
  | { readonly kind: 'node-late'; readonly node: NodeName }
  /** The answer to `ask-clearance`: that node certainly runs nothing. It comes late, or never. */
  | { readonly kind: 'cleared'; readonly node: NodeName }
  | { readonly kind: 'node-restarted'; readonly node: NodeName }
  /** It goes on, and numbers its messages anew. */
  | { readonly kind: 'node-renewed'; readonly node: NodeName }
  /** It was dead here and has lived on; `renewed`: with a higher generation, in which it has said nothing yet. */
  | { readonly kind: 'node-returned'; readonly node: NodeName; readonly renewed: boolean }
  /** It was not dead here, but may have declared this node dead. */
  | { readonly kind: 'node-doubts'; readonly node: NodeName }
  /** One more node, which nobody has heard yet. */
  | { readonly kind: 'node-added'; readonly node: NodeName }
  | { readonly kind: 'node-removed'; readonly node: NodeName }
  | { readonly kind: 'frozen' }
  /** Membership sent a `resource` or `starting` of ours once more, to somebody who had lost it. */
  | { readonly kind: 'statement-repeated' }
  /** This node has lost quorum, or has it again; `policy`: what that means (spec membership 11.3). */
  | { readonly kind: 'quorum'; readonly has: boolean; readonly policy: 'freeze' | 'stop' }
  /** `hb_standby` and `hb_takeover` of this node's operator. */
  | { readonly kind: 'standby'; readonly hold: Hold }
  | { readonly kind: 'takeover'; readonly hold: Hold | 'failback' }
  | { readonly kind: 'ran'; readonly job: JobId; readonly outcome: Outcome }
  /** haresources was read again, and is good. */
  | { readonly kind: 'haresources'; readonly groups: readonly ResourceGroup[] }
  /** SIGTERM: release everything, tell the others, then `released`. */
  | { readonly kind: 'stop' };

export type ResourceEffect =
  /** Submit this message to the cluster. */
  | { readonly kind: 'send'; readonly draft: Draft }
  | { readonly kind: 'run'; readonly job: Job }
  /** Announce the group's addresses again: neighbours may have learnt another owner. */
  | { readonly kind: 'announce'; readonly resource: Resource }
  /** It is not here any more: tell the neighbours which machine has its address, for that will not say so. */
  | { readonly kind: 'introduce'; readonly resource: Resource }
  /** May what this silent node held be taken? `idle`: nothing runs here. Whoever speaks again needs no answer. */
  | { readonly kind: 'ask-clearance'; readonly node: NodeName; readonly idle: boolean }
  /** Something still runs here that must not, and this machine is to be reset for it. What is held is claimed. */
  | { readonly kind: 'cannot-stop'; readonly how: 'fence' | 'reboot' }
  /** Everything is released and the others know; `again`: to begin a new life, for a partition has healed. */
  | { readonly kind: 'released'; readonly again: boolean }
  | { readonly kind: 'report'; readonly report: ResourceReport };
