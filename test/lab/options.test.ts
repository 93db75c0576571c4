import { describe, expect, test } from 'vitest';
import { durationMillis, parseOptions } from '../../lab/options.ts';

const refusal = (...words: string[]): string => {
  const parsed = parseOptions(words);
  return parsed.kind === 'refused' ? parsed.why : parsed.kind;
};

describe('the words after `npm run lab --`', () => {
  test('may be none: two of our nodes, broadcast, md5, and times that suit a watcher', () => {
    expect(parseOptions([])).toEqual({
      kind: 'options',
      options: {
        scenario: 'web',
        demo: false,
        emulated: false,
        crashes: undefined,
        autoFailback: 'on',
        implementations: ['ours', 'ours'],
        media: 'bcast',
        auth: 'md5',
        keepalive: '500ms',
        deadtime: '3',
      },
    });
  });

  test('put the C heartbeat on node2 only', () => {
    expect(parseOptions(['--peer', 'c', '--media', 'ucast'])).toMatchObject({
      options: { implementations: ['ours', 'c'], media: 'ucast' },
    });
  });

  test('put it on both nodes for those who develop the lab, unless told otherwise', () => {
    expect(parseOptions(['--impl', 'c'])).toMatchObject({
      options: { implementations: ['c', 'c'] },
    });
    expect(parseOptions(['--impl', 'c', '--peer', 'ours'])).toMatchObject({
      options: { implementations: ['c', 'ours'] },
    });
  });

  test.each([
    [['--bogus'], /--bogus/],
    [['word'], /web, nfs, mysql, mcast, not "word"/],
    [['nfs', 'mysql'], /one scenario at a time/],
    [['--crashes', '3'], /for the scenario mysql/],
    [['mysql', '--crashes', '0'], /from 1 to/],
    [['--media', 'carrier-pigeon'], /bcast, mcast, ucast, not "carrier-pigeon"/],
    [['--peer', 'd'], /--peer/],
    [['--auth', 'sha256'], /--auth/],
    [['--keepalive', '0'], /--keepalive/],
    [['--deadtime', 'soon'], /--deadtime/],
    [['--keepalive', '2', '--deadtime', '3'], /less than two keepalives/],
    [['--deadtime', '601'], /at most 600/],
  ])('are refused with the reason: %j', (words, reason) => {
    expect(refusal(...words)).toMatch(reason);
  });

  test('name what the pair serves', () => {
    expect(parseOptions(['nfs', '--demo'])).toMatchObject({ options: { scenario: 'nfs' } });
    expect(parseOptions(['mcast'])).toMatchObject({ options: { scenario: 'web', media: 'mcast' } });
  });

  test('count crashes, which either node can have: the service stays where it is', () => {
    expect(parseOptions(['mysql', '--crashes', '20'])).toMatchObject({
      options: { crashes: 20, autoFailback: 'off' },
    });
  });

  test('have the times of a slow machine inside of one, unless told otherwise', () => {
    expect(parseOptions(['nfs', '--emulated', '--deadtime', '30'])).toMatchObject({
      options: { keepalive: '2', deadtime: '30' },
    });
  });

  test('ask for help', () => {
    expect(parseOptions(['--help'])).toEqual({ kind: 'help' });
  });
});

test.each([
  ['2', 2000],
  ['2s', 2000],
  ['200ms', 200],
  ['', undefined],
  ['1.5', undefined],
  ['-1', undefined],
])('the time %j is %j ms', (text, length) => {
  expect(durationMillis(text)).toBe(length);
});
