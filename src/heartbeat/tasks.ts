/** What is left to be done within one step of the node. */
import type { FencingEffect, FencingEvent } from '../fencing/types.ts';
import type { ResourceEffect, ResourceEvent } from '../haresources/types.ts';
import type { MembershipEffect, MembershipEvent } from '../membership/types.ts';
import type { NodeEvent } from './effects.ts';

/** An event of a room, or an effect of one that has to become something. */
export type Task =
  | { readonly kind: 'membership'; readonly event: MembershipEvent }
  | { readonly kind: 'resources'; readonly event: ResourceEvent }
  | { readonly kind: 'fencing'; readonly event: FencingEvent }
  | { readonly kind: 'membership-effect'; readonly effect: MembershipEffect }
  | { readonly kind: 'fencing-effect'; readonly effect: FencingEffect }
  | { readonly kind: 'resource-effect'; readonly effect: ResourceEffect };

/** Of these membership sees by itself how long this node has slept. */
export const reachesMembership = ({ kind }: NodeEvent): boolean =>
  kind === 'start' || kind === 'tick' || kind === 'datagram';
