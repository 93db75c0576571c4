import { describe, expect, test } from 'vitest';
import type { AddressRequest } from '../../src/agents/ipaddr-arguments.ts';
import { placeAddress } from '../../src/agents/ipaddr-placement.ts';
import type { InterfaceAddress } from '../../src/native/network.ts';
import { type Held, held } from './fake-network.ts';

const host: readonly Held[] = [
  { iface: 'lo', address: '127.0.0.1', prefix: 8 },
  { iface: 'eth0', address: '172.16.100.6', prefix: 16 },
  { iface: 'eth1', address: '10.5.0.1', prefix: 24 },
];

function asked(address: string, rest: Partial<AddressRequest> = {}): AddressRequest {
  const open = { prefix: undefined, iface: undefined, label: undefined, broadcast: undefined };
  return { agent: 'IPaddr', address, ...open, ...rest };
}

function listed(...more: readonly Held[]): readonly InterfaceAddress[] {
  return [...host, ...more].map(held);
}

const viaEth0 = { iface: 'eth0', prefix: 16, connected: true };

describe('an address of IPaddr2', () => {
  test('has a label only when one is given, and the broadcast address of the interface', () => {
    const neighbour = { ...viaEth0, iface: 'eth9' };
    const addresses = listed({
      iface: 'eth9',
      address: '172.16.100.7',
      prefix: 16,
      broadcast: '172.16.255.255',
    });
    const bare = { iface: 'eth9', address: '172.16.100.1', broadcast: '172.16.255.255' };
    const place = (rest: Partial<AddressRequest>): unknown =>
      placeAddress(asked('172.16.100.1', { agent: 'IPaddr2', ...rest }), addresses, neighbour);

    expect(place({})).toEqual({ ok: true, value: { ...bare, prefix: 16 } });
    expect(place({ prefix: 24, iface: 'eth9', label: 'eth9:web' })).toEqual({
      ok: true,
      value: { ...bare, prefix: 24, label: 'eth9:web' },
    });
  });

  test('has no broadcast address in a network that the interface is not in', () => {
    const request = asked('10.9.9.9', { agent: 'IPaddr2', prefix: 24, iface: 'eth0' });

    expect(placeAddress(request, listed(), undefined)).toEqual({
      ok: true,
      value: { iface: 'eth0', address: '10.9.9.9', prefix: 24 },
    });
  });
});

describe('an address', () => {
  test('goes to the interface of the connected route, with its prefix', () => {
    expect(placeAddress(asked('172.16.100.1'), listed(), viaEth0)).toEqual({
      ok: true,
      value: {
        iface: 'eth0',
        address: '172.16.100.1',
        prefix: 16,
        broadcast: '172.16.255.255',
        label: 'eth0:0',
      },
    });
  });

  test('goes to the interface of its network when there is no route, its link being down', () => {
    expect(placeAddress(asked('10.5.0.9'), listed(), undefined)).toMatchObject({
      value: { iface: 'eth1', prefix: 24, broadcast: '10.5.0.255', label: 'eth1:0' },
    });
  });

  test('prefers the smallest of the networks that hold it', () => {
    const addresses = listed({ iface: 'eth2', address: '10.0.0.1', prefix: 8 });

    expect(placeAddress(asked('10.5.0.9'), addresses, undefined)).toMatchObject({
      value: { iface: 'eth1', prefix: 24 },
    });
  });

  test('stays on the interface asked for, though the route is elsewhere', () => {
    const request = asked('172.16.100.1', { iface: 'eth1', prefix: 24 });

    expect(placeAddress(request, listed(), viaEth0)).toMatchObject({
      value: { iface: 'eth1', prefix: 24, broadcast: '172.16.100.255' },
    });
  });

  test('takes the broadcast address that was given', () => {
    const request = asked('172.16.100.1', { prefix: 24, broadcast: '172.16.100.210' });

    expect(placeAddress(request, listed(), viaEth0)).toMatchObject({
      value: { iface: 'eth0', prefix: 24, broadcast: '172.16.100.210' },
    });
  });

  test.each([31, 32])('has no broadcast address in a /%i', (prefix) => {
    const place = placeAddress(asked('192.0.2.5', { prefix, iface: 'eth0' }), listed(), undefined);

    expect(place).toMatchObject({ ok: true, value: { prefix } });
    expect(place.ok && 'broadcast' in place.value).toBe(false);
  });

  test('gets the lowest free label of its interface', () => {
    const addresses = listed(
      { iface: 'eth0', address: '172.16.100.2', prefix: 16, label: 'eth0:0' },
      { iface: 'eth0', address: '172.16.100.3', prefix: 16, label: 'eth0:2' },
      { iface: 'eth1', address: '10.5.0.2', prefix: 24, label: 'eth1:1' },
    );

    expect(placeAddress(asked('172.16.100.1'), addresses, viaEth0)).toMatchObject({
      value: { label: 'eth0:1' },
    });
  });

  test('gets no label when that would be too long for the kernel', () => {
    const place = placeAddress(
      asked('10.0.0.1', { iface: 'enp0s20f0u1u23', prefix: 24 }),
      listed(),
      undefined,
    );

    expect(place.ok && 'label' in place.value).toBe(false);
  });

  test.each([
    ['no route at all', asked('192.0.2.5'), undefined],
    ['a route through a gateway', asked('192.0.2.5'), { ...viaEth0, prefix: 0, connected: false }],
    ['an interface in another network', asked('192.0.2.5', { iface: 'eth0' }), undefined],
    ['a route on another interface', asked('172.16.100.1', { iface: 'eth1' }), viaEth0],
  ])('is refused with %s', (_, request, route) => {
    expect(placeAddress(request, listed(), route).ok).toBe(false);
  });
});
