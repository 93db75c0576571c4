/** Probes with real neighbours: machines in network namespaces of their own, on the other end of the cable. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { arpProbe } from '../../src/agents/arp.ts';
import { Announcer } from '../../src/agents/announcer.ts';
import { parseAddressRequest } from '../../src/agents/ipaddr-arguments.ts';
import { IpAddr } from '../../src/agents/ipaddr.ts';
import { openNetwork } from '../../src/agents/open-network.ts';
import { assert } from '../../src/assert.ts';
import type { Outcome } from '../../src/haresources/types.ts';
import { openFrames } from '../../src/native/frames.ts';
import { enterOwnNetwork, ip } from './own-network.ts';

const permitted = enterOwnNetwork();
const call = { environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, directory: '/' };
const lines: string[] = [];
let neighbour: ChildProcess;
let agent: IpAddr;

/** Runs ip(8) on the neighbour. */
async function there(words: string): Promise<string> {
  const place = ['-t', String(neighbour.pid), '-n'];
  const { stdout } = await promisify(execFile)('nsenter', [...place, 'ip', ...words.split(' ')]);
  return stdout;
}

/** The Ethernet address of the neighbour's end. */
const mac = '02:00:00:00:00:09';

async function probe(text: string): Promise<Outcome> {
  const request = parseAddressRequest([text]);
  if (!request.ok) throw new Error(request.reason);
  return agent.probe(request.value);
}

async function isRunning(iface: string): Promise<boolean> {
  return (await ip(`link show dev ${iface}`)).includes('state UP');
}

describe.skipIf(!permitted)('a probe (needs root)', () => {
  beforeAll(async () => {
    neighbour = spawn('unshare', ['--net', '--', 'sh', '-c', 'echo ready; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (neighbour.stdout !== null) await once(neighbour.stdout, 'data');
    const network = await openNetwork(call, (line) => expect.fail(line.text));
    const log = ({ level, text }: { level: string; text: string }): void => {
      lines.push(`${level}: ${text}`);
    };
    agent = new IpAddr(network, new Announcer(network, log), log);
  });
  afterAll(() => {
    neighbour.stdin?.end();
  });

  beforeEach(async () => {
    lines.length = 0;
    await ip('link delete eth0').catch(() => '');
    const end = `peer name eth0 address ${mac} netns ${String(neighbour.pid)}`;
    await ip(`link add eth0 type veth ${end}`);
    await ip('link set eth0 up');
    await ip('address add 10.1.0.1/24 dev eth0');
    await there('address add 10.1.0.2/24 dev eth0');
    await there('link set eth0 up');
    await expect.poll(() => isRunning('eth0')).toBe(true);
  });

  test('finds who has the address, and says which machine that is', async () => {
    await there('address add 10.1.0.100/24 dev eth0');

    expect(await probe('10.1.0.100')).toEqual({ kind: 'running' });
    expect(lines).toEqual([`WARN: IPaddr: 10.1.0.100 is in use on eth0: ${mac} answers for it`]);
  });

  test('finds nobody after half a second of silence, and adds nothing', async () => {
    const start = performance.now();

    expect(await probe('10.1.0.100/24/eth0')).toEqual({ kind: 'stopped' });

    expect(performance.now() - start).toBeGreaterThan(490);
    expect(await ip('-4 address show dev eth0')).not.toContain('10.1.0.100');
    expect(lines).toEqual([]);
  });

  test('leaves the tables of the neighbours alone', async () => {
    await there('address add 10.1.0.100/24 dev eth0');

    await probe('10.1.0.100');

    expect(await there('neighbour show')).not.toContain('10.1.0.1');
  });

  test('finds who probes for the address at the same time', async () => {
    await ip('link add eth1 type veth peer name cable1');
    for (const link of ['eth1', 'cable1']) await ip(`link set ${link} up`);
    await expect.poll(() => isRunning('eth1')).toBe(true);
    const wire = openFrames('cable1', 0x0806);
    assert(wire.ok, 'the other end can be heard');
    const rival = arpProbe(Buffer.from([2, 0, 0, 0, 0, 7]), Buffer.from([10, 2, 0, 100]));

    const outcome = probe('10.2.0.100/24/eth1');
    await expect.poll(() => wire.value.receive()).toMatchObject({ value: { length: 1 } });
    expect(wire.value.send(rival)).toMatchObject({ ok: true });

    expect(await outcome).toEqual({ kind: 'running' });
    expect(lines[0]).toContain('02:00:00:00:00:07 answers');
    wire.value.close();
    await ip('link delete eth1');
  });

  test('fails where nobody can be heard: down, without a carrier, without ARP', async () => {
    const why = 'eth0 is down or has no carrier';

    await there('link set eth0 down');
    await expect.poll(() => isRunning('eth0')).toBe(false);
    expect(await probe('10.1.0.100')).toMatchObject({ kind: 'failed', why });
    await ip('link set eth0 down');
    expect(await probe('10.1.0.100')).toMatchObject({ kind: 'failed', why });
    await ip('link set eth0 arp off');
    expect(await probe('10.1.0.100/24/eth0')).toMatchObject({ why: 'eth0 has no ARP' });
  });
});
