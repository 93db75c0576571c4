/** IPv6addr without the kernel: its arguments, its frames, and the kernel's tables as text. */
import { describe, expect, test } from 'vitest';
import { Announcer } from '../../src/agents/announcer.ts';
import { Ipv6Addr } from '../../src/agents/ipv6addr.ts';
import { parseAddress6Request } from '../../src/agents/ipv6addr-arguments.ts';
import {
  claimantOf6,
  duplicateQuestion,
  neighbourAdvertisement,
} from '../../src/agents/neighbour-discovery.ts';
import type { Network6 } from '../../src/agents/network6.ts';
import { assert } from '../../src/assert.ts';
import { bestRoute6, readAddresses6 } from '../../src/native/inet6.ts';
import { succeed } from '../../src/result.ts';

const hex = '20010db8000000000000000000000001';
const address = Buffer.from(hex, 'hex');
const own = Buffer.from('020000000006', 'hex');
const other = Buffer.from('020000000009', 'hex');

describe('the arguments of IPv6addr', () => {
  const nothing = { prefix: undefined, iface: undefined };

  test.each([
    ['2001:db8:0:0:0:0:0:1', nothing],
    ['2001:db8:0:0:0:0:0:1/64', { ...nothing, prefix: 64 }],
    ['2001:db8:0:0:0:0:0:1/64/eth0', { prefix: 64, iface: 'eth0' }],
    ['2001:DB8:0:0:0:0:0:1/eth0', { ...nothing, iface: 'eth0' }],
    // As haresources parts them at `::`.
    ['2001:db8::1/64/eth0', { prefix: 64, iface: 'eth0' }],
    ['2001:db8:0::1', nothing],
  ])('%s', (text, expected) => {
    const written = text.split('/')[0];

    expect(parseAddress6Request(text.split('::'))).toEqual({
      ok: true,
      value: { address: written, hex, ...expected },
    });
  });

  test.each([
    [[], 'an address is missing'],
    [['172.16.100.1'], '"172.16.100.1" is not an IPv6 address'],
    [['fe80', '1%eth0/64'], '"fe80::1%eth0" is not an IPv6 address'],
    [['2001:db8', '1/129'], '"129" has no place here'],
    [['2001:db8', '1/0/eth0'], '"0" has no place here'],
    [['2001:db8', '1/64/eth0/x'], '"x" has no place here'],
    [['2001:db8', '1/64/eth0:0'], '"eth0:0" has no place here'],
  ])('%j are refused: %s', (args, why) => {
    expect(parseAddress6Request(args)).toMatchObject({
      ok: false,
      reason: expect.stringContaining(why) as unknown,
    });
  });
});

describe('the frames', () => {
  test('an advertisement goes to all nodes, overrides, and says whose address it is', () => {
    const frame = Buffer.from(neighbourAdvertisement(other, address, own)).toString('hex');

    expect(frame).toBe(
      '3333000000010200000000' +
        '0686dd6000000000203aff' +
        `${hex}ff020000000000000000000000000001` +
        `8800f92220000000${hex}0201020000000009`,
    );
  });

  test('the question goes to the group of the address, from nobody', () => {
    const frame = Buffer.from(duplicateQuestion(own, address)).toString('hex');

    expect(frame).toBe(
      '3333ff0000010200000000' +
        '0686dd6000000000183aff' +
        `${'0'.repeat(32)}ff0200000000000000000001ff000001` +
        `87004ced00000000${hex}`,
    );
  });

  test('who advertises the address or asks for it too claims it; nobody else does', () => {
    const elsewhere = Buffer.from('20010db8000000000000000000000002', 'hex');
    const advertised = Buffer.from(neighbourAdvertisement(other, address));
    const forwarded = Buffer.from(advertised);
    forwarded[21] = 254;

    expect(claimantOf6(advertised, address)).toEqual(other);
    expect(claimantOf6(duplicateQuestion(other, address), address)).toEqual(other);
    expect(claimantOf6(advertised, elsewhere)).toBeUndefined();
    expect(claimantOf6(forwarded, address)).toBeUndefined();
    expect(claimantOf6(advertised.subarray(0, 77), address)).toBeUndefined();
    expect(claimantOf6(new Uint8Array(), address)).toBeUndefined();
  });
});

