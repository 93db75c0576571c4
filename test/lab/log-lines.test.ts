import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { splitLines } from '../../lab/lines.ts';
import { LogFollower, parseLogLine } from '../../lab/log-lines.ts';

describe('a line of the log', () => {
  test('of the daemon gives time, level and text', () => {
    expect(
      parseLogLine('Nov 22 15:49:01 node1 heartbeat: [29]: WARN: node node2: is dead'),
    ).toEqual({
      time: '15:49:01',
      level: 'WARN',
      text: 'node node2: is dead',
    });
  });

  test('of a script gives the same, with a level or without', () => {
    expect(parseLogLine('2026/11/22_15:49:02  harc(default)[36]:    info: Running it')).toEqual({
      time: '15:49:02',
      level: 'info',
      text: 'Running it',
    });
    expect(
      parseLogLine('2026/11/22_15:49:14  req(default)[147]:    received IPaddr::1 OK'),
    ).toEqual({
      time: '15:49:14',
      level: '',
      text: 'received IPaddr::1 OK',
    });
  });

  test('of no known form is shown as it is, without what would disturb a terminal', () => {
    expect(parseLogLine('\u001b[2J\tgone\u0007').text).toBe('?[2J gone?');
  });
});

test('text in pieces comes as whole lines, and none is longer than 16 KiB', () => {
  const lines: string[] = [];
  const feed = splitLines((line) => lines.push(line));
  feed('one\ntw');
  feed('o\n');
  feed('x'.repeat(50_000));
  feed('\n');
  expect(lines.slice(0, 2)).toEqual(['one', 'two']);
  expect(lines[2]?.length).toBe(16_384);
});

test('a log is followed from its first line, and may appear later than its reader', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-log-'));
  const file = join(folder, 'ha-log');
  const lines: string[] = [];
  const follower = new LogFollower(file, (line) => lines.push(line));
  try {
    expect(await follower.poll()).toBe(false);
    await appendFile(file, 'one\ntwo\nthr');
    expect(await follower.poll()).toBe(true);
    await appendFile(file, 'ee\n');
    await follower.poll();
    expect(await follower.poll()).toBe(false);
    expect(lines).toEqual(['one', 'two', 'three']);
  } finally {
    await rm(folder, { recursive: true });
  }
});
