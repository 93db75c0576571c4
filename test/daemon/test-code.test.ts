import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PacketLoss, parseTestCode } from '../../src/daemon/test-code.ts';

describe('OnlyForTesting', () => {
  test('is read and told as C does', () => {
    const text = 'rcvloss=0.25\nxmitloss=1\nallownodes=Node2;dmnhost;\nbogus=3\n';
    const { code, lines } = parseTestCode(text, '/etc/ha.d/OnlyForTesting');

    expect(code).toEqual({
      receiveLoss: 0.25,
      sendLoss: 1,
      allowed: new Set(['node2', 'dmnhost']),
    });
    expect(lines.map((line) => `${line.level}: ${line.text}`)).toEqual([
      'info: WARNING: Enabling Test Code',
      'info: Receive loss probability = 0.250',
      'info: Xmit loss probability = 1.000',
      'info: Allow nodes = Node2;dmnhost;',
      'ERROR: Cannot recognize test param [bogus] in [/etc/ha.d/OnlyForTesting]',
      'info: WARNING: Above Options Now Enabled.',
    ]);
  });

  test.each(['', 'rcvloss=\n', 'rcvloss=x\nxmitloss=-1\n'])('%j loses nothing', (text) => {
    expect(parseTestCode(text, 'f').code).toMatchObject({ receiveLoss: 0, sendLoss: 0 });
  });
});

describe('datagrams', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hb-loss-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const classic = (node: string): Buffer => Buffer.from(`>>>\nt=status\nsrc=${node}\n<<<\n`);
  const netstring = (node: string): Buffer => Buffer.from(`###\n12:(0)src=${node},%%%\n`);

  async function lossOf(text: string | undefined, draw: number): Promise<[PacketLoss, string[]]> {
    const path = join(directory, 'OnlyForTesting');
    if (text !== undefined) await writeFile(path, text);
    const said: string[] = [];
    const log = (line: { text: string }): void => void said.push(line.text);
    const loss = new PacketLoss({ path, log, random: () => draw });
    await loss.read();
    return [loss, said];
  }

  test('are not lost without the file', async () => {
    const [loss, said] = await lossOf(undefined, 0);

    expect([loss.letsIn(classic('node2')), loss.letsOut(), said]).toEqual([true, true, []]);
  });

  test('that come are lost as often as it says, but for those of the nodes that are allowed', async () => {
    const [loss] = await lossOf('rcvloss=0.5\nxmitloss=1\nallownodes=node1;\n', 0.4);

    for (const form of [classic, netstring]) {
      expect([loss.letsIn(form('node1')), loss.letsIn(form('node2'))]).toEqual([true, false]);
    }
    expect(loss.letsOut()).toBe(true);
    const [luckier] = await lossOf('rcvloss=0.5\n', 0.5);
    expect(luckier.letsIn(classic('node2'))).toBe(true);
  });

  test('that go are lost only when no node is named', async () => {
    const [loss] = await lossOf('xmitloss=1\n', 0.99);

    expect([loss.letsOut(), loss.letsIn(classic('node2'))]).toEqual([false, true]);
  });

  test('are lost no more when the file is gone, which is told once', async () => {
    const [loss, said] = await lossOf('xmitloss=1\n', 0);
    await rm(join(directory, 'OnlyForTesting'));
    said.length = 0;
    await loss.read();
    await loss.read();

    expect([loss.letsOut(), said]).toEqual([true, ['Test Code Now disabled.']]);
  });
});
