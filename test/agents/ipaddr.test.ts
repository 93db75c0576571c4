import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Announcer } from '../../src/agents/announcer.ts';
import type { AddressRequest } from '../../src/agents/ipaddr-arguments.ts';
import { IpAddr } from '../../src/agents/ipaddr.ts';
import type { LogLine } from '../../src/log-line.ts';
import { fail } from '../../src/result.ts';
import { FakeNetwork, type Held } from './fake-network.ts';

const vip = '172.16.100.1';
const own: Held = { iface: 'eth0', address: '172.16.100.6', prefix: 16 };
const request: AddressRequest = {
  agent: 'IPaddr',
  label: undefined,
  address: vip,
  prefix: 16,
  iface: 'eth0',
  broadcast: undefined,
};

function agentOn(network: FakeNetwork): { agent: IpAddr; lines: LogLine[]; announcer: Announcer } {
  const lines: LogLine[] = [];
  const log = (line: LogLine): void => void lines.push(line);
  const announcer = new Announcer(network, log);
  return { agent: new IpAddr(network, announcer, log), lines, announcer };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('start', () => {
  test('adds the address with a label and announces it before it returns', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);

    expect(await agent.start(request)).toEqual({ kind: 'done' });

    expect(network.list[1]).toMatchObject({
      iface: 'eth0',
      address: vip,
      prefix: 16,
      broadcast: '172.16.255.255',
      label: 'eth0:0',
    });
    expect(network.arps).toEqual([`eth0 ${vip}`]);
  });

  test('asks for the route when no interface is given', async () => {
    const network = new FakeNetwork({ ...own, iface: 'ens18' });
    network.route = { iface: 'ens18', prefix: 16, connected: true };
    const { agent } = agentOn(network);

    await agent.start({ ...request, iface: undefined, prefix: undefined });

    expect(network.list[1]).toMatchObject({ iface: 'ens18', prefix: 16, label: 'ens18:0' });
  });

  test('succeeds, adds nothing and announces when the address is there without a label', async () => {
    const network = new FakeNetwork(own, { ...own, address: vip });
    const { agent } = agentOn(network);

    expect(await agent.start(request)).toEqual({ kind: 'done' });

    expect(network.list).toHaveLength(2);
    expect(network.arps).toEqual([`eth0 ${vip}`]);
  });

  test('adds the address although a load balancer has it on lo', async () => {
    const network = new FakeNetwork(own, { iface: 'lo', address: vip, prefix: 32, label: 'lo:0' });
    const { agent } = agentOn(network);

    await agent.start(request);

    expect(network.list.map(({ iface }) => iface)).toEqual(['eth0', 'lo', 'eth0']);
  });

  test('says so when the address is on another interface, and announces it there', async () => {
    const network = new FakeNetwork(own, { ...own, iface: 'eth1', address: vip });
    const { agent, lines } = agentOn(network);

    expect(await agent.start(request)).toEqual({ kind: 'done' });

    expect(network.arps).toEqual([`eth1 ${vip}`]);
    expect(lines).toEqual([expect.objectContaining({ level: 'WARN' })]);
  });

  test.each([
    ['the address is new', own],
    ['the address is there already', { ...own, address: vip }],
  ])('brings an interface up that is down, when %s', async (_, had) => {
    const network = new FakeNetwork(had);
    network.down.add('eth0');
    const { agent, lines } = agentOn(network);

    expect(await agent.start(request)).toEqual({ kind: 'done' });

    expect(network.down.size).toBe(0);
    expect(lines[0]).toEqual({ level: 'info', text: 'IPaddr: eth0 was down, and is up now' });
  });

  test('of two addresses at once gives each a label of its own', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);

    await Promise.all([agent.start(request), agent.start({ ...request, address: '172.16.100.2' })]);

    expect(network.list.map(({ label }) => label)).toEqual(['eth0', 'eth0:0', 'eth0:1']);
  });

  test('fails with the reason of the system, and the next call is not held back by it', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);
    network.broken = 'Operation not permitted';

    expect(await agent.start(request)).toEqual({
      kind: 'failed',
      code: 1,
      why: 'Operation not permitted',
    });

    network.broken = undefined;
    expect(await agent.start(request)).toEqual({ kind: 'done' });
  });

  test('succeeds when only the announcement fails, and says so once', async () => {
    const network = new FakeNetwork(own);
    const lines: LogLine[] = [];
    const log = (line: LogLine): void => void lines.push(line);
    const mute = { sendArp: () => Promise.resolve(fail('Network is down')) };
    const agent = new IpAddr(network, new Announcer(mute, log), log);

    expect(await agent.start(request)).toEqual({ kind: 'done' });

    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines.filter(({ level }) => level === 'WARN')).toEqual([
      { level: 'WARN', text: `IPaddr: ${vip} not announced on eth0: Network is down` },
    ]);
  });
});

