/** Why bytes were not believed, as a closed list, and the words that the log has for each reason. */
import type { LogLine } from '../log-line.ts';
import { unreachable } from '../assert.ts';

/** The two encodings (docs/wire-protocol.md, "Encodings"). */
export type Encoding = 'netstring' | 'classic';

/** What is wrong inside a message. */
export type FieldFault =
  /** A length without digits, without colon, beyond all limits, or data without its comma. */
  | 'bad-netstring'
  | 'no-equals-sign'
  /** A name that holds LF or NUL. */
  | 'bad-name'
  /** Not `(0)` to `(5)`; in classic text not `(1)` to `(4)`. */
  | 'bad-type'
  | 'nul-in-string'
  | 'bad-list'
  | 'bad-struct'
  | 'bad-base64'
  /** More than 16 messages within one another. */
  | 'nested-too-deep'
  /** Classic text with two `auth` lines: the second would not be covered by any digest. */
  | 'auth-twice';

/** Bytes from which no message can be read. */
export type Unreadable =
  | { readonly kind: 'too-long'; readonly length: number }
  /** Neither of the two start marks; an empty datagram too. */
  | { readonly kind: 'not-a-message'; readonly length: number }
  /** It ends before its end mark. */
  | { readonly kind: 'truncated'; readonly encoding: Encoding }
  | { readonly kind: 'malformed'; readonly encoding: Encoding; readonly fault: FieldFault };

/** A message whose sender did not prove that it has our key; `claims` is the `src` that it gives. */
export type Unproven =
  /** A netstring message without a whole trailer, or classic text without `auth`. */
  | { readonly kind: 'no-token'; readonly encoding: Encoding; readonly claims: string }
  | { readonly kind: 'bad-token'; readonly encoding: Encoding; readonly claims: string }
  | {
      readonly kind: 'unknown-key';
      readonly encoding: Encoding;
      readonly id: number;
      readonly claims: string;
    }
  /** Signed with crc, which proves nothing, while this node signs with a key. */
  | {
      readonly kind: 'crc-refused';
      readonly encoding: Encoding;
      readonly id: number;
      readonly claims: string;
    }
  | {
      readonly kind: 'bad-digest';
      readonly encoding: Encoding;
      readonly id: number;
      /** The digest that came, printable; the one that was expected is told to nobody. */
      readonly given: string;
      readonly claims: string;
    };

export type Refusal = Unreadable | Unproven;

/** The lines that C writes for such a datagram, without dumps of it and without the expected digest (spec wire 3.4, 7). */
export function refusalWords(refusal: Refusal): readonly LogLine[] {
  switch (refusal.kind) {
    case 'too-long':
    case 'not-a-message':
    case 'truncated':
    case 'malformed':
      return unreadableWords(refusal);
    case 'no-token':
    case 'bad-token':
    case 'unknown-key':
    case 'crc-refused':
    case 'bad-digest':
      return [unprovenWords(refusal), failedAuthentication(refusal)];
    default:
      return unreachable(refusal);
  }
}

function unreadableWords(refusal: Unreadable): readonly LogLine[] {
  switch (refusal.kind) {
    case 'too-long':
      return [warn(`msg too big: ${String(refusal.length)} bytes`)];
    case 'not-a-message':
      // C says nothing here, and an operator whose ports collide never learns it.
      return [warn(`${String(refusal.length)} bytes that are no heartbeat message ignored`)];
    case 'truncated':
      return [refusal.encoding === 'netstring' ? cutNetstring : cutText];
    case 'malformed':
      return [faultWords(refusal.encoding, refusal.fault)];
    default:
      return unreachable(refusal);
  }
}

const warn = (words: string): LogLine => ({ level: 'WARN', text: words });
const error = (words: string): LogLine => ({ level: 'ERROR', text: words });

const cutNetstring: LogLine = error('netstring2msg_rec:peel_netstring fails for name/value pair');
const cutText: LogLine = error('NV failure (string2msg_ll):');

function faultWords(encoding: Encoding, fault: FieldFault): LogLine {
  switch (fault) {
    case 'bad-netstring':
      return cutNetstring;
    case 'no-equals-sign':
      return warn(
        `${encoding === 'netstring' ? 'process_netstring_nvpair' : 'ha_msg_add_nv_depth'}: line doesn't contain '='`,
      );
    case 'bad-name':
      return error('ha_msg_addraw_ll: illegal field');
    case 'nul-in-string':
      return error('stringlen does not match');
    case 'bad-list':
      return error('netstring2list: unpacking string list failed');
    case 'bad-struct':
      return error('netstring2struct:netstring2msg failed');
    // For the rest C has no words: it aborts, overflows its stack or takes what stands there.
    case 'bad-type':
    case 'bad-base64':
    case 'nested-too-deep':
    case 'auth-twice':
      return warn(`message refused: ${fault.replaceAll('-', ' ')}`);
    default:
      return unreachable(fault);
  }
}

function unprovenWords(refusal: Unproven): LogLine {
  const netstring = refusal.encoding === 'netstring';
  switch (refusal.kind) {
    case 'no-token':
      return netstring
        ? error('peel_netstring() error in getting auth string')
        : warn('Bad/invalid auth token, authtoken=(nil)');
    case 'bad-token':
      return warn(netstring ? 'Bad/invalid netstring auth string' : 'Bad/invalid auth token');
    case 'unknown-key':
      return warn(
        `Invalid authentication ${netstring ? '' : 'type '}[${String(refusal.id)}] in message!`,
      );
    case 'crc-refused':
      return warn(`key ${String(refusal.id)} is crc, which proves nothing: refused`);
    case 'bad-digest':
      return netstring
        ? error(`authtoken does not match, authtoken=${refusal.given}`)
        : warn(`authtoken does not match, authtoken=${refusal.given}`);
    default:
      return unreachable(refusal);
  }
}

function failedAuthentication(refusal: Unproven): LogLine {
  return refusal.encoding === 'netstring'
    ? error(`netstring authentication failed, message claims to be from [${refusal.claims}]`)
    : warn(`string2msg_ll: node [${refusal.claims}] failed authentication`);
}
