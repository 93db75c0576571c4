/** The built-in agents that hold nothing: Delay, MailTo, SendArp. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { millis, seconds } from '../../src/units.ts';
import { FakeNetwork } from './fake-network.ts';
import { builtIns, cannotStart, environment, startsAndStopsTwice } from './run-built-in.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

test.each(['Delay::0::0', 'SendArp::172.16.100.1/eth0', 'MailTo::root@localhost'])(
  '%s is running from its start to its stop, each also when repeated',
  async (resource) => {
    const { run } = builtIns();

    await startsAndStopsTwice(run, resource);
  },
);

test.each([
  ['Delay::soon', '"soon" is not a number of seconds'],
  ['Delay::1::2::3', 'at most two arguments: Delay::10::30'],
  ['MailTo', '"" is not an address for mail'],
  ['MailTo::-x', '"-x" is not an address for mail'],
  [
    'SendArp::172.16.100.1',
    'an address and an interface are needed, as in SendArp::172.16.100.1/eth0',
  ],
  ['SendArp::nobody/eth0', '"nobody" is not an IPv4 address'],
])('%s cannot be started, and is stopped', async (resource, why) => {
  const { run } = builtIns();

  await cannotStart(run, resource, why);
});

describe('a limit', () => {
  const limits = { start: seconds(15), stop: seconds(15), status: seconds(15), probe: seconds(15) };

  test('of the agent itself goes before that of all', async () => {
    const agentLimits = new Map([['Delay', { start: millis(40) }]]);
    const { lines, run } = builtIns({ limits, agentLimits });

    expect(await run('start', 'Delay::10')).toEqual({ kind: 'timed-out', limit: 40 });
    expect(lines.at(-1)).toBe('ERROR: Delay start given up: it took longer than 0.04 s');
    expect(await run('status', 'Delay::10')).toEqual({ kind: 'stopped' });
  });
});

test('SendArp announces the address on its interface', async () => {
  const network = new FakeNetwork();
  const { run } = builtIns({ network });

  await run('start', 'SendArp::172.16.100.1/eth0');

  expect(network.arps).toEqual(['eth0 172.16.100.1']);
});

test('MailTo mails once at the start and once at the stop', async () => {
  const directory = await temporaryDirectory();
  const box = join(directory, 'box');
  await writeScript(directory, 'mail', `echo "$2 to $3" >> ${box}`);
  const PATH = `${directory}:${environment.PATH}`;
  const { run } = builtIns({ environment: { ...environment, PATH, HA_CURHOST: 'alpha' } });
  const mails = async (): Promise<string> => readFile(box, 'utf8').catch(() => '');

  await run('start', 'MailTo::root@localhost::web');
  await run('start', 'MailTo::root@localhost::web');
  await expect
    .poll(mails)
    .toMatch(/^web Takeover in progress at \S+ on alpha to root@localhost\n$/);
  await run('stop', 'MailTo::root@localhost::web');
  await run('stop', 'MailTo::root@localhost::web');

  await expect.poll(mails).toMatch(/\nweb Migrating resource away at \S+ on alpha to \S+\n$/);
});

test('without the command mail there is a warning, and the group goes on', async () => {
  const { lines, run } = builtIns({ environment: { PATH: '/nonexistent' } });

  expect(await run('start', 'MailTo::root@localhost')).toEqual({ kind: 'done' });

  await expect.poll(() => lines.at(-1)).toMatch(/^WARN: MailTo: no mail to root@localhost: /);
});