describe('an address of another machine', () => {
  test('is told to the neighbours with the hardware address that answers for it', async () => {
    const network = new FakeNetwork(own);
    network.others.set(`eth0 ${vip}`, '02:00:00:00:00:07');
    const { agent } = agentOn(network);

    await agent.introduce(request);

    expect(network.arps).toEqual([`eth0 ${vip} 02:00:00:00:00:07`]);
  });

  test('is told by nobody when it is here, or when nobody answers', async () => {
    const here = new FakeNetwork(own, { ...own, address: vip });
    await agentOn(here).agent.introduce(request);
    const silent = new FakeNetwork(own);
    await agentOn(silent).agent.introduce(request);

    expect([...here.arps, ...silent.arps]).toEqual([]);
  });
});

describe('the announcement', () => {
  test('is repeated ten times, half a second apart', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);
    await agent.start(request);

    await vi.advanceTimersByTimeAsync(499);
    expect(network.arps).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(network.arps).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(network.arps).toHaveLength(11);
  });

  test('ends with stop: not one frame leaves afterwards', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);
    await agent.start(request);

    await agent.stop(request);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(network.arps).toHaveLength(1);
  });

  test.each(['start', 'announce'] as const)(
    'of a %s that is under way when stop is called ends all the same',
    async (first) => {
      const network = new FakeNetwork(own, { ...own, address: vip });
      const { agent } = agentOn(network);

      await Promise.all([agent[first](request), agent.stop(request)]);
      const sent = network.arps.length;
      await vi.advanceTimersByTimeAsync(60_000);

      expect(network.arps).toHaveLength(sent);
      expect(network.list).toHaveLength(1);
    },
  );

  test('begins anew when asked again, and there is still one of it', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);
    await agent.start(request);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(network.arps).toHaveLength(6);

    await agent.announce(request);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(network.arps).toHaveLength(6 + 11);
  });

  test('is not made for an address that is not here', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);

    await agent.announce(request);

    expect(network.arps).toEqual([]);
  });

  test('ends when the agents are closed', async () => {
    const network = new FakeNetwork(own);
    const { agent, announcer } = agentOn(network);
    await agent.start(request);

    announcer.close();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(network.arps).toHaveLength(1);
  });
});

