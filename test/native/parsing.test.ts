import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { readAddresses } from '../../src/native/address-messages.ts';
import { ipv4Bytes, ipv4Text, lastAddress } from '../../src/native/ipv4.ts';
import { decodeAttributes, encodeRequest } from '../../src/native/netlink.ts';
import { bestRoute } from '../../src/native/routes.ts';

describe('the table of routes', () => {
  const table = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t016410AC\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t000010AC\t00000000\t0001\t0\t0\t100\t0000FFFF\t0\t0\t0',
    'eth1\t000010AC\t00000000\t0001\t0\t0\t50\t0000FFFF\t0\t0\t0',
    'eth2\t006410AC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'eth3\t0A6410AC\t00000000\t0000\t0\t0\t0\tFFFFFFFF\t0\t0\t0',
    '*\t0000A8C0\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0',
    'cut off',
    '',
  ].join('\n');
  const through = (address: string): unknown => {
    const { iface, prefix, connected } = bestRoute(table, address) ?? {};
    return [iface, prefix, connected];
  };

  test('gives the longest prefix, then the lowest metric', () => {
    expect(through('172.16.100.10')).toEqual(['eth2', 24, true]);
    expect(through('172.16.5.5')).toEqual(['eth1', 16, true]);
    expect(through('8.8.8.8')).toEqual(['eth0', 0, false]);
  });

  test('passes over routes that are down, that refuse, and lines that are broken', () => {
    expect(through('192.168.1.1')).toEqual(['eth0', 0, false]);
    expect(bestRoute('', '10.0.0.1')).toBeUndefined();
    expect(bestRoute(table, 'nowhere')).toBeUndefined();
  });

  test('of any text at all makes no trouble', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const route = bestRoute(`header\n${text}`, '10.0.0.1');
        expect(route === undefined || route.prefix <= 32).toBe(true);
      }),
    );
  });
});

describe('attributes', () => {
  test('of a request are read back as they were', () => {
    const attribute = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.uint8Array({ maxLength: 40 }));
    const unique = fc.uniqueArray(attribute, { selector: ([type]) => type, maxLength: 8 });
    fc.assert(
      fc.property(unique, (attributes) => {
        const header = Buffer.alloc(8);
        const bytes = encodeRequest({ type: 20, flags: 0, header, attributes });
        const read = decodeAttributes(bytes.subarray(24));

        expect(bytes.readUInt32LE(0)).toBe(bytes.length);
        expect([...read].map(([type, value]) => [type, [...value]])).toEqual(
          attributes.map(([type, value]) => [type, [...value]]),
        );
      }),
    );
  });

  test('of any bytes at all stay within them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const payload = Buffer.from(bytes);
        const total = [...decodeAttributes(payload).values()].reduce(
          (sum, { length }) => sum + length,
          0,
        );

        expect(total).toBeLessThanOrEqual(bytes.length);
        expect(readAddresses([{ type: 20, payload }]).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('an address', () => {
  test('of four bytes is text and bytes again', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(ipv4Text(ipv4Bytes(text) ?? Buffer.alloc(4))).toBe(text);
      }),
    );
  });

  test.each([
    ['172.16.100.6', 16, '172.16.255.255'],
    ['10.1.2.3', 24, '10.1.2.255'],
    ['10.1.2.3', 32, '10.1.2.3'],
    ['10.1.2.3', 0, '255.255.255.255'],
    ['200.1.2.3', 1, '255.255.255.255'],
  ])('%s/%i has the last address %s', (address, prefix, last) => {
    expect(lastAddress(address, prefix)).toBe(last);
  });
});
