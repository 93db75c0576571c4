import { expect, test } from 'vitest';
import { gratuitousArp } from '../../src/agents/arp.ts';

// The frames of send_arp for 172.16.100.10 from 72:6a:21:ab:03:d1, as tcpdump saw them.
const head = 'ffffffffffff726a21ab03d10806000108000604';
const sender = '726a21ab03d1ac10640a';

test('a gratuitous ARP is a request with an empty target and a reply to ourselves', () => {
  const hardware = Buffer.from('726a21ab03d1', 'hex');

  const frames = gratuitousArp(hardware, Buffer.from([172, 16, 100, 10]));

  expect(frames.map((frame) => Buffer.from(frame).toString('hex'))).toEqual([
    `${head}0001${sender}000000000000ac10640a`,
    `${head}0002${sender}726a21ab03d1ac10640a`,
  ]);
});