describe('stop', () => {
  test('deletes the address wherever it is, except on lo', async () => {
    const network = new FakeNetwork(
      own,
      { ...own, address: vip, label: 'eth0:0' },
      { iface: 'eth1', address: vip, prefix: 24 },
      { iface: 'lo', address: vip, prefix: 32 },
    );
    const { agent } = agentOn(network);

    expect(await agent.stop(request)).toEqual({ kind: 'done' });

    expect(network.list.map(({ iface }) => iface)).toEqual(['eth0', 'lo']);
  });

  test('succeeds when the address is not there', async () => {
    const { agent } = agentOn(new FakeNetwork(own));

    expect(await agent.stop(request)).toEqual({ kind: 'done' });
  });

  test('restores the addresses that the kernel deletes with a primary one, labels included', async () => {
    const second = { iface: 'eth0', address: '10.9.0.2', prefix: 24, label: 'eth0:1' };
    const network = new FakeNetwork(
      own,
      { iface: 'eth0', address: '10.9.0.1', prefix: 24, label: 'eth0:0' },
      { ...second, broadcast: '10.9.0.255' },
    );
    const { agent, lines } = agentOn(network);

    await agent.stop({ ...request, address: '10.9.0.1', prefix: 24 });

    expect(network.list.slice(1)).toMatchObject([{ ...second, broadcast: '10.9.0.255' }]);
    expect(lines.map(({ text }) => text)).toContain(
      'IPaddr: 10.9.0.2 was deleted by the kernel together with 10.9.0.1; restored',
    );
  });

  test('fails when the system refuses', async () => {
    const network = new FakeNetwork(own, { ...own, address: vip });
    const { agent } = agentOn(network);
    network.broken = 'Operation not permitted';

    expect(await agent.stop(request)).toMatchObject({ kind: 'failed' });
  });
});

describe('status', () => {
  test.each<[string, string | undefined, readonly Held[]]>([
    ['running', 'eth0', [{ ...own, address: vip }]],
    ['running', undefined, [{ ...own, iface: 'eth1', address: vip }]],
    ['stopped', 'eth0', [{ ...own, iface: 'eth1', address: vip }]],
    ['stopped', undefined, [{ iface: 'lo', address: vip, prefix: 32 }]],
    ['stopped', undefined, []],
  ])('is %s on %s with %j', async (kind, iface, addresses) => {
    const { agent } = agentOn(new FakeNetwork(own, ...addresses));

    expect(await agent.status({ ...request, iface })).toEqual({ kind });
  });
});

describe('probe', () => {
  test('is running when another machine answers, and says who, once', async () => {
    const network = new FakeNetwork(own);
    network.others.set(`eth0 ${vip}`, '02:00:00:00:00:09');
    const { agent, lines } = agentOn(network);

    expect(await agent.probe(request)).toEqual({ kind: 'running' });
    expect(await agent.probe(request)).toEqual({ kind: 'running' });
    expect(lines).toEqual([
      {
        level: 'WARN',
        text: `IPaddr: ${vip} is in use on eth0: 02:00:00:00:00:09 answers for it`,
      },
    ]);
  });

  test('is stopped when nobody answers, on the interface that start would take', async () => {
    const network = new FakeNetwork({ ...own, iface: 'ens18' });
    network.route = { iface: 'ens18', prefix: 16, connected: true };
    const { agent, lines } = agentOn(network);

    const bare = { ...request, iface: undefined, prefix: undefined };
    expect(await agent.probe(bare)).toEqual({ kind: 'stopped' });

    expect(network.probes).toEqual([`ens18 ${vip}`]);
    expect(network.list).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  test('asks nobody about an address that is here, or that is to go on lo', async () => {
    const network = new FakeNetwork(own, { ...own, address: vip });
    const { agent } = agentOn(network);

    expect(await agent.probe(request)).toEqual({ kind: 'stopped' });
    expect(await agent.probe({ ...request, address: '192.0.2.1', iface: 'lo' })).toEqual({
      kind: 'stopped',
    });
    expect(network.probes).toEqual([]);
  });

  test('fails where start would not know the interface, and where nothing can be heard', async () => {
    const network = new FakeNetwork(own);
    const { agent } = agentOn(network);

    const elsewhere = { ...request, address: '192.0.2.1', iface: undefined };
    expect(await agent.probe(elsewhere)).toMatchObject({ kind: 'failed' });
    network.broken = 'eth0 is down or has no carrier';
    expect(await agent.probe(request)).toEqual({
      kind: 'failed',
      code: 1,
      why: 'eth0 is down or has no carrier',
    });
  });
});
