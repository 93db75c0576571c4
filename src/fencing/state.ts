/** What is known of the fencing of each node. */
import { never, type Instant, type NodeName } from '../units.ts';
import type { AttemptId, FencingSettings } from './types.ts';

/**
 * The fencing of one node. It is `idle` while nobody wants it reset.
 *
 *   idle ──wanted──▶ wanted ──delay──▶ running ──ok──▶ done
 *     ▲                                 │    ▲
 *     │                          failed │    │ after 5 s
 *     └──── heard again (from all) ───▶ failed
 */
export type NodeFencing =
  | { readonly kind: 'idle' }
  | { readonly kind: 'wanted'; readonly since: Instant; readonly at: Instant }
  | {
      readonly kind: 'running';
      readonly since: Instant;
      readonly attempt: AttemptId;
      readonly failures: number;
    }
  | {
      readonly kind: 'failed';
      readonly since: Instant;
      readonly failures: number;
      readonly retryAt: Instant;
    }
  /** It has been down since; a packet from it revokes that. */
  | { readonly kind: 'done'; readonly at: Instant };

export interface Fencing {
  readonly settings: FencingSettings;
  /** Nodes that are not listed are `idle`. */
  readonly nodes: ReadonlyMap<NodeName, NodeFencing>;
  readonly nextAttempt: AttemptId;
  /** When the device is looked at next; `never` before this node is active, and while it is being looked at. */
  readonly checkAt: Instant;
  /** The hosts of the device have been held against the nodes. */
  readonly isCompared: boolean;
}

/** Nobody is wanted down. */
export function createFencing(settings: FencingSettings): Fencing {
  return { settings, nodes: new Map(), nextAttempt: 1, checkAt: never, isCompared: false };
}
