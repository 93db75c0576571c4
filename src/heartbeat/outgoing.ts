/** Signed datagrams of this node's messages. */
import type { AuthKeys, HaCf } from '../config/settings.ts';
import { encodeDatagram, outboundForm } from '../message/encode.ts';
import type { Draft, Field } from '../message/messages.ts';
import type { NodeName } from '../units.ts';
import type { NodeEffect } from './effects.ts';

interface Signing {
  readonly keys: AuthKeys;
  readonly settings: { readonly settings: { readonly haCf: HaCf } };
}

/** The effect that sends these fields on every medium; a line of the log when they do not fit into a datagram. */
export function datagramOf({ keys, settings }: Signing, fields: readonly Field[]): NodeEffect {
  const form = outboundForm(keys, settings.settings.haCf.msgfmt);
  const encoded = encodeDatagram(fields, form, keys.outbound);
  return encoded.ok
    ? { kind: 'send', datagram: encoded.value }
    : refusal(`message not sent: ${encoded.reason.kind}`);
}

/** The same for an echo request: always a netstring with `auth`, whatever `msgfmt` says (spec wire 1). */
export function pingOf({ keys }: Signing, node: NodeName, draft: Draft): NodeEffect {
  const encoded = encodeDatagram(draft, 'netstring-with-auth', keys.outbound);
  return encoded.ok
    ? { kind: 'ping', node, datagram: encoded.value }
    : refusal(`ping not sent: ${encoded.reason.kind}`);
}

const refusal = (text: string): NodeEffect => ({ kind: 'log', line: { level: 'WARN', text } });
