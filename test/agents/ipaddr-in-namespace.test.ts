/** IPaddr with the kernel's own answers: native calls and the `ip` command must leave the same addresses behind. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Announcer } from '../../src/agents/announcer.ts';
import { type AddressRequest, parseAddressRequest } from '../../src/agents/ipaddr-arguments.ts';
import { IpAddr } from '../../src/agents/ipaddr.ts';
import { ipCommandNetwork } from '../../src/agents/ip-command.ts';
import type { Network } from '../../src/agents/network.ts';
import { openNetwork } from '../../src/agents/open-network.ts';
import type { ScriptAction } from '../../src/agents/run-script.ts';
import type { Outcome } from '../../src/haresources/types.ts';
import { libc } from '../../src/native/libc.ts';
import { enterOwnNetwork, ip } from './own-network.ts';

const permitted = enterOwnNetwork();
const call = { environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, directory: '/' };
const cable = 'cable0';

/** The service addresses on `eth0`: `address/prefix broadcast label`. */
async function addressesOnEth0(): Promise<readonly string[]> {
  const text = await ip('-4 -o address show dev eth0');
  return text.split('\n').flatMap((line) => {
    const found = /inet (\S+) (?:brd (\S+) )?scope global (?:secondary )?(\S+?)\\/.exec(line);
    return found === null ? [] : [`${found[1] ?? ''} ${found[2] ?? '-'} ${found[3] ?? ''}`];
  });
}

function listenForArp(): { readonly frames: () => readonly string[]; readonly close: () => void } {
  const library = libc();
  if (!library.ok) throw new Error(library.reason);
  const { socket, bind, recv, close, interfaceIndex } = library.value;
  const fd = socket(17, 3, 0);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(17, 0);
  address.writeUInt16BE(0x0806, 2);
  address.writeInt32LE(interfaceIndex(cable), 4);
  expect(bind(fd, address, address.length)).toBe(0);
  const frames = (): readonly string[] => {
    const seen: string[] = [];
    const frame = Buffer.alloc(1514);
    for (let length = 0; length >= 0; length = recv(fd, frame, frame.length, 0x40)) {
      if (length > 0) seen.push(frame.subarray(12, length).toString('hex'));
    }
    return seen;
  };
  return { frames, close: () => void close(fd) };
}

function makers(): readonly (readonly [string, () => Promise<Network>])[] {
  return [
    ['native calls', () => openNetwork(call, (line) => expect.fail(line.text))],
    ['the ip command', () => Promise.resolve(ipCommandNetwork(call))],
  ];
}

/** A fresh eth0 with a host's address, and the other end of its cable. */
async function plugIn(): Promise<void> {
  await ip('link delete eth0').catch(() => '');
  await ip(`link add eth0 type veth peer name ${cable}`);
  for (const link of ['lo', 'eth0', cable]) await ip(`link set ${link} up`);
  await ip('address add 172.16.100.6/16 broadcast + dev eth0');
}

function agentOn(network: Network): { readonly agent: IpAddr; readonly close: () => void } {
  const log = (): void => undefined;
  const announcer = new Announcer(network, log);
  const close = (): void => {
    announcer.close();
  };
  return { agent: new IpAddr(network, announcer, log), close };
}

function requestOf(text: string): AddressRequest {
  const request = parseAddressRequest([text]);
  if (!request.ok) throw new Error(request.reason);
  return request.value;
}

describe.skipIf(!permitted).each(makers())('IPaddr by %s (needs root)', (_, make) => {
  let act: (action: ScriptAction, text: string) => Promise<Outcome>;

  beforeAll(async () => {
    await plugIn();
    const { agent, close } = agentOn(await make());
    act = (action, text) => agent[action](requestOf(text));
    return close;
  });

  test.each([
    ['172.16.100.1', '172.16.100.1/16 172.16.255.255 eth0:0'],
    ['172.16.100.1/16/eth0', '172.16.100.1/16 172.16.255.255 eth0:0'],
    ['172.16.100.1/255.255.0.0', '172.16.100.1/16 172.16.255.255 eth0:0'],
    ['172.16.100.1//8', '172.16.100.1/8 172.255.255.255 eth0:0'],
    ['172.16.100.1/eth0:7', '172.16.100.1/16 172.16.255.255 eth0:0'],
    ['172.16.100.1/24/eth0/', '172.16.100.1/24 172.16.100.255 eth0:0'],
    ['172.16.100.1/16/172.16.100.210', '172.16.100.1/16 172.16.100.210 eth0:0'],
    ['192.0.2.5/32/eth0', '192.0.2.5/32 - eth0:0'],
  ])('%s is up after start and gone after stop, each also when repeated', async (text, up) => {
    const own = await addressesOnEth0();

    expect(await act('status', text)).toEqual({ kind: 'stopped' });
    expect(await act('start', text)).toEqual({ kind: 'done' });
    expect(await act('start', text)).toEqual({ kind: 'done' });
    expect(await act('status', text)).toEqual({ kind: 'running' });
    expect(await addressesOnEth0()).toHaveLength(own.length + 1);
    expect(await addressesOnEth0()).toContain(up);

    expect(await act('stop', text)).toEqual({ kind: 'done' });
    expect(await act('stop', text)).toEqual({ kind: 'done' });
    expect(await addressesOnEth0()).toEqual(own);
  });

  test('a start without a route or on no interface fails and adds nothing', async () => {
    const own = await addressesOnEth0();

    expect(await act('start', '192.0.2.5')).toMatchObject({ kind: 'failed' });
    expect(await act('start', '192.0.2.5/24/nope0')).toMatchObject({ kind: 'failed' });

    expect(await addressesOnEth0()).toEqual(own);
  });

  test('a start brings the interface up that it needs', async () => {
    await ip('link set eth0 down');

    expect(await act('start', '172.16.100.1')).toEqual({ kind: 'done' });

    expect(await ip('link show dev eth0')).toMatch(/<[^>]*\bUP\b/);
    await act('stop', '172.16.100.1');
  });

  test('the stop of one address leaves the other of its network up', async () => {
    await act('start', '10.9.0.1/24/eth0');
    await act('start', '10.9.0.2/24/eth0');

    await act('stop', '10.9.0.1/24/eth0');

    expect(await addressesOnEth0()).toContain('10.9.0.2/24 10.9.0.255 eth0:1');
    expect(await addressesOnEth0()).not.toContain('10.9.0.1/24 10.9.0.255 eth0:0');
    await act('stop', '10.9.0.2/24/eth0');
  });
});

describe.skipIf(!permitted)('the neighbours (needs root)', () => {
  test('have seen a request and a reply before start returns', async () => {
    await plugIn();
    const { agent, close } = agentOn(await openNetwork(call, (line) => expect.fail(line.text)));
    const wire = listenForArp();

    await agent.start(requestOf('172.16.100.9/16/eth0'));
    const frames = wire.frames();
    close();
    wire.close();

    const head = '08060001080006040';
    expect(frames.map((frame) => frame.slice(0, head.length + 3))).toEqual([
      `${head}001`,
      `${head}002`,
    ]);
    expect(frames.every((frame) => frame.includes('ac106409'))).toBe(true);
  });
});
