import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PingSpec } from '../../src/transport/ping.ts';
import { Station, buildStation, plugCable } from './namespaces.ts';

let built: Awaited<ReturnType<typeof buildStation>>;
let node: Station;
let router: Station;

beforeAll(async () => {
  built = await buildStation();
});
afterAll(() => built.remove());
beforeEach(async () => {
  [node, router] = await Promise.all([Station.start(built.program), Station.start(built.program)]);
  await plugCable(node, router, 'eth0', 1);
});
afterEach(async () => {
  await Promise.all([node.stop(), router.stop()]);
});

const single: PingSpec = { kind: 'ping', name: '10.1.0.2', hosts: ['10.1.0.2'] };

async function open(...pings: readonly PingSpec[]): Promise<void> {
  expect(await node.ask({ ask: 'open-pings', pings })).toBe('opened');
}

const ping = (name: string, text: string): Promise<unknown> =>
  node.ask({ ask: 'ping', node: name, text });

test('what was sent comes back once, on the link of the ping node', async () => {
  await open(single);
  expect(node.lines).toContain('info: glib: ping heartbeat started.');
  await ping('10.1.0.2', 'first');
  await node.hears('first');
  await ping('10.1.0.2', 'second');
  await node.hears('second');

  expect(node.heard).toEqual([
    { link: '10.1.0.2', text: 'first' },
    { link: '10.1.0.2', text: 'second' },
  ]);
});

test('nothing comes back while the host does not answer, and again when it does', async () => {
  await open(single);
  await router.answersPings(false);
  await ping('10.1.0.2', 'lost');
  await router.answersPings(true);
  await ping('10.1.0.2', 'heard');
  await node.hears('heard');

  expect(node.linksOf('lost')).toEqual([]);
});

test('a group answers once, as long as one of its members is there', async () => {
  await router.ip('addr', 'add', '10.1.0.3/24', 'dev', 'eth0');
  await open({ kind: 'ping_group', name: 'routers', hosts: ['10.1.0.2', '10.1.0.3', '10.1.0.9'] });
  await ping('routers', 'both');
  await node.hears('both');
  await router.ip('addr', 'del', '10.1.0.3/24', 'dev', 'eth0');
  await ping('routers', 'one');
  await node.hears('one');

  expect(node.heard).toEqual([
    { link: 'routers', text: 'both' },
    { link: 'routers', text: 'one' },
  ]);
});

test('a node may ping itself: its own request is not taken for the answer', async () => {
  await node.ip('link', 'set', 'lo', 'up');
  await open({ kind: 'ping', name: '127.0.0.1', hosts: ['127.0.0.1'] });
  await ping('127.0.0.1', 'self');
  await node.hears('self');
  await ping('127.0.0.1', 'again');
  await node.hears('again');

  expect(node.linksOf('self')).toEqual(['127.0.0.1']);
});

test('an IPv6 ping node answers too', async () => {
  await Promise.all([
    node.ip('addr', 'add', 'fd00::1/64', 'dev', 'eth0', 'nodad'),
    router.ip('addr', 'add', 'fd00::2/64', 'dev', 'eth0', 'nodad'),
  ]);
  await open(single, { kind: 'ping6', name: 'fd00::2', hosts: ['fd00::2'] });
  await ping('fd00::2', 'six');
  await node.hears('six');
  await ping('10.1.0.2', 'four');
  await node.hears('four');

  expect(node.linksOf('six')).toEqual(['fd00::2']);
});

test('pings of others are not taken for answers', async () => {
  await open(single);
  const back: PingSpec = { kind: 'ping', name: '10.1.0.1', hosts: ['10.1.0.1'] };
  expect(await router.ask({ ask: 'open-pings', pings: [back] })).toBe('opened');
  await router.ask({ ask: 'ping', node: '10.1.0.1', text: 'theirs' });
  await router.hears('theirs');
  await ping('10.1.0.2', 'ours');
  await node.hears('ours');

  expect(node.heard).toEqual([{ link: '10.1.0.2', text: 'ours' }]);
});

test('what cannot be sent is told in words, and harms nothing', async () => {
  await open({ kind: 'ping', name: '192.0.2.1', hosts: ['192.0.2.1'] }, single);
  await ping('192.0.2.1', 'nowhere');
  await ping('10.1.0.2', 'here');
  await node.hears('here');

  const failure = 'ERROR: write_child: write failure on ping 192.0.2.1.: Network is unreachable';
  expect(node.lines).toContain(failure);
});

test('a host that nobody knows is told, and does not hold up the others', async () => {
  await open(single, {
    kind: 'ping',
    name: 'no.such.host.invalid',
    hosts: ['no.such.host.invalid'],
  });
  expect(node.lines).toContain(
    'WARN: ping no.such.host.invalid: unknown host: no.such.host.invalid; it is looked up again every 10 s',
  );
  await ping('no.such.host.invalid', 'nowhere');
  await ping('10.1.0.2', 'here');
  await node.hears('here');
});
