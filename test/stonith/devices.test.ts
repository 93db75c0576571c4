import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandDevice } from '../../src/stonith/command.ts';
import type { Device } from '../../src/stonith/device.ts';
import { openDevice, pluginFacts } from '../../src/stonith/plugins.ts';
import { nodeName } from '../../src/units.ts';
import { Workshop } from './workshop.ts';

let shop: Workshop;
beforeEach(async () => {
  shop = await Workshop.open();
});
afterEach(() => shop.close());

const { signal } = new AbortController();
const node2 = nodeName('node2');

async function open(
  type: string,
  parameters: Record<string, string> = {},
  limit?: number,
): Promise<Device> {
  const device = { type, parameters: new Map(Object.entries(parameters)) };
  const opened = await openDevice(device, shop.around(limit));
  if (opened === undefined) throw new Error(`no device ${type}`);
  return opened;
}

const pdu = `case $1 in
getconfignames) echo "hostlist pdu"; [ -z "$pdu" ] || exit 1;;
getinfo-devid) echo "PDU $pdu";;
gethosts) echo "$hostlist" | tr , ' ';;
reset) echo "$HA_LOGTAG resets $2 by $pdu"; echo "$2" > "$0.done";;
status) exit 3;;
esac`;

describe('external/NAME', () => {
  test('is asked for its parameters without parameters, and gets them in its environment', async () => {
    await shop.script('pdu', pdu);
    const facts = await pluginFacts('external/pdu', shop.around());
    const device = await open('external/pdu', { hostlist: 'node1,Node2', pdu: '7' });

    expect(facts).toEqual({ kind: 'found', names: ['hostlist', 'pdu'] });
    expect(await device.id(signal)).toBe('PDU 7');
    expect(await device.hosts(signal)).toEqual(['node1', 'node2']);
    expect(await device.reset(node2, signal)).toEqual({ kind: 'ok' });
    expect(await readFile(join(shop.directory, 'pdu.done'), 'utf8')).toBe('node2\n');
    expect(shop.log).toEqual([
      `info glib: external_run_cmd: '${shop.directory}/pdu reset node2' output: external/pdu resets node2 by 7`,
    ]);
  });

  test('whose status fails is not operational', async () => {
    await shop.script('pdu', pdu);

    expect(await (await open('external/pdu')).status(signal)).toBe('exit code 3');
  });

  test.each([
    ['exits with another code than 0', 'exit 3', 'exit code 3'],
    ['is ended by a signal', 'kill -KILL $$', 'ended by SIGKILL'],
    ['hangs beyond its limit', 'sleep 60', 'killed, it took longer than 0.3 s'],
  ])('that %s has reset nobody', async (_, lines, why) => {
    await shop.script('bad', `[ "$1" = reset ] || exit 0\n${lines}`);
    const device = await open('external/bad', {}, 300);

    expect(await device.reset(node2, signal)).toEqual({ kind: 'failed', why });
  });

  test('is not run when others than its owner may write it', async () => {
    await shop.script('pdu', pdu, 0o775);
    const device = await open('external/pdu', { pdu: '7' });

    expect(await pluginFacts('external/pdu', shop.around())).toMatchObject({
      kind: 'unusable',
      why: 'writable-by-others',
    });
    expect(await device.reset(node2, signal)).toMatchObject({ kind: 'failed' });
    await expect(readFile(join(shop.directory, 'pdu.done'))).rejects.toThrow('ENOENT');
  });

  test.each(['nosuch', '../external', '.hidden', ''])('%j is no script', async (name) => {
    await shop.script('.hidden', 'exit 0');

    expect(await pluginFacts(`external/${name}`, shop.around())).toMatchObject({
      kind: 'unusable',
      why: 'absent',
    });
  });

  test('that has no parameter names cannot be used', async () => {
    await shop.script('dumb', 'exit 1');

    expect(await pluginFacts('external/dumb', shop.around())).toMatchObject({ why: 'no-answer' });
  });
});

describe('external/fence_NAME without such a script', () => {
  const agent = `tee "$0.input" | grep -q plug=3 && echo "plug 3 it is" >&2`;

  test('is the fence agent of that name: it reads from stdin what is wanted of which plug', async () => {
    await shop.script('fence_test', agent);
    const around = { ...shop.around(), places: { ...shop.around().places, external: [] } };
    const options = 'ip=10.0.0.9 password=a=b map=node1:2,node2:3';
    const parameters = new Map([
      ['hostlist', 'node1 node2'],
      ['options', options],
    ]);
    const device = await openDevice({ type: 'external/fence_test', parameters }, around);

    expect(await pluginFacts('external/fence_test', around)).toEqual({
      kind: 'found',
      names: ['hostlist', 'options'],
    });
    expect(await device?.reset(node2, signal)).toEqual({ kind: 'ok' });
    expect(await readFile(join(shop.directory, 'fence_test.input'), 'utf8')).toBe(
      'action=reboot\nnodename=node2\nplug=3\nport=3\nip=10.0.0.9\npassword=a=b\n',
    );
    expect(shop.log).toEqual([`info glib: ${shop.directory}/fence_test: plug 3 it is`]);
    expect(await device?.reset(nodeName('node1'), signal)).toMatchObject({ kind: 'failed' });
    expect(await device?.reset(nodeName('node3'), signal)).toMatchObject({ kind: 'bad-host' });
  });
});

describe('compiled plug-ins, through the command stonith of cluster-glue', () => {
  test('are known by name and parameters', async () => {
    expect(await pluginFacts('apcmaster', shop.around())).toEqual({
      kind: 'found',
      names: ['ipaddr', 'login', 'password'],
    });
    expect(await pluginFacts('apcmastr', shop.around())).toMatchObject({ kind: 'unknown' });
  });

  test('cannot be used where the command is missing', async () => {
    const around = { ...shop.around(), places: { ...shop.around().places, command: [] } };

    expect(await pluginFacts('apcmaster', around)).toEqual({ kind: 'no-stonith-command' });
    expect(await pluginFacts('apcmastr', around)).toMatchObject({ kind: 'unknown' });
  });

  test('are driven by it, with its parameters in the environment and its exit codes', async () => {
    const around = shop.around();
    const parameters = new Map([['hostlist', 'node1 node2']]);
    const of = (type: string): CommandDevice =>
      new CommandDevice('/usr/sbin/stonith', type, { parameters, around });

    expect(await of('null').id(signal)).toBe('NULL STONITH device');
    expect(await of('null').status(signal)).toBeUndefined();
    expect(await of('null').hosts(signal)).toEqual(['node1', 'node2']);
    expect(await of('null').reset(node2, signal)).toEqual({ kind: 'ok' });
    expect(await of('ssh').reset(nodeName('node9'), signal)).toEqual({
      kind: 'bad-host',
      device: 'SSH STONITH device',
    });
  });

  test('rhcs/NAME wants its script', async () => {
    expect(await pluginFacts('rhcs/apc', shop.around())).toMatchObject({ kind: 'unusable' });
  });
});

describe('ssh', () => {
  test('resets the hosts of its list alone', async () => {
    const device = await open('ssh', { hostlist: 'node1, Node3' });

    expect(await device.reset(node2, signal)).toEqual({
      kind: 'bad-host',
      device: 'SSH STONITH device',
    });
  });
});
