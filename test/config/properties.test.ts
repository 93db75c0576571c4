import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { parseAuthKeys } from '../../src/config/auth-keys.ts';
import { directives } from '../../src/config/directives.ts';
import { parseExtensions } from '../../src/config/extensions.ts';
import { cLinesOf } from '../../src/config/format-problem.ts';
import { parseHaCf } from '../../src/config/ha-cf.ts';
import { parseHaresources } from '../../src/config/haresources.ts';
import type { Problem } from '../../src/config/problem.ts';
import { suggest } from '../../src/config/suggest.ts';
import { judge as judgeValue, parseTime } from '../../src/config/values.ts';
import { nodeName } from '../../src/units.ts';
import { configCases, inEnglish, judge, machine, sourcesOf } from './recorded.ts';

/** Pieces from which every kind of file is made, good and bad. */
const piece = fc.oneof(
  fc.constantFrom(...directives.keys()),
  fc.constantFrom(...[' ', '\t', '\n', '\r\n', ',', '#', '\\\n', '\\', '::', '=', '\0', ';', '/']),
  fc.constantFrom(
    ...['node1', 'node2', 'eth0', '225.0.0.15', '694', '1', '0', 'on', 'legacy', '200ms'],
  ),
  fc.constantFrom(
    ...['auth 1', '1 sha1 k', '2 crc', 'IPaddr::', '1.2.3.4', '[auth]', '[', ']', 'uid='],
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
const known = { nodes: [nodeName('node1')], pingNodes: [] };

const parsers: readonly (readonly [string, (text: string) => readonly Problem[]])[] = [
  ['ha.cf', (input) => parseHaCf(input, 'f').problems],
  ['authkeys', (input) => parseAuthKeys(input, 'f', { mode: 0o644 }).problems],
  ['haresources', (input) => parseHaresources(input, 'f', known).problems],
  ['extensions.ini', (input) => parseExtensions(input, 'f').problems],
];

/** Whether a place is a character of the text, or the beginning of an empty one. */
function isInside(input: string, { line, column }: Problem['at']): boolean {
  const written = input.split('\n')[line - 1];
  return written !== undefined && column >= 1 && column <= Math.max(1, written.length);
}

describe.each(parsers)('any text as %s', (_, problemsOf) => {
  test('is judged without an exception, at places inside the text, and in its order', () => {
    fc.assert(
      fc.property(text, (input) => {
        const problems = problemsOf(input);
        const places = problems.map(({ at }) => at.line * 100_000 + at.column);

        expect(problems.filter(({ at }) => !isInside(input, at))).toEqual([]);
        expect(places).toEqual([...places].sort((one, other) => one - other));
      }),
      { numRuns: 400 },
    );
  });

  test('is told in single printable lines', () => {
    fc.assert(
      fc.property(text, (input) => {
        const lines = problemsOf(input).flatMap((each) => [inEnglish(each), ...cLinesOf(each)]);
        expect(lines.filter((line) => /\p{Cc}/u.test(line) || line.length === 0)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

test('the whole configuration of any four texts is judged without an exception', () => {
  fc.assert(
    fc.property(text, text, text, text, (haCf, authKeys, haresources, extensions) => {
      const { settings, problems } = judge(
        sourcesOf({ haCf, authKeys, haresources, extensions }),
        machine,
      );
      const parsedBadly = problems.some(
        ({ severity, kind }) => severity === 'error' && kind !== 'own-name-missing',
      );
      if (!parsedBadly) expect(settings).toBeDefined();
    }),
    { numRuns: 200 },
  );
});

test('a character lost or doubled in a good file never makes an exception', () => {
  const texts = configCases.flatMap(({ haCf }) => haCf ?? []);
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), fc.boolean(), (good, seed, isLost) => {
      const place = seed % (good.length + 1);
      const rest = good.slice(isLost ? place + 1 : Math.max(0, place - 1));
      const { problems } = parseHaCf(good.slice(0, place) + rest, 'ha.cf');
      expect(problems.map(inEnglish).every((line) => line.startsWith('ha.cf:'))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a time that is accepted is a whole number of milliseconds within the limits', () => {
  const word = fc.tuple(
    fc.stringMatching(/^[0-9.]{0,8}$/),
    fc.constantFrom('', 'ms', 'us', 's', 'MSx'),
  );
  fc.assert(
    fc.property(word, ([number, unit]) => {
      const written = `${number}${unit}`;
      if (judgeValue(written, { kind: 'time', least: 1 }).kind === 'bad') return;
      const value = parseTime(written)?.value ?? -1;
      expect(Number.isInteger(value) && value >= 1 && value < 2 ** 31).toBe(true);
    }),
  );
});

test('a suggestion is a known word within two edits, and none where two words are equally near', () => {
  const words = [...directives.keys()];
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(), (word, seed) => {
      const place = seed % word.length;
      const slip = word.slice(0, place) + word.slice(place + 1);
      fc.pre(slip !== '' && word.length > 4);
      const suggestion = suggest(slip, words);
      if (suggestion !== undefined) expect(words).toContain(suggestion);
      expect(suggest(slip, [word])).toBe(word);
    }),
  );
  expect(suggest('node3', ['node1', 'node2'])).toBeUndefined();
});
