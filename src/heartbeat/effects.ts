/** What the shell tells the node, and what the node asks of the shell. */
import type { Field } from '../message/messages.ts';
import type { AuthKeys, Resource } from '../config/settings.ts';
import type { Job, JobId, Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';

export type NodeEvent =
  /** The media are open. */
  | { readonly kind: 'start' }
  /** `nextDeadline` has come, and the sockets have been read. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'datagram'; readonly link: string; readonly bytes: Uint8Array }
  /** From the FIFO, or from a named API client (then with its `from_id`, `to_id` and `client_gen`). */
  | { readonly kind: 'local-message'; readonly fields: readonly Field[] }
  | { readonly kind: 'ran'; readonly job: JobId; readonly outcome: Outcome }
  /** authkeys was read again. */
  | { readonly kind: 'keys'; readonly keys: AuthKeys; readonly acceptCrc: boolean }
  /** SIGTERM: leave in order. */
  | { readonly kind: 'stop' };

/** Effects are to be carried out in their order. */
export type NodeEffect =
  /** Send on every medium. */
  | { readonly kind: 'send'; readonly datagram: Uint8Array }
  | { readonly kind: 'run'; readonly job: Job }
  | { readonly kind: 'announce'; readonly resource: Resource }
  /** For the API clients: an event of the default kind (spec client-api 8). */
  | { readonly kind: 'client-event'; readonly fields: readonly Field[] }
  /** The node is `active`: open the API socket. */
  | { readonly kind: 'became-active' }
  | { readonly kind: 'log'; readonly line: LogLine }
  /** The node has left the cluster and holds nothing: end the process. */
  | { readonly kind: 'exit' };
