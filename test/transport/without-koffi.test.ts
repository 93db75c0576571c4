import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { assert } from '../../src/assert.ts';
import { bcastSender } from '../../src/transport/bcast.ts';
import type { Inlet, Outlet, SocketPlan } from '../../src/transport/bind.ts';
import { type InterfaceState, lookWithoutLibc } from '../../src/transport/interfaces.ts';
import { mcastReceiver, mcastSender } from '../../src/transport/mcast.ts';
import { receiverPlan } from '../../src/transport/receiver.ts';
import type { McastSpec } from '../../src/transport/transport.ts';
import { ucastSender } from '../../src/transport/ucast.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function loopback(): Promise<InterfaceState> {
  const state = (await lookWithoutLibc(['lo']))?.get('lo');
  assert(state !== undefined, 'lo is up');
  return state;
}

async function open<Opened extends Inlet>(plan: SocketPlan<Opened>): Promise<Opened> {
  const opened = await plan.open(await loopback());
  assert(opened.ok, 'the plan opens on lo');
  closers.push(() => opened.value.socket.close());
  return opened.value;
}

async function carries(from: Outlet, to: Inlet): Promise<string> {
  const heard = once(to.socket, 'message', { signal: AbortSignal.timeout(5_000) });
  from.socket.send('across', to.socket.address().port, from.address);
  return String(await heard.then(([bytes]: unknown[]) => bytes));
}

describe('where koffi cannot be loaded', () => {
  test('an interface is known by what Node.js tells', async () => {
    expect(await loopback()).toMatchObject({
      binding: 'address',
      address: '127.0.0.1',
      broadcast: '127.255.255.255',
    });
    expect([...((await lookWithoutLibc(['no-such', 'lo'])) ?? [])]).toHaveLength(1);
  });

  test('ucast waits for an address, and bcast does not', async () => {
    const bare = { ...(await loopback()), address: undefined, broadcast: undefined };
    const place = { iface: 'lo', port: 694, shared: false };
    const plans = [
      receiverPlan({ kind: 'ucast', ...place }),
      ucastSender({ kind: 'ucast', ...place, host: 'localhost' }),
      receiverPlan({ kind: 'bcast', ...place }),
      bcastSender({ kind: 'bcast', ...place }),
    ];

    expect(plans.map((plan) => plan.missing(bare))).toEqual(Array(4).fill('no IPv4 address'));
    expect(plans.map(({ waits }) => waits)).toEqual([true, true, false, false]);
  });

  test('bcast hears what is sent to the broadcast address', async () => {
    const receiver = { kind: 'bcast', iface: 'lo', port: 0, shared: false } as const;
    const to = await open(receiverPlan(receiver));
    const from = await open(bcastSender({ kind: 'bcast', iface: 'lo', port: 0 }));

    expect(to.socket.address().address).toBe('127.255.255.255');
    expect(await carries(from, to)).toBe('across');
  });

  test("ucast hears what is sent to the interface's address", async () => {
    const receiver = { kind: 'ucast', iface: 'lo', port: 0, shared: false } as const;
    const to = await open(receiverPlan(receiver));
    const from = await open(
      ucastSender({ kind: 'ucast', iface: 'lo', host: 'localhost', port: 0 }),
    );

    expect(to.socket.address().address).toBe('127.0.0.1');
    expect(await carries(from, to)).toBe('across');
  });

  test('mcast hears its group', async () => {
    const group = '225.0.0.15';
    const spec: McastSpec = {
      kind: 'mcast',
      iface: 'lo',
      group,
      port: 0,
      ttl: 1,
      loop: true,
    };
    const to = await open(mcastReceiver(spec));
    const from = await open(mcastSender(spec));

    expect(await carries(from, to)).toBe('across');
  });
});
