import { describe, expect, test } from 'vitest';
import { linkFlags, readAddresses, readProbe, readRoute } from '../../src/agents/ip-command.ts';

// As printed by iproute2 6.1.
const eth1 =
  '[{"ifindex":3,"link":"eth1p","ifname":"eth1","flags":["UP"],"mtu":1500,"addr_info":[' +
  '{"family":"inet","local":"10.5.0.1","prefixlen":24,"broadcast":"10.5.0.255","scope":"global","label":"eth1"},' +
  '{"family":"inet","local":"10.5.0.7","prefixlen":32,"scope":"global","secondary":true,"label":"eth1:0"}]}]';
const connected =
  '{"dst":"10.5.0.0/24","dev":"eth1","protocol":"kernel","scope":"link","prefsrc":"10.5.0.1","flags":[]}';
const gateway = '{"dst":"default","gateway":"10.5.0.254","dev":"eth1","flags":[]}';

describe('what ip prints is read as', () => {
  test('addresses, with and without a broadcast address', () => {
    expect(readAddresses(eth1)).toEqual({
      ok: true,
      value: [
        {
          iface: 'eth1',
          index: 3,
          label: 'eth1',
          address: '10.5.0.1',
          prefix: 24,
          broadcast: '10.5.0.255',
        },
        {
          iface: 'eth1',
          index: 3,
          label: 'eth1:0',
          address: '10.5.0.7',
          prefix: 32,
          broadcast: undefined,
        },
      ],
    });
  });

  test.each([
    ['the most specific route', [gateway, connected], { prefix: 24, connected: true }],
    ['a route through a gateway', [gateway], { prefix: 0, connected: false }],
    ['a route to one host', ['{"dst":"10.5.0.9","dev":"eth1"}'], { prefix: 32, connected: true }],
  ])('%s', (_, routes, expected) => {
    expect(readRoute(`[${routes.join()}]`)).toEqual({
      ok: true,
      value: { iface: 'eth1', ...expected },
    });
  });

  test('nothing, where it prints nothing', () => {
    expect(readAddresses('')).toEqual({ ok: true, value: [] });
    expect(readRoute('[]')).toEqual({ ok: true, value: undefined });
  });

  test.each(['{', '{}', 'Object "x" is unknown'])('a failure: %s', (text) => {
    expect(readAddresses(text).ok).toBe(false);
    expect(readRoute(text).ok).toBe(false);
  });

  test('nothing, where its parts are not what they should be', () => {
    expect(readAddresses('[1,{"addr_info":[{}]},{"ifname":1,"ifindex":2}]')).toEqual({
      ok: true,
      value: [],
    });
    expect(readRoute('[{"dev":1}]')).toEqual({ ok: true, value: undefined });
  });
});

test('the flags of an interface are those that ip prints', () => {
  expect([...linkFlags(eth1)]).toEqual(['UP']);
  expect([...linkFlags('[{"flags":"UP"}]')]).toEqual([]);
  expect([...linkFlags('{')]).toEqual([]);
});

describe('what arping says of an address', () => {
  const ends = (code: number, output: string): ReturnType<typeof readProbe> =>
    readProbe({ kind: 'exited', code, output });

  test('is who has it', () => {
    const text =
      'ARPING 10.0.0.2 from 0.0.0.0 eth0\nUnicast reply from 10.0.0.2 [02:32:E3:34:21:F3]';
    expect(ends(1, text)).toEqual({ ok: true, value: '02:32:e3:34:21:f3' });
  });

  test('is that nobody has it', () => {
    expect(ends(0, 'Sent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n')).toEqual({
      ok: true,
      value: undefined,
    });
  });

  test.each([
    ['its failure', 2, 'Interface "eth0" is down'],
    ['the words of another program', 0, '60 bytes from 02:32:e3:34:21:f3 (10.0.0.2): index=0'],
  ])('is not known from %s', (_, code, text) => {
    expect(ends(code, text)).toEqual({ ok: false, reason: `arping: exited ${String(code)}` });
  });

  test('is not known when it does not end', () => {
    expect(readProbe({ kind: 'timed-out' })).toEqual({ ok: false, reason: 'arping: timed-out' });
  });
});
