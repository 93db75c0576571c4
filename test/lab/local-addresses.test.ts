import { describe, expect, test } from 'vitest';
import { hasAddress, parseLocalAddresses } from '../../lab/local-addresses.ts';

/** A part of /proc/net/fib_trie of a host with 172.16.100.6 and 172.16.100.1. */
const trie = `Local:
  +-- 0.0.0.0/0 3 0 5
     +-- 172.16.0.0/16 2 0 2
        |-- 172.16.0.0
           /16 link UNICAST
        +-- 172.16.100.0/29 2 0 2
           |-- 172.16.100.1
              /32 host LOCAL
           |-- 172.16.100.6
              /32 host LOCAL
        |-- 172.16.255.255
           /32 link BROADCAST
`;

describe('the addresses of a host', () => {
  test('are those that the kernel calls local, not its networks or broadcasts', () => {
    expect([...parseLocalAddresses(trie)]).toEqual(['172.16.100.1', '172.16.100.6']);
  });

  test('of this machine include the loopback address', async () => {
    expect(await hasAddress(process.pid, '127.0.0.1')).toBe(true);
  });

  test('are none when its power is off', async () => {
    expect(await hasAddress(undefined, '127.0.0.1')).toBe(false);
  });
});
