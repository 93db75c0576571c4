/** What the tests of the register socket say to it. */
import { expect } from 'vitest';
import { text, valueOf, type Field } from '../../src/message/messages.ts';
import type { House } from './house.ts';
import type { RawClient } from './raw-client.ts';

export const ownPid: string = String(process.pid);
/** One of the default kind. */
export const event: readonly Field[] = [
  text('t', 'ifstat'),
  text('node', 'api2'),
  text('st', 'dead'),
];

/** A client that has signed on and heard the reply; `id` is its own process number when not given. */
export async function signedOn(house: House, id: string = ownPid): Promise<RawClient> {
  const client = await house.connect();
  sayHello(client, id);
  if (id !== ownPid) expect(await client.hearField('st')).toBe('join');
  expect(await client.hearField('result')).toBe('OK');
  return client;
}

/** Asks to be signed on, as root. */
export function sayHello(client: RawClient, id: string): void {
  client.say('t=hbapi-req', 'reqtype=signon', `pid=${ownPid}`, `from_id=${id}`, 'uid=0', 'gid=0');
}

/** Asks something of the daemon. */
export function ask(client: RawClient, reqtype: string, ...parameters: readonly string[]): void {
  client.say('t=hbapi-req', `reqtype=${reqtype}`, `pid=${ownPid}`, ...parameters);
}

/** The messages that were submitted, as `type status`. */
export const typesOf = (house: House): readonly string[] =>
  house.submitted.map((fields) => `${valueOf(fields, 't') ?? ''} ${valueOf(fields, 'st') ?? ''}`);