describe("the kernel's tables", () => {
  test('of addresses, with those that it found to be duplicates', () => {
    const text = `${hex} 03 40 00 88     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n\nx\n`;

    expect(readAddresses6(text)).toEqual([
      { iface: 'eth0', hex, prefix: 64, isDuplicate: true },
      { iface: 'lo', hex: `${'0'.repeat(31)}1`, prefix: 128, isDuplicate: false },
    ]);
  });

  test('of routes: the longest that is connected leads to an address', () => {
    const nowhere = '0'.repeat(32);
    const route = (network: string, length: string, flags: string, iface: string): string =>
      `${network.padEnd(32, '0')} ${length} ${nowhere} 00 ${nowhere} 00000100 00000001 00000000 ${flags}     ${iface}`;
    const text = [
      route('', '00', '00000003', 'eth0'),
      route('20010db8', '20', '00000001', 'eth1'),
      route('20010db8', '40', '00000001', 'eth0'),
      route('20010db80000000000000000', '60', '00000003', 'eth2'),
      route(hex, '80', '80200001', 'eth3'),
      route('20010db80000', '30', '00200201', 'lo'),
    ].join('\n');

    expect(bestRoute6(text, hex)).toEqual({ iface: 'eth0', prefix: 64 });
    expect(bestRoute6(text, '20010db9'.padEnd(32, '0'))).toBeUndefined();
  });
});

test('the neighbours are told which other machine has the address', async () => {
  const sent: string[] = [];
  const network: Network6 = {
    addresses: () => Promise.resolve(succeed([])),
    routeTo: () => Promise.resolve(succeed(undefined)),
    bringUp: () => Promise.resolve(succeed('was-up')),
    add: () => Promise.resolve(succeed(undefined)),
    remove: () => Promise.resolve(succeed(undefined)),
    advertise: (...about) => {
      sent.push(about.join(' '));
      return Promise.resolve(succeed('sent'));
    },
    probe: () => Promise.resolve(succeed('02:00:00:00:00:09')),
  };
  const log = (): void => undefined;
  const announcer = new Announcer({ sendArp: network.advertise }, log, 'IPv6addr');
  const request = parseAddress6Request(['2001:db8', '1/64/eth0']);
  assert(request.ok, 'the arguments are right');

  await new Ipv6Addr(network, announcer, log).introduce(request.value);
  announcer.close();

  expect(sent).toEqual([`eth0 ${hex} 02:00:00:00:00:09`]);
});

test('an address that is on another interface too is announced on the one asked for; where it is on another only, a WARN says so', async () => {
  const sent: string[] = [];
  const up: string[] = [];
  const lines: string[] = [];
  let ifaces = ['eth1', 'eth0'];
  const nothing = (): ReturnType<Network6['add']> => Promise.resolve(succeed(undefined));
  const network: Network6 = {
    addresses: () =>
      Promise.resolve(
        succeed(ifaces.map((iface) => ({ hex, iface, prefix: 64, isDuplicate: false }))),
      ),
    routeTo: () => Promise.resolve(succeed(undefined)),
    bringUp: (iface) => {
      up.push(iface);
      return Promise.resolve(succeed('brought-up'));
    },
    add: nothing,
    remove: nothing,
    advertise: (...about) => {
      sent.push(about.join(' '));
      return Promise.resolve(succeed('sent'));
    },
    probe: () => Promise.resolve(succeed(undefined)),
  };
  const announcer = new Announcer({ sendArp: network.advertise }, () => undefined, 'IPv6addr');
  const request = parseAddress6Request(['2001:db8', '1/64/eth0']);
  assert(request.ok, 'the arguments are right');
  const agent = new Ipv6Addr(
    network,
    announcer,
    ({ level, text }) => void lines.push(`${level}: ${text}`),
  );

  expect(await agent.start(request.value)).toEqual({ kind: 'done' });
  ifaces = ['eth1'];
  expect(await agent.start(request.value)).toEqual({ kind: 'done' });
  announcer.close();

  expect(up).toEqual(['eth0', 'eth1']);
  expect(sent.map((one) => one.split(' ')[0])).toEqual(['eth0', 'eth1']);
  expect(lines.filter((line) => line.startsWith('WARN'))).toEqual([
    'WARN: IPv6addr: 2001:db8::1 is on eth1 already, although eth0 is asked for',
  ]);
});
