import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { parseAddressRequest } from '../../src/agents/ipaddr-arguments.ts';

const nothing = {
  agent: 'IPaddr',
  prefix: undefined,
  iface: undefined,
  label: undefined,
  broadcast: undefined,
};

describe('the arguments of IPaddr', () => {
  test.each([
    ['10.1.1.50', {}],
    ['10.0.0.50/24', { prefix: 24 }],
    ['192.168.88.140/255.255.255.0', { prefix: 24 }],
    ['10.0.0.50/255.255.255.255', { prefix: 32 }],
    ['10.0.0.50/128.0.0.0', { prefix: 1 }],
    ['172.16.100.1/16/eth0', { prefix: 16, iface: 'eth0' }],
    ['10.0.30.15//8/eth0:10', { prefix: 8, iface: 'eth0' }],
    ['10.251.2.2/eth0:0', { iface: 'eth0' }],
    ['192.168.60.200/24/eth0/', { prefix: 24, iface: 'eth0' }],
    ['192.168.93.200/24/enp0s3:0', { prefix: 24, iface: 'enp0s3' }],
    ['192.168.79.135/24/eth0:设置虚拟IP', { prefix: 24, iface: 'eth0' }],
    ['192.0.2.7/24/192.0.2.210', { prefix: 24, broadcast: '192.0.2.210' }],
    ['192.0.2.7/24/eth0/192.0.2.210', { prefix: 24, iface: 'eth0', broadcast: '192.0.2.210' }],
    ['192.0.2.7/255.255.255.0/192.0.2.210', { prefix: 24, broadcast: '192.0.2.210' }],
    ['192.0.2.164/32/eth0:0/192.0.2.164', { prefix: 32, iface: 'eth0', broadcast: '192.0.2.164' }],
    ['10.0.0.3/24/bond0.100', { prefix: 24, iface: 'bond0.100' }],
  ])('%s', (text, expected) => {
    const address = text.split('/')[0];

    expect(parseAddressRequest([text])).toEqual({
      ok: true,
      value: { address, ...nothing, ...expected },
    });
  });

  test.each([
    [[], 'an address is missing'],
    [['10.0.0.1', '24'], 'one argument expected'],
    [[''], '"" is not an IPv4 address'],
    [['172.16.100.300/16/eth0'], '"172.16.100.300" is not an IPv4 address'],
    [['fe80::1/64'], '"fe80::1" is not an IPv4 address'],
    [['<your'], '"<your" is not an IPv4 address'],
    [['10.0.0.1/0'], '"0" is not a prefix length'],
    [['10.0.0.1/33/eth0'], '"33" is not a prefix length'],
    [['10.0.0.1/255.0.255.0'], '"255.0.255.0" is not a netmask'],
    [['10.0.0.1/0.0.0.0'], '"0.0.0.0" is not a netmask'],
    [['10.0.0.1/0.0.0.255'], '"0.0.0.255" is not a netmask'],
    [['10.0.0.1/eth0/24'], '"24" has no place here'],
    [['10.0.0.1/24/16'], '"16" has no place here'],
    [['10.0.0.1/24/eth0/eth1'], '"eth1" has no place here'],
    [['10.0.0.1/24/10.0.0.255/eth0'], '"eth0" has no place here'],
    [['10.0.0.1/24/10.0.0.255/10.0.0.254'], '"10.0.0.254" is a second broadcast address'],
    [['10.0.0.1/24/:0'], '":0" is neither an interface name nor an address'],
    [['10.0.0.1/24/a-name-of-16-byte'], 'is neither an interface name nor an address'],
    [['10.0.0.1/24/e th'], '"e th" is neither an interface name nor an address'],
  ])('%j are refused: %s', (args, why) => {
    const parsed = parseAddressRequest(args);

    expect(parsed.ok ? '' : parsed.reason).toContain(why);
  });

  test.each([
    ['10.0.0.3/24/eth0:web', { prefix: 24, iface: 'eth0', label: 'eth0:web' }],
    ['10.0.0.3/24/eth0', { prefix: 24, iface: 'eth0' }],
    ['10.0.0.3/24/eth0:', { prefix: 24, iface: 'eth0' }],
    [
      '10.0.0.3//24/eth0:0/10.0.0.9',
      { prefix: 24, iface: 'eth0', label: 'eth0:0', broadcast: '10.0.0.9' },
    ],
  ])('of IPaddr2 have a label: %s', (text, expected) => {
    expect(parseAddressRequest([text], 'IPaddr2')).toEqual({
      ok: true,
      value: { ...nothing, agent: 'IPaddr2', address: '10.0.0.3', ...expected },
    });
  });

  test('of IPaddr2 are refused where the label is too long', () => {
    const text = '10.0.0.3/24/eth0:0123456789ab';

    expect(parseAddressRequest([text], 'IPaddr2')).toEqual({
      ok: false,
      reason: '"eth0:0123456789ab" is no label: it has more than 15 bytes, or a blank',
    });
    expect(parseAddressRequest([text])).toMatchObject({ value: { iface: 'eth0' } });
  });

  test('make a usable request or a reason, whatever they are', () => {
    const part = fc.oneof(
      fc.constantFrom('', '24', '255.255.0.0', 'eth0', 'eth0:1', '10.0.0.255'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.ipV4(), fc.array(part, { maxLength: 5 }), (address, parts) => {
        const parsed = parseAddressRequest([[address, ...parts].join('/')]);
        if (!parsed.ok) expect(parsed.reason).not.toBe('');
        const { prefix = 1, iface = 'eth0' } = parsed.ok ? parsed.value : {};
        expect(Number.isInteger(prefix) && prefix >= 1 && prefix <= 32).toBe(true);
        expect(iface).toMatch(/^[^\s/:]{1,15}$/);
      }),
    );
  });
});
