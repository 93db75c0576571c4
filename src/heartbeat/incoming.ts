/** What a datagram says, as far as it is believed and understood. */
import type { AuthKeys } from '../config/settings.ts';
import type { LogLine } from '../log-line.ts';
import { decodeDatagram } from '../message/decode.ts';
import { interpret } from '../message/interpret.ts';
import type { Message } from '../message/messages.ts';
import { misfitWords } from '../message/misfit.ts';
import { refusalWords } from '../message/refusal.ts';

/** What came in. A message that cannot be used counts all the same, or its sender would be asked for it for ever. */
export interface Incoming {
  readonly message?: Message;
  /** Why it was refused, in a word and in those of the log. */
  readonly refused?: { readonly reason: string; readonly lines: readonly LogLine[] };
}

/** What is believed. */
interface Trust {
  readonly keys: AuthKeys;
  readonly acceptCrc: boolean;
}

/** Reads a datagram that came over `link`. */
export function readDatagram(
  link: string,
  bytes: Uint8Array,
  { keys, acceptCrc }: Trust,
): Incoming {
  const decoded = decodeDatagram(bytes, { ...keys, acceptCrc });
  if (!decoded.ok) {
    const { reason } = decoded;
    return { refused: { reason: reason.kind, lines: refusalWords(reason) } };
  }
  const message = interpret(decoded.value.fields);
  if (message.ok) return { message: message.value };
  const { reason } = message;
  const refused = { reason: reason.kind, lines: [misfitWords(reason, link)] };
  return reason.kind === 'unusable' ? { message: reason.message, refused } : { refused };
}
