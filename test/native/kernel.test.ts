import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NewAddress } from '../../src/native/network.ts';
import { Station, buildStation, plugCable } from '../transport/namespaces.ts';

const service: NewAddress = {
  iface: 'eth0',
  address: '10.1.0.100',
  prefix: 24,
  broadcast: '10.1.0.255',
  label: 'eth0:0',
};

let built: Awaited<ReturnType<typeof buildStation>>;
let one: Station;
let other: Station;

beforeAll(async () => {
  built = await buildStation();
});
afterAll(() => built.remove());
beforeEach(async () => {
  [one, other] = await Promise.all([Station.start(built.program), Station.start(built.program)]);
  await plugCable(one, other, 'eth0', 1);
});
afterEach(async () => {
  await Promise.all([one.stop(), other.stop()]);
});

describe('addresses', () => {
  test('are listed with interface, label, prefix and broadcast, also when the interface is down', async () => {
    await one.ipBatch('link set eth0 down', 'addr add 10.9.0.1/32 dev eth0 label eth0:7');
    const ip = await one.ip('-o', 'link', 'show', 'eth0');
    const index = Number(ip.split(':')[0]);

    const iface = 'eth0';
    const own = { address: '10.1.0.1', prefix: 24, broadcast: '10.1.0.255', label: iface };
    const alias = { address: '10.9.0.1', prefix: 32, broadcast: undefined, label: 'eth0:7' };
    expect(await one.ask({ ask: 'addresses' })).toEqual({
      ok: true,
      value: [
        { iface, index, ...own },
        { iface, index, ...alias },
      ],
    });
  });

  test('are all listed, however many parts the answer has', async () => {
    const many = Array.from(
      { length: 1_500 },
      (_, n) => `addr add 10.20.${String(n >> 8)}.${String(n & 255)}/32 dev eth0`,
    );
    await one.ipBatch(...many);

    expect(await one.ask({ ask: 'addresses' })).toMatchObject({
      ok: true,
      value: { length: 1_501 },
    });
  });

  test('are added as ip(8) shows them: label, prefix and broadcast', async () => {
    const added = await one.ask({ ask: 'add-address', address: service });

    expect(added).toEqual({ ok: true, value: 'added' });
    expect(await one.ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).toMatch(
      /inet 10\.1\.0\.100\/24 brd 10\.1\.0\.255 scope global secondary eth0:0/,
    );
  });

  test('are added once', async () => {
    await one.ask({ ask: 'add-address', address: service });

    expect(await one.ask({ ask: 'add-address', address: service })).toEqual({
      ok: true,
      value: 'present',
    });
  });

  test('without label and broadcast get the name of the interface and none', async () => {
    await one.ask({
      ask: 'add-address',
      address: { iface: 'eth0', address: '10.9.0.1', prefix: 32 },
    });

    expect(await one.ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).toMatch(
      /inet 10\.9\.0\.1\/32 scope global eth0\W/,
    );
  });

  test('are deleted, once', async () => {
    await one.ask({ ask: 'add-address', address: service });

    expect(await one.ask({ ask: 'delete-address', address: service })).toEqual({
      ok: true,
      value: 'deleted',
    });
    expect(await one.ip('-4', '-o', 'addr', 'show', 'dev', 'eth0')).not.toContain('10.1.0.100');
    expect(await one.ask({ ask: 'delete-address', address: service })).toEqual({
      ok: true,
      value: 'absent',
    });
  });

  test('on an interface that does not exist cannot be added, and need not be deleted', async () => {
    const address = { ...service, iface: 'eth7' };

    expect(await one.ask({ ask: 'add-address', address })).toEqual({
      ok: false,
      reason: 'No such device',
    });
    expect(await one.ask({ ask: 'delete-address', address })).toEqual({
      ok: true,
      value: 'absent',
    });
  });

  test.each([
    ['no address', { ...service, address: 'here' }, 'here is no IPv4 address'],
    ['a prefix beyond 32', { ...service, prefix: 33 }, '33 is no length of a prefix'],
    ['a label that is too long', { ...service, label: 'eth0:0123456789ab' }, /range|argument/i],
  ])('with %s are refused with words', async (_what, address, reason) => {
    expect(await one.ask({ ask: 'add-address', address })).toEqual({
      ok: false,
      reason: expect.stringMatching(reason) as unknown,
    });
  });
});

describe('routes', () => {
  test('lead through the interface that the kernel would take, whoever holds the address', async () => {
    await one.ipBatch('route add default via 10.1.0.2', 'route add 10.5.0.0/16 via 10.1.0.2');
    const routeTo = (address: string): Promise<unknown> => one.ask({ ask: 'route-to', address });
    const through = (prefix: number, connected: boolean): unknown => ({
      ok: true,
      value: { iface: 'eth0', prefix, connected },
    });

    expect(await routeTo('10.1.0.77')).toEqual(through(24, true));
    expect(await routeTo('10.1.0.1')).toEqual(through(24, true));
    expect(await routeTo('10.5.0.1')).toEqual(through(16, false));
    expect(await routeTo('192.0.2.1')).toEqual(through(0, false));
  });

  test('are told to be absent', async () => {
    expect(await one.ask({ ask: 'route-to', address: '192.0.2.1' })).toEqual({
      ok: true,
      value: undefined,
    });
  });
});

