/** `cl_status hbstatus -v` beside a `ccm` that says this or that; the words are those of the C cl_status at the same socket. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clStatus } from '../../src/cli/cl-status-run.ts';
import { encodeFrame } from '../../src/clients/frames.ts';
import { openHouse } from '../clients/house.ts';

const ints = (...numbers: readonly number[]): Buffer =>
  Buffer.from(Int32Array.from(numbers).buffer);

/** Names by id; we are 0. */
function nodes(...names: readonly string[]): Buffer {
  const entries = names.map((name, id) =>
    Buffer.concat([ints(id), Buffer.from(name.padEnd(256, '\0'), 'latin1')]),
  );
  return encodeFrame(Buffer.concat([ints(4, names.length, 0), ...entries]));
}

function membership(instance: number, quorum: 0 | 1, ...members: readonly number[][]): Buffer {
  return encodeFrame(ints(2, members.length, instance, quorum, ...members.flat()));
}

const three = nodes('a1', 'b2', 'c3');

async function linesBesideCcm(
  said: Buffer | 'nothing' | 'absent',
  patience?: number,
): Promise<{ exit: number; lines: readonly string[]; errors: readonly string[] }> {
  const house = await openHouse();
  onTestFinished(() => house[Symbol.asyncDispose]());
  const socket = join(house.directory, 'ccm', 'ccm');
  await mkdir(join(house.directory, 'ccm'), { recursive: true });
  if (said !== 'absent') {
    const server = createServer((peer) => {
      peer.on('error', () => {
        // Whoever has read enough may hang up.
      });
      if (said !== 'nothing') peer.end(said);
    }).listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
  }
  const lines: string[] = [];
  const errors: string[] = [];
  const output = {
    print: (line: string) => lines.push(line),
    error: (text: string) => errors.push(`ERROR: ${text}`),
    complain: (line: string) => errors.push(line),
  };
  const sockets = { register: house.socket, ccm: socket };
  const exit = await clStatus(['hbstatus', '-v'], sockets, output, patience);
  const nodesFrom = lines.findIndex((line) => line.includes('(nodetype: '));
  return { exit, lines: lines.slice(2, nodesFrom === -1 ? undefined : nodesFrom), errors };
}

test.each<[string, Buffer, readonly string[]]>([
  [
    'a membership with quorum, the longest there first',
    Buffer.concat([three, membership(7, 1, [0, 4], [2, 1], [1, 1])]),
    [
      '',
      'ccm membership with quorum',
      '\tinstance 7',
      '\tmembers 3',
      '\t\t1 b2\t(born: 1)',
      '\t\t2 c3\t(born: 1)',
      '\t\t0 a1\t(born: 4)',
      '\tmember of partition',
    ],
  ],
  [
    'one without quorum and without us',
    Buffer.concat([three, membership(9, 0, [1, 1])]),
    [
      '',
      'ccm membership WITHOUT quorum',
      '\tinstance 9',
      '\tmembers 1',
      '\t\t1 b2\t(born: 1)',
      '\tNOT member of partition',
    ],
  ],
  [
    'that we are evicted',
    Buffer.concat([three, encodeFrame(ints(1, 0, 0, 0))]),
    ['', 'ccm membership evicted'],
  ],
  ['the nodes only', three, []],
  ['nothing that is known', Buffer.concat([three, encodeFrame(ints(3, 0, 0, 0))]), []],
  ['more members than there are', Buffer.concat([three, membership(9, 1).subarray(0, 8)]), []],
])('ccm tells %s', async (_, said, wanted) => {
  expect(await linesBesideCcm(said)).toEqual({ exit: 0, lines: wanted, errors: [] });
});

test('no ccm is nothing to speak of', async () => {
  expect(await linesBesideCcm('absent')).toEqual({ exit: 0, lines: [], errors: [] });
});

test.each([
  ['hangs up', Buffer.alloc(0)],
  ['speaks another language', Buffer.from('HTTP/1.0 400\r\n\r\n')],
  ['counts wrong', encodeFrame(ints(4, 2_000_000_000, 0))],
])('a ccm that %s is complained of', async (_, said) => {
  expect(await linesBesideCcm(said)).toEqual({
    exit: 0,
    lines: [],
    errors: ['connection denied', 'ERROR: problem handling ccm membership event'],
  });
});

test('a ccm that says nothing is given up with the whole command', async () => {
  expect(await linesBesideCcm('nothing', 100)).toMatchObject({ exit: 12, lines: [] });
});
