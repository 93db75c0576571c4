/** What a message from the FIFO or a named API client means to this node itself (spec client-api 2 and 7). */
import type { ResourceEvent } from '../haresources/types.ts';
import { nodeName, type NodeName } from '../units.ts';
import { valueOf, type Field, type Hold, type NodeChange } from '../message/messages.ts';
import { notFoundWords } from '../message/misfit.ts';
import { isNodeChangeType, readNodeChange } from '../message/node-change.ts';
import { isDaemonsOwn } from '../message/own-types.ts';

export type LocalMeaning =
  /** For the resource engine of this node, which does the talking. */
  | { readonly kind: 'resources'; readonly event: ResourceEvent }
  /** The operator says that this node is down. */
  | { readonly kind: 'confirmed'; readonly node: NodeName }
  /** For the cluster as it is, and then for this node, too. */
  | { readonly kind: 'nodes'; readonly change: NodeChange }
  /** For the cluster as it is. */
  | { readonly kind: 'cluster' }
  /** `why` is of a closed list: nothing in it is the sender's. */
  | { readonly kind: 'refused'; readonly why: string };

const holdWords: readonly Hold[] = ['none', 'local', 'foreign', 'all'];

export function meaningOf(fields: readonly Field[]): LocalMeaning {
  const type = valueOf(fields, 't');
  if (type === undefined || type === '') {
    return { kind: 'refused', why: 'Invalid message in send_cluster_msg: no message type' };
  }
  if (type === 'ask_resources') return standby(fields);
  if (type === 'hb_takeover') return takeover(fields);
  if (type === 'hb_confirm_down') return confirmation(fields);
  if (isNodeChangeType(type)) return nodeChange(fields, type);
  if (isDaemonsOwn(type)) {
    return {
      kind: 'refused',
      why: `message of type ${type} refused: only the daemon itself sends it`,
    };
  }
  return { kind: 'cluster' };
}

/** What is not whole is never sent: a C daemon ends at a site that is missing. */
function nodeChange(fields: readonly Field[], type: string): LocalMeaning {
  const change = readNodeChange(fields);
  if (change.ok) return { kind: 'nodes', change: change.value };
  const { fault, field } = change.reason;
  const why =
    fault === 'missing'
      ? notFoundWords(type, field).text
      : `message of type ${type} refused: its ${field} cannot be used`;
  return { kind: 'refused', why };
}

function standby(fields: readonly Field[]): LocalMeaning {
  const info = valueOf(fields, 'info');
  const hold = holdOf(valueOf(fields, 'rsc_hold') ?? 'all');
  if (info !== 'me' || hold === undefined) {
    return {
      kind: 'refused',
      why: 'ask_resources refused: it takes info=me and rsc_hold=all, local or foreign',
    };
  }
  return { kind: 'resources', event: { kind: 'standby', hold } };
}

function takeover(fields: readonly Field[]): LocalMeaning {
  const word = valueOf(fields, 'rsc_hold') ?? 'all';
  const hold = word === 'failback' ? word : holdOf(word);
  if (hold === undefined) {
    return {
      kind: 'refused',
      why: 'hb_takeover refused: it takes rsc_hold=all, local, foreign or failback',
    };
  }
  return { kind: 'resources', event: { kind: 'takeover', hold } };
}

/** Only the FIFO may say so, which is root's; a named API client is known by its `from_id`. */
function confirmation(fields: readonly Field[]): LocalMeaning {
  const node = valueOf(fields, 'node') ?? '';
  if (node === '' || valueOf(fields, 'from_id') !== undefined) {
    const why = 'hb_confirm_down refused: it takes node=NODE, and only from the FIFO';
    return { kind: 'refused', why };
  }
  return { kind: 'confirmed', node: nodeName(node) };
}

const holdOf = (word: string): Hold | undefined => holdWords.find((one) => one === word);
