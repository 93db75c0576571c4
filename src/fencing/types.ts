/** Settings, events and effects of the fencing of silent nodes (docs/fencing.md). */
import type { Millis, NodeName } from '../units.ts';
import type { FencingReport } from './reports.ts';

/** Names one attempt; never used twice in a life of the node. */
export type AttemptId = number;

/** How one attempt to reset a node ended. */
export type AttemptOutcome =
  | { readonly kind: 'ok' }
  /** The device does not control that node; `device` is what the device calls itself. */
  | { readonly kind: 'bad-host'; readonly device: string }
  /** Anything else, the death of the device's program by a signal included. */
  | { readonly kind: 'failed'; readonly why: string };

/** What a look at the device has shown. */
export interface DeviceCheck {
  /** What it calls itself. */
  readonly device: string;
  /** Why it is not operational; undefined when it is. */
  readonly fault: string | undefined;
  /** The hosts that it controls; undefined when it takes any, or does not say. */
  readonly hosts: readonly string[] | undefined;
}

export interface FencingSettings {
  /** There is a device. */
  readonly hasDevice: boolean;
  /** The nodes that it may have to reset. */
  readonly others: readonly NodeName[];
  /** How long a node that runs nothing waits before its first attempt, so that a split brain spares the server. */
  readonly delay: Millis;
}

export type FencingEvent =
  | { readonly kind: 'tick' }
  /** What the node held is not to be touched before it is certainly down; `idle`: nothing runs on this node. */
  | { readonly kind: 'wanted'; readonly node: NodeName; readonly idle: boolean }
  /** It speaks again; `sameLife`: it was not started anew. */
  | { readonly kind: 'heard'; readonly node: NodeName; readonly sameLife: boolean }
  | { readonly kind: 'ended'; readonly attempt: AttemptId; readonly outcome: AttemptOutcome }
  /** The operator says that it is down, and has seen to it. */
  | { readonly kind: 'confirmed'; readonly node: NodeName }
  /** This node is active: from now on the device is looked at. */
  | { readonly kind: 'active' }
  | { readonly kind: 'checked'; readonly check: DeviceCheck }
  /** This node leaves: nobody is reset on its account any more. */
  | { readonly kind: 'stop' };

/** What the cluster is told of an attempt (spec fencing 3). */
type FencingResult = 'OK' | 'bad' | 'badhost';

export type FencingEffect =
  /** Have the device reset the node; the event `ended` follows. */
  | { readonly kind: 'fence'; readonly attempt: AttemptId; readonly node: NodeName }
  /** Nobody wants it reset any more: end the attempt if it can be ended. Whatever becomes of it is not believed. */
  | { readonly kind: 'cancel-fence'; readonly node: NodeName }
  /** Is the device operational? The event `checked` follows. */
  | { readonly kind: 'check-device' }
  /** The node is certainly down: what it held may be taken. */
  | { readonly kind: 'cleared'; readonly node: NodeName }
  | { readonly kind: 'tell'; readonly node: NodeName; readonly result: FencingResult }
  | { readonly kind: 'report'; readonly report: FencingReport };
