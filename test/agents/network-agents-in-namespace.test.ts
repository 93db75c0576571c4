/** The agents that set up the network, with the kernel's own answers and beside the scripts of the C heartbeat. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openNetwork } from '../../src/agents/open-network.ts';
import { enterOwnMounts } from './own-mounts.ts';
import { enterOwnNetwork, ip } from './own-network.ts';
import { byScript } from './resource-scripts.ts';
import { type BuiltIns, builtIns, environment } from './run-built-in.ts';

const permitted = (await enterOwnMounts()) && enterOwnNetwork();
const network = await openNetwork({ environment, directory: '/' }, (line) =>
  expect.fail(line.text),
);

/** Addresses and routes as the kernel has them now. */
async function state(): Promise<string> {
  const tables = await Promise.all([
    ip('-4 -o address show dev eth0'),
    ip('-4 route show table all'),
  ]);
  return tables.join('').replaceAll(/^\d+: /gm, '');
}

beforeEach(async () => {
  await ip('link delete eth0').catch(() => '');
  await ip('link add eth0 type veth peer name cable0');
  for (const link of ['lo', 'eth0', 'cable0']) await ip(`link set ${link} up`);
  await ip('address add 172.16.100.6/16 broadcast + dev eth0');
});

/** Start, status and stop, each twice; then each of the two takes over from the other. The answer is the state when it is up. */
async function besideScript({ run }: BuiltIns, resource: string): Promise<string> {
  const before = await state();
  expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  for (let round = 0; round < 2; round += 1) {
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'running' });
  }
  const ours = await state();
  expect(ours).not.toBe(before);
  expect(await byScript('status', resource)).toBe('running');
  expect(await byScript('stop', resource)).toBe('done');
  expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  const after = await state();

  expect(await byScript('start', resource)).toBe('done');
  expect(await state()).toBe(ours);
  expect(await run('status', resource)).toEqual({ kind: 'running' });
  for (let round = 0; round < 2; round += 1) {
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  }
  expect(await state()).toBe(after);
  return ours;
}

describe.skipIf(!permitted)('IPaddr2 (needs root)', () => {
  let agents: BuiltIns;
  beforeEach(() => {
    agents = builtIns({ network });
  });

  test.each([
    ['172.16.100.1', 'inet 172.16.100.1/16 brd 172.16.255.255 scope global secondary eth0\\'],
    ['172.16.100.1/24/eth0:web', 'inet 172.16.100.1/24 brd 172.16.255.255 scope global eth0:web\\'],
    ['10.9.0.1/24/eth0', 'inet 10.9.0.1/24 scope global eth0\\'],
    ['172.16.100.1/16/eth0/172.16.9.9', 'inet 172.16.100.1/16 brd 172.16.9.9 scope global'],
  ])('leaves what the C agent leaves: %s', async (args, up) => {
    expect(await besideScript(agents, `IPaddr2::${args}`)).toContain(up);
  });
});
