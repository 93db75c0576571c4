import { describe, expect, test } from 'vitest';
import { arpProbe, claimantOf, gratuitousArp } from '../../src/agents/arp.ts';

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

test("another machine's address is told in frames of our own", () => {
  const hardware = Buffer.from('726a21ab03d1', 'hex');
  const own = Buffer.from('020000000001', 'hex');

  const [frame = new Uint8Array()] = gratuitousArp(hardware, Buffer.from([172, 16, 100, 10]), own);

  expect(Buffer.from(frame).toString('hex')).toBe(
    `ffffffffffff02000000000108060001080006040001${sender}000000000000ac10640a`,
  );
});

test('a probe is a request of no address, to all', () => {
  const hardware = Buffer.from('726a21ab03d1', 'hex');

  const frame = arpProbe(hardware, Buffer.from([172, 16, 100, 10]));

  expect(Buffer.from(frame).toString('hex')).toBe(
    `${head}0001726a21ab03d100000000000000000000ac10640a`,
  );
});

describe('an address is claimed by', () => {
  const other = '0232e33421f3';
  const start = `ffffffffffff${other}0806000108000604`;
  const claimant = (hex: string): string | undefined => {
    const bytes = claimantOf(Buffer.from(hex, 'hex'), Buffer.from([172, 16, 100, 10]));
    return bytes && Buffer.from(bytes).toString('hex');
  };

  test.each([
    ['who answers for it', `${start}0002${other}ac10640a726a21ab03d100000000`],
    ['who announces it by a request', `${start}0001${other}ac10640a000000000000ac10640a`],
    ['who announces it by a reply', `${start}0002${other}ac10640a${other}ac10640a`],
    ['who speaks as that address to another', `${start}0001${other}ac10640a000000000000ac106406`],
    ['who probes for it', `${start}0001${other}00000000000000000000ac10640a`],
    ['who pads the frame', `${start}0002${other}ac10640a726a21ab03d100000000${'00'.repeat(18)}`],
  ])('%s', (_, frame) => {
    expect(claimant(frame)).toBe(other);
  });

  test.each([
    ['who looks for it', `${start}0001${other}ac106406000000000000ac10640a`],
    ['who has another address', `${start}0002${other}ac106406726a21ab03d100000000`],
    ['who probes for another', `${start}0001${other}00000000000000000000ac106406`],
    ['a reply without a sender', `${start}0002${other}00000000000000000000ac10640a`],
    ['a frame cut short', `${start}0002${other}ac10640a726a21ab03d1000000`],
    [
      'another kind of hardware',
      `${start.replace('06000108', '06000608')}0002${other}ac10640a`.padEnd(84, '0'),
    ],
    ['nothing', ''],
  ])('not by %s', (_, frame) => {
    expect(claimant(frame)).toBeUndefined();
  });
});
