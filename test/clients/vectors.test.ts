/** The captured conversations of C clients with the C daemon, held against our server. */
import { describe, expect, test } from 'vitest';
import { decodeBody } from '../../src/clients/body.ts';
import { encodeFrame } from '../../src/clients/frames.ts';
import type { Field } from '../../src/message/messages.ts';
import { openHouse } from './house.ts';
import type { RawClient } from './raw-client.ts';
import { cases, conversationIn, type Conversation, type Frame } from './setting.ts';

/** What is our own: process numbers, counters, stamps and the digest. */
const ours = new Set([
  'pid',
  'client_gen',
  'srcuuid',
  'destuuid',
  'seq',
  'hg',
  'ts',
  'ld',
  'ttl',
  'auth',
]);

/** A message as sorted lines without what is our own; clients may not rely on an order (spec client-api 4). */
function essence(message: string): readonly string[] | string {
  const fields = decodeBody(Buffer.from(message, 'latin1'));
  if (fields === undefined) return message;
  return fields
    .filter((field) => !ours.has(field.name))
    .map((field) => `${field.name}=${valueText(field)}`)
    .sort();
}

function valueText(field: Field): string {
  return 'value' in field ? field.value : JSON.stringify(field);
}

/** No Linux has a process of this number; the captured 99999 may exist on a busy machine. */
const noProcess = '4194305';

/** The captured client's process number becomes ours: the server compares it with what the kernel says. */
function ownText(text: string, captured: string): string {
  const own = String(process.pid);
  return text
    .replaceAll(`=${captured}\n`, `=${own}\n`)
    .replaceAll('=99999\n', `=${noProcess}\n`)
    .replace(/\d+:\(0\)(pid|from_id)=\d+,/g, (_, name: string) => {
      const field = `(0)${name}=${own}`;
      return `${String(field.length)}:${field},`;
    });
}

/** A frame whose header is wrong on purpose goes as it is. */
function withOwnPid(frame: Frame, captured: string): Buffer {
  const bytes = Buffer.from(frame.hex, 'hex');
  if (bytes.readUInt32LE(4) !== 0xabcd) return bytes;
  return encodeFrame(Buffer.from(ownText(frame.text, captured), 'latin1'));
}

async function hears(
  client: RawClient,
  expected: readonly Frame[],
  captured: string,
): Promise<void> {
  const heard: unknown[] = [];
  while (heard.length < expected.length) heard.push(essence(await client.hear()));
  const wanted = expected.map(({ text }) => essence(ownText(text, captured)));
  expect(heard).toEqual(wanted);
}

/** Sends what the captured client sent, each time after the answers to what went before. */
async function replay(
  client: RawClient,
  conversation: Conversation,
  captured: string,
): Promise<void> {
  const frames = [...conversation.frames];
  while (frames.length > 0) {
    const next = frames.findIndex((frame) => frame.dir === 'daemon>client');
    const sent = frames.splice(0, next === -1 ? frames.length : next);
    for (const frame of sent) client.write(withOwnPid(frame, captured));
    const after = frames.findIndex((frame) => frame.dir === 'client>daemon');
    await hears(client, frames.splice(0, after === -1 ? frames.length : after), captured);
  }
}

/** The client is signed on, and nothing else was waiting for it. */
async function staysOpen(client: RawClient): Promise<void> {
  client.say('t=hbapi-req', 'reqtype=still-there', `pid=${String(process.pid)}`);
  expect(essence(await client.hear())).toEqual([
    'reqtype=still-there',
    'result=badreq',
    't=hbapi-resp',
  ]);
}

/** What C leaves blank or calls `died` when it refuses a client that it has not yet named. */
function asWeSayIt(frame: Frame): Frame {
  const text = frame.text
    .replace('from_id=\nto_id=\n', 'from_id=376\nto_id=376\n')
    .replace('info=died\n', 'info=bad pid\n');
  return { ...frame, text };
}

test('every captured request has the same answer from us', async () => {
  const requests = await cases<Conversation>('requests.json');
  await using house = await openHouse({ peer: 'unknown' });
  const client = await house.connect();
  for (const request of requests) await replay(client, request, '1511');
  expect(await client.hear()).toBe('end');
  expect(requests.length).toBe(98);
});

describe('a captured sign-on', async () => {
  const captured = await cases<Conversation>('registration.json');
  // Two connections went into one conversation there: server.test.ts has it as two.
  const single = captured.filter(({ description }) => !description.startsWith('second client'));

  test.each(single)('ends with us as with C: $description', async (conversation) => {
    await using house = await openHouse();
    const client = await house.connect();
    const frames = conversation.frames.map(asWeSayIt);
    await replay(client, { ...conversation, frames }, '376');
    const isSignedOn = frames.some(({ text }) => text.includes('result=OK'));
    if (conversation.end === 'daemon closed the channel') expect(await client.hear()).toBe('end');
    else if (isSignedOn) await staysOpen(client);
    else {
      client.say('t=hbapi-req', 'reqtype=signon', `pid=${String(process.pid)}`, 'uid=0', 'gid=0');
      expect(await client.hearField('result')).toBe('OK');
    }
  });
});

test('the Python client of the package, without NUL and dest, and with fields in any order, has the same answers', async () => {
  const conversation = await conversationIn('py2-client-hb_api.json');
  await using house = await openHouse({ peer: { gid: 106 } });
  const client = await house.connect();
  await replay(client, conversation, '14848');
  expect(await client.hear()).toBe('end');
  expect(conversation.frames.length).toBe(15);
});

test('a captured named client hears from the cluster what it heard from C', async () => {
  const conversations = await cases<Conversation>('messages.json');
  await using house = await openHouse();
  const client = await house.connect();
  for (const conversation of conversations) {
    // We do not let clients speak the daemon's own unnumbered types.
    const refused = conversation.description.startsWith('NS_ type');
    const frames = refused ? conversation.frames.slice(0, 1) : conversation.frames;
    await replay(client, { ...conversation, frames }, '377');
  }
  expect(await client.hear()).toBe('end');
  expect(house.log).toContainEqual(expect.stringContaining('may not send [NS_foo]'));
});
