/** Which client gets which event (spec client-api 8.1). */
import { describe, expect, test } from 'vitest';
import { text } from '../../src/message/messages.ts';
import { nodeName } from '../../src/units.ts';
import { ask, event, ownPid, sayHello, signedOn } from './conversation.ts';
import { openHouse } from './house.ts';
import type { RawClient } from './raw-client.ts';
import { bothUp } from './setting.ts';

describe('an event', () => {
  test('reaches every client that signed on, and nobody else', async () => {
    await using house = await openHouse();
    const stranger = await house.connect();
    const casual = await signedOn(house);
    const named = await signedOn(house, 'tool');
    house.server.publish(event, 'keep');
    expect(await casual.hear()).toBe('>>>\nt=ifstat\nnode=api2\nst=dead\n<<<\n\0');
    expect(await named.hearField('t')).toBe('ifstat');
    sayHello(stranger, '0');
    expect(await stranger.hearField('t')).toBe('hbapi-resp');
  });

  test('with to_id reaches that client alone', async () => {
    await using house = await openHouse();
    const casual = await signedOn(house);
    const named = await signedOn(house, 'tool');
    house.server.publish([text('t', 'hello'), text('to_id', 'tool')], 'keep');
    house.server.publish(event, 'keep');
    expect(await named.hearField('t')).toBe('hello');
    expect(await casual.hearField('t')).toBe('ifstat');
  });

  test('does not reach a client that filters the default kind out', async () => {
    await using house = await openHouse();
    const client = await signedOn(house);
    ask(client, 'setfilter', 'fmask=2');
    expect(await client.hearField('result')).toBe('OK');
    house.server.publish(event, 'keep');
    ask(client, 'numnodes');
    expect(await client.hearField('numnodes')).toBe('2');
  });

  test('of another kind reaches those that asked for it, and no others', async () => {
    await using house = await openHouse();
    const usual = await signedOn(house);
    const tool = await signedOn(house, 'tool');
    ask(tool, 'setfilter', 'fmask=f');
    expect(await tool.hearField('result')).toBe('OK');
    for (const kind of ['no-change', 'dropped', 'duplicate', 'protocol', 'keep'] as const) {
      house.server.publish([text('t', kind)], kind);
    }
    const heard = [];
    for (let count = 0; count < 4; count += 1) heard.push(await tool.hearField('t'));
    expect(heard).toEqual(['no-change', 'dropped', 'duplicate', 'keep']);
    expect(await usual.hearField('t')).toBe('keep');
  });

  test('may be what other clients ask', async () => {
    await using house = await openHouse();
    const watcher = await signedOn(house, 'tool');
    ask(watcher, 'setfilter', 'fmask=10');
    expect(await watcher.hearField('result')).toBe('OK');
    const client = await signedOn(house);
    ask(client, 'numnodes');
    expect(await watcher.hearField('reqtype')).toBe('signon');
    expect(await watcher.hearField('reqtype')).toBe('numnodes');
  });

  test('that is older than what a client knew when it signed on does not reach it', async () => {
    const missing = { node: nodeName('api2'), generation: 16, seq: 32 };
    let incomplete = [missing];
    await using house = await openHouse({ facts: { ...bothUp, incomplete: () => incomplete } });
    const late = await signedOn(house);
    incomplete = [];
    const early = await signedOn(house, 'tool');
    const packet = (hg: string, seq: string, src = 'api2') =>
      [text('t', 'x'), text('src', src), text('hg', hg), text('seq', seq)] as const;
    house.server.publish(packet('10', '1f'), 'keep');
    house.server.publish(packet('f', '21'), 'keep');
    house.server.publish(packet('10', '1f', 'api1'), 'keep');
    house.server.publish(packet('10', '21'), 'keep');
    house.server.publish(packet('11', '2'), 'keep');
    house.server.publish([text('t', 'status'), text('src', 'api2'), text('seq', '1')], 'keep');
    const seqs = async (client: RawClient, count: number): Promise<readonly string[]> => {
      const heard = [];
      while (heard.length < count) heard.push(await client.hearField('seq'));
      return heard;
    };
    expect(await seqs(late, 4)).toEqual(['1f', '21', '2', '1']);
    expect(await seqs(early, 6)).toEqual(['1f', '21', '1f', '21', '2', '1']);
  });

  test('of the debugging kinds is not for ordinary users', async () => {
    const auth = [{ client: 'anon', uids: ['1000'], gids: [] }];
    await using house = await openHouse({ auth, peer: { uid: 1000, gid: 1000 } });
    const client = await house.connect();
    const ids = ['uid=1000', 'gid=1000'];
    client.say('t=hbapi-req', 'reqtype=signon', `pid=${ownPid}`, ...ids);
    expect(await client.hearField('result')).toBe('OK');
    ask(client, 'setfilter', 'fmask=3f');
    expect(await client.hearField('info')).toBe('EPERM');
  });

  test('is not what other nodes ask about clients: that is answered', async () => {
    await using house = await openHouse();
    const client = await signedOn(house, 'tool');
    const query = { from: nodeName('api2'), client: 'tool', asker: '77' };
    house.server.answerQuery(query);
    ask(client, 'numnodes');
    expect(await client.hearField('numnodes')).toBe('2');
    expect(house.submitted.at(-1)).toEqual([
      text('t', 'respond-cstatus'),
      text('dest', 'api2'),
      text('result', 'OK'),
      text('cn', 'tool'),
      text('to_id', '77'),
      text('cs', 'online'),
    ]);
  });
});
