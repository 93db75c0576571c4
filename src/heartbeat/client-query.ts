/** What other nodes want to know of the API clients here. */
import { type Message, valueOf } from '../message/messages.ts';
import type { NodeEffect } from './effects.ts';

/** Another node's question whether an API client is signed on here; undefined for other messages. */
export function clientQuery({ body, fields, header }: Message): NodeEffect | undefined {
  if (body.t !== 'other' || body.type !== 'query-cstatus') return undefined;
  const client = valueOf(fields, 'cn') ?? '';
  const asker = valueOf(fields, 'from_id') ?? '';
  return { kind: 'client-query', from: header.src, client, asker };
}
