/** Why an authentic message cannot be used, as a closed list, and the words that the log has for each reason. */
import type { LogLine } from '../log-line.ts';
import { unreachable } from '../assert.ts';
import { wire } from './fields.ts';
import type { Message } from './messages.ts';
import { valueOf } from './messages.ts';
import { printable } from './printable.ts';

/** What is wrong with a message whose header is in order. */
export interface BodyFault {
  /** The field's name on the wire. */
  readonly field: string;
  readonly fault: 'missing' | 'bad';
}

/** `source` is the sender as far as the message tells, printable. */
export type Misfit =
  /** One of type, source and time is not there. */
  | { readonly kind: 'missing-header'; readonly field: string; readonly source: string }
  /** A node name that is empty, longer than 99 bytes, or holds blanks or control characters. */
  | { readonly kind: 'bad-source'; readonly source: string }
  | { readonly kind: 'missing-sequence'; readonly source: string }
  | { readonly kind: 'bad-sequence'; readonly source: string }
  | { readonly kind: 'zero-sequence'; readonly source: string }
  | { readonly kind: 'bad-generation'; readonly source: string }
  /** Not a number, or 0. */
  | { readonly kind: 'bad-time'; readonly source: string }
  /**
   * The header is in order, so the message counts as heard and takes its sequence number, or the sender would be
   * asked for it for ever; but nobody acts on it: `message` has a body of kind `other`.
   */
  | {
      readonly kind: 'unusable';
      readonly source: string;
      readonly message: Message;
      readonly fault: BodyFault;
    };

/** The line that C writes for such a message; `link` is where it came in (spec wire 6.2, 6.4, 7). */
export function misfitWords(misfit: Misfit, link: string): LogLine {
  const clusterMessage = (what: string): LogLine =>
    error(`process_clustermsg: ${what}: iface ${link}, from ${misfit.source}`);
  switch (misfit.kind) {
    case 'missing-header':
      return clusterMessage('missing from/ts/type');
    case 'missing-sequence':
      return clusterMessage('missing seqno');
    case 'bad-sequence':
      return clusterMessage('has bad cseq');
    case 'zero-sequence':
      return error('should_drop_message: bad sequence number');
    case 'bad-generation':
      return error('should_drop_message: bad generation number');
    case 'bad-source':
      return error(`process_status_message: bad node [${misfit.source}] in message`);
    case 'bad-time':
      // C is silent here, and a node whose clock stands at 1970 looks dead for no reason.
      return warn(`message from ${misfit.source} over ${link} without a usable time dropped`);
    case 'unusable':
      return unusableWords(misfit.message, misfit.fault);
    default:
      return unreachable(misfit);
  }
}

/** The field by C's name for it, where it has a line of its own for its lack. */
const notFound: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  addnode: { [wire.nodes]: 'nodelist' },
  delnode: { [wire.nodes]: 'node' },
  setweight: {},
  setsite: {},
};

/** What C logs of a change of nodes that lacks a field (spec membership 8). */
export function notFoundWords(type: string, field: string): LogLine {
  const name = notFound[type]?.[field] ?? field;
  return error(`HBDoMsg_T_${type.toUpperCase()}: ${name} not found in msg`);
}

const warn = (words: string): LogLine => ({ level: 'WARN', text: words });
const error = (words: string): LogLine => ({ level: 'ERROR', text: words });

function unusableWords(message: Message, { field, fault }: BodyFault): LogLine {
  const type = printable(message.body.t === 'other' ? message.body.type : message.body.t);
  const value = printable(valueOf(message.fields, field) ?? '');
  if (type === 'resource' && field === wire.hold) {
    return fault === 'missing'
      ? error(`resource message without ${wire.hold} field.`)
      : error(`encode_resources: bad resource type [${value}]`);
  }
  if (field === wire.status) {
    return error(`HBDoMsg_T_STATUS: status update without ${wire.status} field`);
  }
  if (fault === 'missing' && type in notFound) return notFoundWords(type, field);
  if (type === 'NS_rexmit' && field !== wire.destination) return error('Invalid rexmit seqnos');
  return warn(`${type} message from ${message.header.src} ignored: field ${field} is ${fault}`);
}
