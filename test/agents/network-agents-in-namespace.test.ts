/** The agents that set up the network, with the kernel's own answers and beside the scripts of the C heartbeat. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openNetwork } from '../../src/agents/open-network.ts';
import { enterOwnMounts } from './own-mounts.ts';
import { enterOwnNetwork, ip } from './own-network.ts';
import { byScript } from './resource-scripts.ts';
import { type BuiltIns, builtIns, environment } from './run-built-in.ts';
import { writeScript } from './temp-directory.ts';

const agentFiles = await mkdtemp(join(tmpdir(), 'agents-'));
const permitted = (await enterOwnMounts(agentFiles)) && enterOwnNetwork();

afterAll(() => rm(agentFiles, { recursive: true, force: true }));

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
    agents = builtIns({ network, agentFiles });
  });

  test.each([
    ['172.16.100.1', 'inet 172.16.100.1/16 brd 172.16.255.255 scope global secondary eth0\\'],
    ['172.16.100.1/24/eth0:web', 'inet 172.16.100.1/24 brd 172.16.255.255 scope global eth0:web\\'],
    ['10.9.0.1/24/eth0', 'inet 10.9.0.1/24 scope global eth0\\'],
    ['172.16.100.1/16/eth0/172.16.9.9', 'inet 172.16.100.1/16 brd 172.16.9.9 scope global'],
  ])('leaves what the C agent leaves: %s', async (args, up) => {
    expect(await besideScript(agents, `IPaddr2::${args}`)).toContain(up);
  });

  test('takes the address from lo, as on a real server of a load balancer, and gives it back', async () => {
    const resource = 'IPaddr2::172.16.100.1/16/eth0';
    const onLoopback = (): Promise<string> => ip('-4 -o address show dev lo to 172.16.100.1');
    await ip('address add 172.16.100.1/32 dev lo');

    expect(await agents.run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await agents.run('start', resource)).toEqual({ kind: 'done' });
    expect(await onLoopback()).toBe('');
    // C's puts back what ours has taken, and the other way round.
    expect(await byScript('stop', resource)).toBe('done');
    expect(await onLoopback()).toContain('172.16.100.1/32');
    expect(await byScript('start', resource)).toBe('done');
    expect(await onLoopback()).toBe('');
    for (let round = 0; round < 2; round += 1) {
      expect(await agents.run('stop', resource)).toEqual({ kind: 'done' });
      expect(await onLoopback()).toContain('172.16.100.1/32');
    }
    await ip('address delete 172.16.100.1/32 dev lo');
  });
});

describe.skipIf(!permitted)('IPsrcaddr (needs root)', () => {
  let agents: BuiltIns;
  beforeEach(async () => {
    agents = builtIns({ network });
    await ip('address add 172.16.100.1/16 dev eth0 label eth0:0');
  });

  test.each([
    ['default via 172.16.0.254', 'default via 172.16.0.254 dev eth0 src 172.16.100.1 \n'],
    [
      'default via 172.16.0.254 proto static metric 100 mtu 1400',
      'default via 172.16.0.254 dev eth0 proto static src 172.16.100.1 metric 100 mtu 1400 \n',
    ],
  ])('leaves what the C agent leaves: %s', async (route, up) => {
    await ip(`route add ${route}`);

    const ours = await besideScript(agents, 'IPsrcaddr::172.16.100.1');

    expect(ours).toContain(up);
    expect(ours).toContain('172.16.0.0/16 dev eth0 proto kernel scope link src 172.16.100.1 \n');
    const main = await ip('-4 route show');
    expect(main).toContain('172.16.0.0/16 dev eth0 proto kernel scope link src 172.16.100.6 \n');
    expect(main).toMatch(/^default via 172.16.0.254 .*src 172.16.100.6 /);
  });

  test('in a network of its own the address keeps the route to it when it stops', async () => {
    const { run } = agents;
    await ip('address add 172.16.200.1/24 dev eth0');
    await ip('route add default via 172.16.0.254');
    const before = await ip('-4 route show 172.16.0.0/12');

    expect(await run('start', 'IPsrcaddr::172.16.200.1')).toEqual({ kind: 'done' });
    expect(await run('stop', 'IPsrcaddr::172.16.200.1')).toEqual({ kind: 'done' });

    expect(await ip('-4 route show 172.16.0.0/12')).toBe(before);
    expect(await ip('-4 route show default')).toContain('src 172.16.100.6');
  });

  test('does not start without the address or without a default route, and stops anyway', async () => {
    const { run } = agents;
    const before = await state();

    expect(await run('start', 'IPsrcaddr::172.16.100.9')).toMatchObject({ code: 5 });
    expect(await run('start', 'IPsrcaddr::172.16.100.1')).toMatchObject({
      code: 1,
      why: 'there is no default route through eth0',
    });
    expect(await run('stop', 'IPsrcaddr::172.16.100.9')).toEqual({ kind: 'done' });

    expect(await state()).toBe(before);
  });

  test('gives the source to a route with two ways, and takes it away again', async () => {
    const { run } = agents;
    await ip(
      'route add default nexthop via 172.16.0.254 weight 1 nexthop via 172.16.0.253 weight 2',
    );

    await run('start', 'IPsrcaddr::172.16.100.1');
    expect(await run('status', 'IPsrcaddr::172.16.100.1')).toEqual({ kind: 'running' });
    await run('stop', 'IPsrcaddr::172.16.100.1');

    const route = await ip('-4 -o route show default');
    expect(route).toContain('src 172.16.100.6');
    expect(route.match(/nexthop/g)).toHaveLength(2);
  });
});

describe.skipIf(!permitted)('what holds nothing (needs root)', () => {
  const acts = ['status', 'start', 'start', 'status', 'stop', 'stop', 'status'] as const;

  test.each([
    ['SendArp::172.16.100.6/eth0', acts],
    ['MailTo::root@localhost', acts],
    // The status of C's takes 30 seconds.
    ['Delay::0::0', acts.filter((act) => act !== 'status')],
  ])('%s answers to every act as the C agent does', async (resource, all) => {
    const tools = await mkdtemp(join(agentFiles, 'tools-'));
    await writeScript(tools, 'mail', 'cat > /dev/null');
    const withMail = { ...environment, PATH: `${tools}:${environment.PATH}` };
    const { run } = builtIns({ network, agentFiles, environment: withMail });
    const before = await state();

    for (const act of all)
      expect([act, (await run(act, resource)).kind]).toEqual([
        act,
        await byScript(act, resource, withMail),
      ]);

    expect(await state()).toBe(before);
  });
});
