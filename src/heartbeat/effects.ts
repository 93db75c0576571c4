/** What the shell tells the node, and what the node asks of the shell. */
import type { AttemptId, AttemptOutcome, DeviceCheck, FencingEffect } from '../fencing/types.ts';
import type {
  AuthKeys,
  Resource,
  ResourceGroup,
  Settings,
  StopFailure,
} from '../config/settings.ts';
import type { Job, JobId, Kept, Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import type { PassedOver } from '../membership/passed-over.ts';
import type { DeletedNode } from '../membership/state.ts';
import type { Field, NodeStatus } from '../message/messages.ts';
import type { NodeName } from '../units.ts';

/** What makes a node: the three files, and what the shell keeps for it on disk. */
export interface NodeSettings {
  readonly settings: Settings;
  readonly self: NodeName;
  /** 16 bytes as a byte string. */
  readonly uuid: string;
  /** Already raised and made persistent. */
  readonly generation: number;
  /** What is done when a resource cannot be stopped; `hold` when left out. */
  readonly stopFailure?: StopFailure | undefined;
  /** Seeds the random delays of retransmission requests. */
  readonly seed: number;
  /** What the life before has left running when it restarted itself. */
  readonly kept?: Kept | undefined;
}

export type NodeEvent =
  /** The media are open. */
  | { readonly kind: 'start' }
  /** `nextDeadline` has come, and the sockets have been read. */
  | { readonly kind: 'tick' }
  /** `from`: the IP address it came from, for the log. */
  | {
      readonly kind: 'datagram';
      readonly link: string;
      readonly bytes: Uint8Array;
      readonly from?: string;
    }
  /** From the FIFO, or from a named API client (then with its `from_id`, `to_id` and `client_gen`). */
  | { readonly kind: 'local-message'; readonly fields: readonly Field[] }
  /** `reserve-generation` was carried out. */
  | { readonly kind: 'generation-reserved'; readonly generation: number }
  | { readonly kind: 'ran'; readonly job: JobId; readonly outcome: Outcome }
  /** An attempt to reset a node has ended. */
  | { readonly kind: 'fenced'; readonly attempt: AttemptId; readonly outcome: AttemptOutcome }
  | { readonly kind: 'device-checked'; readonly check: DeviceCheck }
  /** authkeys was read again. */
  | { readonly kind: 'keys'; readonly keys: AuthKeys; readonly acceptCrc: boolean }
  /** haresources was read again, and is good. */
  | { readonly kind: 'haresources'; readonly groups: readonly ResourceGroup[] }
  /** ha.cf has changed: end this life, and keep the resources, as soon as nothing is in flux. */
  | { readonly kind: 'restart' }
  /** SIGTERM: leave in order. */
  | { readonly kind: 'stop' };

/** What an event is to API clients (spec client-api 8.1): `keep` is what they hear of unless they ask for more. */
export type ClientEventKind = 'keep' | PassedOver;

/** Effects are to be carried out in their order. */
export type NodeEffect =
  /** Send on every medium. */
  | { readonly kind: 'send'; readonly datagram: Uint8Array }
  /** Send it to the ping node as an echo request. */
  | { readonly kind: 'ping'; readonly node: NodeName; readonly datagram: Uint8Array }
  | { readonly kind: 'run'; readonly job: Job }
  | { readonly kind: 'announce'; readonly resource: Resource }
  | { readonly kind: 'introduce'; readonly resource: Resource }
  /** The fencing device resets that node (`fenced` follows), ends what it does to it, is looked at (`device-checked`). */
  | Extract<FencingEffect, { readonly kind: 'fence' | 'cancel-fence' | 'check-device' }>
  /** For the API clients that want events of this kind (spec client-api 8). */
  | {
      readonly kind: 'client-event';
      readonly event: ClientEventKind;
      readonly fields: readonly Field[];
    }
  /** Nothing more is to be taken from API clients that have signed on, or all again. */
  | { readonly kind: 'pause-clients'; readonly arePaused: boolean }
  /** For the script of that type in rc.d, if there is one (spec resources 9). `status` is our own. */
  | {
      readonly kind: 'notify';
      readonly type: string;
      readonly fields: readonly Field[];
      readonly status: NodeStatus;
    }
  /** Another node asks whether an API client is signed on here; answer with a `respond-cstatus` local message. */
  | {
      readonly kind: 'client-query';
      readonly from: NodeName;
      readonly client: string;
      readonly asker: string;
    }
  /** For the file of deleted nodes: all of them, in the order in which they were removed. */
  | { readonly kind: 'remember-deleted'; readonly nodes: readonly DeletedNode[] }
  /** The node is `active`: open the API socket, then start the children. */
  | { readonly kind: 'became-active' }
  /**
   * Make this generation persistent, for it may be used at any moment from then on; then tell `generation-reserved`. A
   * later start uses a larger one.
   */
  | { readonly kind: 'reserve-generation'; readonly generation: number }
  | { readonly kind: 'log'; readonly line: LogLine }
  /** The others know that we shall be silent: end this life, and begin the next with what is kept. */
  | { readonly kind: 'restart'; readonly kept: Kept }
  /** Something cannot be stopped: reboot this machine, or fall silent until the other node has reset it. */
  | { readonly kind: 'cannot-stop'; readonly how: 'fence' | 'reboot' }
  /** The node has left the cluster and holds nothing: stop the children, then end the process. */
  | { readonly kind: 'exit' };
