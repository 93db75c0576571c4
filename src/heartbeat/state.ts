/** What the whole node knows, and how it begins. */
import type { AuthKeys } from '../config/settings.ts';
import { createFencing, type Fencing } from '../fencing/state.ts';
import { createResources, type Resources } from '../haresources/state.ts';
import type { Kept } from '../haresources/types.ts';
import { createMembership, type Membership } from '../membership/state.ts';
import { createQuorum, isEnforced, type Quorum } from '../quorum/step.ts';
import type { Instant } from '../units.ts';
import { type ForClients, nothingForClients } from './client-events.ts';
import type { NodeSettings } from './effects.ts';
import type { Limiter } from './limiter.ts';

type Restart =
  | { readonly kind: 'none' }
  /** Waits until nothing is in flux. */
  | { readonly kind: 'wanted' }
  /** The others have been asked to be patient; the resource engine stands still. */
  | { readonly kind: 'told'; readonly kept: Kept; readonly endsAt: Instant };

/** The rooms of one node, and what they share. */
export interface NodeState {
  readonly settings: NodeSettings;
  readonly keys: AuthKeys;
  readonly acceptCrc: boolean;
  readonly membership: Membership;
  readonly resources: Resources;
  /** Idle for ever without a fencing device. */
  readonly fencing: Fencing;
  readonly quorum: Quorum;
  readonly limiter: Limiter;
  readonly restart: Restart;
  /** Set when everything is released, until the effect `exit`: when that is due. */
  readonly exitAt: Instant | undefined;
  readonly clients: ForClients;
}

/** A node before its event `start`. */
export function createNode(settings: NodeSettings): NodeState {
  const { haCf, authKeys, haresources, extensions, device } = settings.settings;
  const tellsHearing = isEnforced(extensions.quorum);
  const hasDevice = device !== undefined;
  const needsClearance = hasDevice || tellsHearing;
  const { self, uuid, generation, seed, kept, stopFailure } = settings;
  const { splitBrain } = extensions;
  const renews = splitBrain.onHeal === 'yield';
  const links = [...new Set(haCf.media.map((medium) => medium.iface))];
  return {
    settings,
    keys: authKeys,
    acceptCrc: extensions.acceptCrc,
    membership: createMembership({
      ...haCf,
      self,
      uuid,
      generation,
      seed,
      links,
      renews,
      tellsHearing,
      tellsLateness: extensions.addressProbe,
    }),
    resources: createResources({
      ...haCf,
      self,
      groups: haresources,
      splitBrain,
      addressProbe: extensions.addressProbe,
      kept,
      needsClearance,
      stopFailure,
      hasDevice,
      monitoring: extensions.monitoring,
      failback: extensions.failback,
    }),
    fencing: createFencing({
      hasDevice,
      others: haCf.nodes.filter((node) => node !== self),
      delay: extensions.fencing.delay,
    }),
    quorum: createQuorum(extensions.quorum, haCf),
    limiter: new Map(),
    restart: { kind: 'none' },
    exitAt: undefined,
    clients: nothingForClients,
  };
}
