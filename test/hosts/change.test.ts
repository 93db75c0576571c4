/** haresources is edited and read again under a client who asks all the time: the old group does not notice. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { hasAddress } from '../../lab/local-addresses.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, result, type TestNode } from './pair.ts';

const plan = { names: ['plan1', 'plan2'] } as const;
const old = 'plan1 IPaddr::172.16.100.1/16/eth0 httpd\n';
const newAddress = '172.16.100.2';
const both = `${old}plan1 IPaddr::${newAddress}/16/eth0\n`;
const asker = fileURLToPath(new URL('./ask-every.mjs', import.meta.url));

describe('an edit of haresources', () => {
  let pair: Pair;
  let client: ReturnType<Pair['client']['spawn']>;
  let pids: readonly string[];
  let began: number;
  const write = (node: TestNode, text: string): Promise<void> =>
    node.host.writeFile('/etc/ha.d/haresources', text);
  const heartbeat = async (node: TestNode, ...words: readonly string[]) =>
    result(await node.command('heartbeat', ...words));
  const daemons = (): Promise<readonly string[]> =>
    Promise.all(pair.nodes.map((node) => node.daemonPid()));
  const hasNew = (): Promise<boolean> => hasAddress(pair.first.host.pid, newAddress);
  beforeAll(async () => {
    pair = await openPair(plan);
  });
  afterAll(() => Pair.end(pair));

  inTurn('is nothing to do before it is made', async () => {
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
    pids = await daemons();
    began = (await pair.first.log()).length;
    client = pair.client.spawn(process.execPath, [asker, '172.16.100.1', '10']);
    const [text, , status] = await heartbeat(pair.first, '--plan');
    expect(text).toContain('plan2: its daemon has read the same file');
    expect(status).toBe(0);
  });

  inTurn('that is wrong is explained, and not carried out', async () => {
    await write(pair.first, `${both}plan3 httpd\n`);
    const [, problems, status] = await heartbeat(pair.first, '--plan');
    expect(problems).toContain('haresources:3:1');
    expect(status).toBe(6);
    const [, , refused] = await heartbeat(pair.first, '-r');
    expect(refused).toBe(1);
  });

  inTurn('with a new group is planned, and waits for the other node', async () => {
    await write(pair.first, both);
    const [text, , status] = await heartbeat(pair.first, '--plan');
    expect(text).toMatch(/IPaddr::172\.16\.100\.2\S+ +starts on plan1/);
    expect(text).toMatch(/IPaddr::172\.16\.100\.1\S+ +stays as it is on plan1/);
    expect(text).toContain('plan2: its daemon still has the file');
    expect(status).toBe(1);
    expect((await heartbeat(pair.first, '-r'))[2]).toBe(0);
    await pair.first.logged(/is not started: plan2 has not read the same/, began);
    expect(await hasNew()).toBe(false);
  });

  inTurn('is carried out when both have read it', async () => {
    await write(pair.second, both);
    expect((await heartbeat(pair.second, '-r'))[2]).toBe(0);
    await pair.eventually('the new group is up', hasNew);
    await pair.settled();
    expect((await heartbeat(pair.first, '--plan'))[2]).toBe(0);
  });

  inTurn('without it again stops it, and no question of the client has failed', async () => {
    for (const node of pair.nodes) {
      await write(node, old);
      expect((await heartbeat(node, '-r'))[2]).toBe(0);
    }
    await pair.eventually('the new group is gone', async () => !(await hasNew()));
    let told = '';
    client.stdout.on('data', (text) => (told += String(text)));
    client.stdin.end();
    await once(client, 'close');
    expect(told).toMatch(/^\d{2,} asked, 0 failed$/m);
    expect(await daemons()).toEqual(pids);
    const acts = (await pair.first.log()).slice(began).filter((line) => line.includes('Running '));
    expect(acts.filter((line) => !line.includes(newAddress))).toEqual([]);
  });
});

describe('an edit of haresources beside C', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['plan3', 'plan4'], programs: ['ours', 'c'] });
  });
  afterAll(() => Pair.end(pair));

  inTurn('is carried out here at once, but for what would have to move', async () => {
    const { first, second } = pair;
    const line = 'plan3 IPaddr::172.16.100.1/16/eth0 httpd\n';
    const write = async (text: string): Promise<void> => {
      for (const { host } of pair.nodes) await host.writeFile('/etc/ha.d/haresources', text);
      expect(result(await first.command('heartbeat', '-r'))[2]).toBe(0);
    };
    const hasNew = (): Promise<boolean> => hasAddress(first.host.pid, newAddress);
    await pair.startBoth();
    await pair.servedBy(first);
    await pair.settled();
    const [began, seen] = [(await first.log()).length, (await second.log()).length];
    await write(`${line}plan3 IPaddr::${newAddress}/16/eth0\n`);
    await pair.eventually('the new group is up', hasNew);
    await write(line.replace('plan3', 'plan4'));
    await pair.eventually('the new group is gone', async () => !(await hasNew()));
    await first.logged(/172\.16\.100\.1\S* stays with plan3/, began);
    expect(await pair.ask()).toBe('served by plan3');
    const complaints = (await second.log()).slice(seen).filter((one) => /WARN|ERROR/.test(one));
    expect(complaints).toEqual([]);
  });
});
