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

export interface FencingSettings {
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
  /** This node leaves: nobody is reset on its account any more. */
  | { readonly kind: 'stop' };

/** What the cluster is told of an attempt (spec fencing 3). */
type FencingResult = 'OK' | 'bad' | 'badhost';

export type FencingEffect =
  /** Have the device reset the node; the event `ended` follows. */
  | { readonly kind: 'attempt'; readonly attempt: AttemptId; readonly node: NodeName }
  /** End the attempt if it can be ended; whatever becomes of it is not believed. */
  | { readonly kind: 'cancel'; readonly attempt: AttemptId }
  /** The node is certainly down: what it held may be taken. */
  | { readonly kind: 'cleared'; readonly node: NodeName }
  | { readonly kind: 'tell'; readonly node: NodeName; readonly result: FencingResult }
  | { readonly kind: 'report'; readonly report: FencingReport };
