import { describe, expect, test } from 'vitest';
import { echoRequest, readReply } from '../../src/native/icmp.ts';
import { ipv6Bytes, scopeOf } from '../../src/native/ipv6.ts';
import { bytesOf, positive } from '../message/vectors.ts';

const identifier = 0x0397;

function vector(id: string): Buffer {
  const found = positive.find((one) => one.id === id);
  return Buffer.from(found === undefined ? [] : bytesOf(found));
}

describe('an echo request', () => {
  test('has the header that C gives it (p045)', () => {
    const packet = echoRequest(8, { identifier, sequence: 0, payload: vector('p045') });
    expect(packet.subarray(0, 8).toString('hex')).toBe('0800771e97030000');
    expect(packet.subarray(8)).toEqual(vector('p045'));
  });

  test('has a checksum over an odd number of bytes as well', () => {
    const packet = echoRequest(8, { identifier: 0, sequence: 0, payload: Uint8Array.of(1) });
    expect(packet.toString('hex')).toBe('0800f6ff0000000001');
  });
});

describe('an echo reply', () => {
  const header = Buffer.from('00007f1e97030000', 'hex');
  const reply = Buffer.concat([header, vector('p046')]);

  test('is read from what the C vectors have (p046)', () => {
    expect(readReply(reply, 0, identifier)).toEqual({
      sequence: 0,
      payload: Uint8Array.from(vector('p046')),
    });
  });

  test.each([
    ['of another program', reply, 0x0398],
    ['that is a request', Buffer.concat([Buffer.from([8]), reply.subarray(1)]), identifier],
    ['that is cut short', reply.subarray(0, 7), identifier],
    ['without a byte', Buffer.alloc(0), identifier],
  ])('%s is none', (_, bytes, id) => {
    expect(readReply(bytes, 0, id)).toBeUndefined();
  });
});

describe('the bytes of an IPv6 address', () => {
  test.each([
    ['::', '00'.repeat(16)],
    ['::1', `${'00'.repeat(15)}01`],
    ['2001:db8::2', '20010db8000000000000000000000002'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
    ['2001:db8::', '20010db8000000000000000000000000'],
  ])('%s', (text, hex) => {
    expect(ipv6Bytes(text)?.toString('hex')).toBe(hex);
  });

  test('a name is none, and the interface stands behind %', () => {
    expect(ipv6Bytes('router')).toBeUndefined();
    expect(ipv6Bytes('10.0.0.1')).toBeUndefined();
    expect(scopeOf('fe80::1%eth0')).toBe('eth0');
    expect(scopeOf('fe80::1')).toBeUndefined();
  });
});
