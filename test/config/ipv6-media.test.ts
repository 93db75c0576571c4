/** mcast6 and ucast6 of ha.cf (spec config 5): which addresses they take, and what they become. */
import { describe, expect, test } from 'vitest';
import { isGroup, isPeer6 } from '../../src/config/medium-addresses.ts';

describe('an IPv6 group', () => {
  test.each(['ff12::1:2:3:4', 'ff02::694', 'FF05::1', 'ff18:0:0:0:0:0:0:1', 'ff14::1.2.3.4'])(
    '%s can be joined',
    (group) => {
      expect(isGroup('mcast6', group)).toBe(true);
    },
  );

  test.each([
    ['fe80::1', 'is no group'],
    ['ff01::1', 'stays on the machine'],
    ['ff0e::1', 'goes round the world'],
    ['ff22::1', 'has a flag of another kind'],
    ['ff12::', 'is nobody'],
    ['ff12', 'is no address'],
    ['ff12:::1', 'is no address'],
    ['ff12::1::2', 'is no address'],
    ['ff12::12345', 'is no address'],
    ['ff12::1.2.3.256', 'is no address'],
    ['225.0.0.15', 'is an IPv4 group'],
  ])('%s %s', (group) => {
    expect(isGroup('mcast6', group)).toBe(false);
  });
});

describe('an IPv6 peer', () => {
  test.each([
    'fe80::1%eth0',
    'fd00::7',
    '2001:DB8::2',
    '1:2:3:4:5:6:7:8',
    '::2',
    '::ffff:10.0.0.1',
  ])('%s can be sent to', (host) => {
    expect(isPeer6(host)).toBe(true);
  });

  test.each([
    'ff02::1',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fe80::1%',
    'fe80::1%a%b',
    '10.0.0.1',
    'host',
    '',
  ])('"%s" cannot', (host) => {
    expect(isPeer6(host)).toBe(false);
  });
});