/** A gratuitous ARP reply: sender and target are the same, hardware too, else Linux keeps an entry younger than a second. */
function arpFrame(mac: readonly number[], address: readonly number[]): Uint8Array {
  const toAll = [255, 255, 255, 255, 255, 255];
  const arpReply = [8, 6, 0, 1, 8, 0, 6, 4, 0, 2];
  return Uint8Array.from([...toAll, ...mac, ...arpReply, ...mac, ...address, ...mac, ...address]);
}

describe('frames', () => {
  test('reach the neighbour: a gratuitous ARP moves an address', async () => {
    await other.ip(
      'neigh',
      'add',
      '10.1.0.100',
      'lladdr',
      '02:00:00:00:00:01',
      'dev',
      'eth0',
      'nud',
      'stale',
    );
    const frame = arpFrame([2, 0, 0, 0, 0, 9], [10, 1, 0, 100]);

    const sent = await one.ask({ ask: 'send-frames', iface: 'eth0', frames: [frame, frame] });

    expect(sent).toEqual({ ok: true, value: 2 });
    const neighbour = (): Promise<string> => other.ip('neigh', 'show', '10.1.0.100');
    await expect.poll(neighbour).toContain('02:00:00:00:00:09');
  });

  test('cannot be sent where there is no interface, or one that is down', async () => {
    const frames = [arpFrame([2, 0, 0, 0, 0, 9], [10, 1, 0, 100])];
    const send = (iface: string): Promise<unknown> =>
      one.ask({ ask: 'send-frames', iface, frames });

    expect(await send('eth7')).toEqual({ ok: false, reason: 'eth7: No such device' });
    await one.ip('link', 'set', 'eth0', 'down');
    expect(await send('eth0')).toEqual({ ok: false, reason: 'Network is down' });
  });
});

describe('frames of one protocol', () => {
  const arp = arpFrame([2, 0, 0, 0, 0, 9], [10, 1, 0, 100]);
  const received = (): Promise<unknown> => one.ask({ ask: 'receive-frames' });

  test('are heard on one interface, cut to what is of interest, and not those of others', async () => {
    await plugCable(one, other, 'eth1', 2);
    expect(await one.ask({ ask: 'open-frames', iface: 'eth0' })).toBe('opened');
    const long = Uint8Array.from([...arp, ...new Uint8Array(100)]);
    const noArp = Uint8Array.from(arp).fill(0x99, 12, 14);

    await other.ask({ ask: 'send-frames', iface: 'eth1', frames: [arp] });
    await other.ask({ ask: 'send-frames', iface: 'eth0', frames: [noArp, long] });

    const cut = { ok: true, value: [Buffer.from(long).subarray(0, 128)] };
    await expect.poll(received).toEqual(cut);
    expect(await received()).toEqual({ ok: true, value: [] });
  });

  test('end with words when the interface goes down', async () => {
    await one.ask({ ask: 'open-frames', iface: 'eth0' });
    await one.ip('link', 'set', 'eth0', 'down');

    expect(await received()).toEqual({ ok: false, reason: 'Network is down' });
  });

  test('cannot be heard where there is no interface', async () => {
    expect(await one.ask({ ask: 'open-frames', iface: 'eth7' })).toBe('eth7: No such device');
  });
});

describe('an interface', () => {
  const link = (station: Station, iface = 'eth0'): Promise<unknown> =>
    station.ask({ ask: 'link', iface });

  test('is running, and has the Ethernet address that ip(8) shows', async () => {
    const shown = /link\/ether (\S+)/.exec(await one.ip('link', 'show', 'eth0'))?.[1] ?? '';
    const hardware = Buffer.from(shown.replaceAll(':', ''), 'hex');

    await expect
      .poll(() => link(one))
      .toEqual({ ok: true, value: { isUp: true, isRunning: true, hardware } });
  });

  test('that is down, at this end or at the other, is not running', async () => {
    await one.ip('link', 'set', 'eth0', 'down');

    expect(await link(one)).toMatchObject({ value: { isUp: false, isRunning: false } });
    await expect.poll(() => link(other)).toMatchObject({ value: { isUp: true, isRunning: false } });
  });

  test('without ARP has no Ethernet address', async () => {
    expect(await link(one, 'lo')).toMatchObject({ ok: true, value: { hardware: undefined } });
  });

  test('is brought up once', async () => {
    await one.ip('link', 'set', 'eth0', 'down');
    const bringUp = (iface = 'eth0'): Promise<unknown> => one.ask({ ask: 'bring-up', iface });

    expect(await bringUp()).toEqual({ ok: true, value: 'brought-up' });
    expect(await bringUp()).toEqual({ ok: true, value: 'was-up' });
    expect(await one.ip('link', 'show', 'eth0')).toMatch(/<[^>]*\bUP\b/);
    expect(await bringUp('eth7')).toEqual({ ok: false, reason: 'eth7: No such device' });
  });
});
