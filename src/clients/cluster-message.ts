/**
 * What clients may say to the cluster, and what the cluster is told of clients (spec client-api 7 and 8.2). The daemon
 * adds the header and `destuuid`, as to every message of this node.
 */
import { text, valueOf, type Field } from '../message/messages.ts';
import { isDaemonsOwn } from '../message/own-types.ts';
import { fail, succeed, type Result } from '../result.ts';
import type { NodeName } from '../units.ts';
import type { SignedOn } from './sign-on.ts';

/** A longer message, in bytes, would not fit into a datagram with its header, and be asked for again for ever. */
const maxClusterMessageBytes = 60_000;

/** What changes the cluster is for root, who has the FIFO, and a link's state is what this node sees for itself. */
const notForClients: ReadonlySet<string> = new Set([
  'addnode',
  'delnode',
  'setweight',
  'setsite',
  'ifstat',
]);

/** Why a client's message does not go to the cluster. */
export type MessageRefusal =
  | { readonly kind: 'no-type' }
  | { readonly kind: 'casual'; readonly type: string }
  | { readonly kind: 'reserved'; readonly type: string }
  | { readonly kind: 'too-long'; readonly type: string; readonly bytes: number };

/**
 * The message as it goes to the cluster: marked with who sent it, so that only clients of the same name get it.
 * `bytes` is the length of the body it came in.
 */
export function clusterMessage(
  fields: readonly Field[],
  client: SignedOn,
  bytes: number,
): Result<readonly Field[], MessageRefusal> {
  const type = valueOf(fields, 't');
  if (client.kind === 'casual') return fail({ kind: 'casual', type: type ?? '' });
  if (type === undefined) return fail({ kind: 'no-type' });
  if (isReserved(type)) return fail({ kind: 'reserved', type });
  if (bytes > maxClusterMessageBytes) return fail({ kind: 'too-long', type, bytes });
  const marks = [
    text('from_id', client.id),
    text('to_id', client.id),
    text('client_gen', String(client.generation)),
  ];
  return succeed(marks.reduce(overwrite, fields));
}

function isReserved(type: string): boolean {
  return isDaemonsOwn(type) || notForClients.has(type) || type.startsWith('hbapi-');
}

/** `mark` in the place of the first field of its name, and of no other; at the end when there was none. */
function overwrite(fields: readonly Field[], mark: Field): readonly Field[] {
  const place = fields.findIndex((field) => field.name === mark.name);
  if (place === -1) return [...fields, mark];
  const others = fields.filter((field, index) => index > place && field.name !== mark.name);
  return [...fields.slice(0, place), mark, ...others];
}

/** What clients of the same name learn when one joins or leaves; to the cluster, or bare to the leaving client itself. */
export function clientStatusMessage(
  st: 'join' | 'leave',
  client: Pick<SignedOn, 'id' | 'generation'>,
  info: string,
  self: NodeName,
): readonly Field[] {
  return [
    text('t', 'hbapi-clstat'),
    text('st', st),
    text('from_id', client.id),
    text('to_id', client.id),
    text('src', self),
    text('info', info),
    text('client_gen', String(client.generation)),
  ];
}

/** `query-cstatus`: node `from` asks on behalf of its client `asker` whether `client` is signed on here. */
export interface ClientQuery {
  readonly from: NodeName;
  readonly client: string;
  readonly asker: string;
}

/** What the asking node is told; it hands it to its client `asker`. */
export function queryAnswer(query: ClientQuery, isOnline: boolean): readonly Field[] {
  return [
    text('t', 'respond-cstatus'),
    text('dest', query.from),
    text('result', 'OK'),
    text('cn', query.client),
    text('to_id', query.asker),
    text('cs', isOnline ? 'online' : 'offline'),
  ];
}
