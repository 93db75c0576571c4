/** Three daemons: all see each other, lost packets come again among three, and one alone takes over from a dead one. */
import { afterEach, describe, expect, test } from 'vitest';
import { createHosts, type Hosts } from '../../lab/hosts.ts';
import { implementation } from '../../lab/implementation.ts';
import type { ImplementationName } from '../../lab/options.ts';
import { eventually } from './eventually.ts';
import { TestNode, writeKeys } from './pair.ts';

const group = 'IPaddr::172.16.100.1/16/eth0';

interface Trio {
  readonly hosts: Hosts;
  readonly nodes: readonly TestNode[];
}

const open: Hosts[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((hosts) => hosts.down()));
});

async function openTrio(
  names: readonly string[],
  programs: readonly ImplementationName[],
): Promise<Trio> {
  const kinds = programs.map(implementation);
  const hosts = await createHosts({
    nodes: names.map((name, index) => ({
      name,
      addresses: [`172.16.100.${String(6 + index)}/16`],
      copies: [...new Set([...(kinds[index]?.copies ?? []), '/etc/ha.d/shellfuncs'])],
    })),
  });
  open.push(hosts);
  const nodes = names.map(
    (name, index) => new TestNode(hosts.host(name), implementation(programs[index] ?? 'ours')),
  );
  await Promise.all(nodes.map((node) => writeFiles(node, names)));
  return { hosts, nodes };
}

async function writeFiles({ host, program }: TestNode, names: readonly string[]): Promise<void> {
  const times = ['keepalive 200ms', 'warntime 1', 'deadtime 2', 'initdead 5'];
  const members = names.map((name) => `node ${name}`);
  const haCf = [
    'logfile /var/log/ha-log',
    ...times,
    'bcast eth0',
    'auto_failback off',
    ...members,
    '',
  ];
  await host.writeFile('/etc/ha.d/ha.cf', haCf.join('\n'));
  await writeKeys(host, 'auth 1\n1 md5 8d2b3c0ff1e2\n');
  await host.writeFile('/etc/ha.d/haresources', `${names[0] ?? ''} ${group}\n`);
  await program.prepare(host);
}

async function soon(
  nodes: readonly TestNode[],
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  const explain = async (): Promise<string> =>
    (await Promise.all(nodes.map((node) => node.story()))).join('\n');
  await eventually(what, holds, 40_000, explain);
}

/** Each of them says that all of `names` are `active`. */
async function allActive(nodes: readonly TestNode[], names: readonly string[]): Promise<void> {
  await soon(nodes, 'all see all active', async () => {
    const asked = nodes.flatMap((node) => names.map((name) => node.clStatus('nodestatus', name)));
    return (await Promise.all(asked)).every((status) => status === 'active');
  });
}

const holders = async (nodes: readonly TestNode[]): Promise<readonly string[]> => {
  const holds = await Promise.all(nodes.map((node) => node.holdsAddress()));
  return nodes.filter((_, index) => holds[index] === true).map(({ name }) => name);
};

describe('three of ours', () => {
  test('lose packets, lose a node, and the first of the others serves', async () => {
    const names = ['trio-1', 'trio-2', 'trio-3'];
    const { nodes } = await openTrio(names, ['ours', 'ours', 'ours']);
    const [first, second, third] = nodes;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three');
    await Promise.all(nodes.map((node) => node.start()));
    await allActive(nodes, names);
    expect(await first.log()).toContainEqual(
      expect.stringMatching(/haresources is made for two nodes, here are 3/),
    );
    await soon(nodes, 'the owner serves', async () => (await holders(nodes)).join() === first.name);
    await third.host.impair({ lossPercent: 30 });
    for (const node of [first, third]) await node.logged(/No pkts missing from trio-/, 0, 40_000);
    await third.host.impair({});
    await allActive(nodes, names);
    await first.host.powerOff();
    const rest = [second, third];
    await soon(rest, 'the second serves', async () => (await holders(rest)).join() === second.name);
    await third.logged(/node trio-1: is dead/);
    expect(await third.clStatus('nodestatus', first.name)).toBe('dead');
    expect(await third.clStatus('nodestatus', second.name)).toBe('active');
    await first.start();
    await allActive(nodes, names);
    expect(await holders(nodes)).toEqual([second.name]);
  });
});

test('two of ours and C see each other, and go on when C dies', async () => {
  const names = ['trio-ours1', 'trio-ours2', 'trio-c'];
  const { nodes } = await openTrio(names, ['ours', 'ours', 'c']);
  const [first, second, c] = nodes;
  if (first === undefined || second === undefined || c === undefined) throw new Error('three');
  await Promise.all(nodes.map((node) => node.start()));
  await allActive(nodes, names);
  await soon(nodes, 'the owner serves', async () => (await holders(nodes)).join() === first.name);
  for (const node of nodes)
    expect((await node.clStatus('listnodes')).split('\n').sort()).toEqual([...names].sort());
  await c.host.powerOff();
  const rest = [first, second];
  await Promise.all(rest.map((node) => node.logged(/node trio-c: is dead/)));
  await allActive(rest, [first.name, second.name]);
  expect(await holders(rest)).toEqual([first.name]);
  await c.start();
  await allActive(nodes, names);
  expect(await holders(nodes)).toEqual([first.name]);
});
