/** Fields -> datagram (spec wire 2.1, 3.3), and which of the forms to use. */
import { Buffer } from 'node:buffer';
import type { Result } from '../result.ts';
import { fail, succeed } from '../result.ts';
import { classicEnd, classicStart, fitsClassic, formatLines } from './classic.ts';
import { maxDatagramBytes } from './decode.ts';
import type { SigningKey } from './digest.ts';
import { tokenOf } from './digest.ts';
import { wire } from './fields.ts';
import type { Draft, Field } from './messages.ts';
import {
  formatList,
  formatNetstring,
  formatSpan,
  isList,
  isName,
  maxNesting,
} from './netstring.ts';

/** How a message is written on UDP; every receiver takes any of them at any time. */
export type Form =
  /** What C sends by default: the digest of the classic text is a field too, though nobody verifies it. */
  | 'netstring-with-auth'
  /** `msgfmt netstring`. */
  | 'netstring'
  /** The one form that C verifies with the key that the message names. */
  | 'classic';

/** Why a message cannot be sent. It must not have taken a sequence number before (spec wire 1). */
export type Unsendable =
  | { readonly kind: 'too-long'; readonly length: number }
  | { readonly kind: 'bad-field'; readonly name: string; readonly fault: OutboundFault };

type OutboundFault =
  | 'bad-name'
  /** A character above 255: texts are byte strings. */
  | 'not-bytes'
  | 'nul-in-string'
  /** No item, an empty one, or 1024 packed bytes and more, which C cannot hold. */
  | 'bad-list'
  | 'nested-too-deep';

/** Which keys authkeys lists, as far as the choice of the form goes. */
export interface ListedKeys {
  readonly byId: ReadonlyMap<number, { readonly method: 'crc' | 'md5' | 'sha1' }>;
}

/**
 * The form to send in: classic text while authkeys lists more than one keyed method, for a change of keys is then
 * under way and a C peer would verify a netstring message with the wrong key (spec wire 3.4, decisions); otherwise as
 * `msgfmt` says.
 */
export function outboundForm(keys: ListedKeys, msgfmt: 'classic' | 'netstring'): Form {
  let keyed = 0;
  for (const key of keys.byId.values()) if (key.method !== 'crc') keyed += 1;
  if (keyed > 1) return 'classic';
  return msgfmt === 'netstring' ? 'netstring' : 'netstring-with-auth';
}

/**
 * The signed datagram, at most 65507 bytes.
 *
 * An `auth` field that is there already is overwritten where it stands, otherwise it comes last. A message with a
 * struct or a compressed field has none within a netstring, as C sends it (spec wire 2.1). Fields that classic text
 * cannot say (`fitsClassic`) go as a netstring although `form` is classic: our nodes verify that too.
 */
export function encodeDatagram(
  fields: readonly Field[],
  form: Form,
  key: SigningKey,
): Result<Uint8Array, Unsendable> {
  const fault = findFault(fields);
  if (fault !== undefined) return fail(fault);
  const datagram =
    form === 'classic' && fitsClassic(fields)
      ? formatSignedText(fields, key)
      : formatSignedNetstring(form === 'netstring' ? fields : withInnerAuth(fields, key), key);
  if (datagram.length <= maxDatagramBytes) return succeed(datagram);
  return fail({ kind: 'too-long', length: datagram.length });
}

/**
 * Why this draft could not be sent once it is stamped, in whichever form. To be asked before it gets a number: C
 * numbers first, fails to send, and is asked for that number for ever (spec wire 1).
 */
export function checkDraft(draft: Draft): Unsendable | undefined {
  const fault = findFault(draft);
  if (fault !== undefined) return fault;
  const longest = Math.max(formatNetstring(draft).length, formatLines(draft).length);
  const length = longest + mostControlBytes;
  return length > maxDatagramBytes ? { kind: 'too-long', length } : undefined;
}

/** More than the control fields, `auth`, the marks and the trailer take together, each at its longest. */
const mostControlBytes = 768;

/** The first reason why no encoding could carry these fields. */
function findFault(fields: readonly Field[]): Unsendable | undefined {
  for (const field of fields) {
    const fault = faultOf(field, 0);
    if (fault !== undefined) return { kind: 'bad-field', name: field.name, fault };
  }
  return undefined;
}

function formatSignedNetstring(fields: readonly Field[], key: SigningKey): Uint8Array {
  const message = Buffer.from(formatNetstring(fields), 'latin1');
  return Buffer.concat([message, Buffer.from(formatSpan(tokenOf(key, message)), 'latin1')]);
}

function formatSignedText(fields: readonly Field[], key: SigningKey): Uint8Array {
  const lines = formatLines(withAuth(fields, key));
  return Buffer.from(classicStart + lines + classicEnd, 'latin1');
}

/** No inner digest where C has none, nor over a text that says something else than the fields do. */
function withInnerAuth(fields: readonly Field[], key: SigningKey): readonly Field[] {
  const none = fields.some((field) => field.type === 2 || field.type === 4 || isTextForged(field));
  return none ? fields : withAuth(fields, key);
}

/**
 * Whether the classic text has this field as something else: as several lines, or as another type. Its digest would
 * let a listener turn a client's list into a message of ours, in classic text.
 */
const isTextForged = (field: Field): boolean =>
  field.name.startsWith('(') ||
  (field.type === 3 && field.items.some((item) => item.includes('\n')));

/** The fields with one `auth`, the digest of the classic text of all others. */
function withAuth(fields: readonly Field[], key: SigningKey): readonly Field[] {
  const others = fields.filter((field) => field.name !== wire.auth);
  const signed = Buffer.from(formatLines(others), 'latin1');
  const auth: Field = { type: 0, name: wire.auth, value: tokenOf(key, signed) };
  const at = fields.findIndex((field) => field.name === wire.auth);
  return at === -1 ? [...others, auth] : others.toSpliced(at, 0, auth);
}

function faultOf(field: Field, depth: number): OutboundFault | undefined {
  if (!isName(field.name)) return 'bad-name';
  if (!isByteString(field.name)) return 'not-bytes';
  switch (field.type) {
    case 0:
      if (field.value.includes('\0')) return 'nul-in-string';
      return isByteString(field.value) ? undefined : 'not-bytes';
    case 1:
    case 4:
      return isByteString(field.value) ? undefined : 'not-bytes';
    case 2:
      return depth >= maxNesting ? 'nested-too-deep' : faultWithin(field.fields, depth + 1);
    case 3:
      return listFault(field.items);
  }
}

function faultWithin(fields: readonly Field[], depth: number): OutboundFault | undefined {
  for (const field of fields) {
    const fault = faultOf(field, depth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const maxPackedList = 1023;

function listFault(items: readonly string[]): OutboundFault | undefined {
  if (!items.every(isByteString)) return 'not-bytes';
  return isList(items) && formatList(items).length <= maxPackedList ? undefined : 'bad-list';
}

const isByteString = (text: string): boolean => !/[\u0100-\uffff]/.test(text);
