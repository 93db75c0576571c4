import { describe, expect, test } from 'vitest';
import { parseAuthKeys } from '../../src/config/auth-keys.ts';
import { inEnglish } from './recorded.ts';

const file = '/etc/ha.d/authkeys';
const told = (text: string, facts = {}): readonly string[] =>
  parseAuthKeys(text, file, facts).problems.map(inEnglish);

describe('the key that signs', () => {
  test.each([
    ['auth 1\n1 sha1 one\n2 md5 two\n', 1],
    ['auth 1\n1 sha1 one\nauth 2\n2 md5 two\n', 2],
    ['auth 1\n1 sha1 one\n2 md5 two\nauth 2\n', 1],
    ['auth15\n 15sha1 k\n', 15],
    ['auth 1\n1 sha1 one\nauth -1\n', 1],
  ])('of %j is %i, as in C', (text, id) => {
    expect(parseAuthKeys(text, file).value?.outbound.id).toBe(id);
  });

  test('is the last of its index', () => {
    const keys = parseAuthKeys('auth 1\n1 sha1 one\n1 md5 two\n', file).value;

    expect(keys?.outbound).toEqual({ id: 1, method: 'md5', secret: 'two' });
    expect(keys?.byId.size).toBe(1);
  });

  test('is one word, with # and quotes as parts of it', () => {
    const secretOf = (line: string): string | undefined =>
      parseAuthKeys(`auth 1\n1 md5 ${line}\n`, file).value?.outbound.secret;

    expect(secretOf('a#b')).toBe('a#b');
    expect(secretOf('"purple dance"')).toBe('"purple');
    expect(secretOf('key\r')).toBe('key');
  });
});

describe('what is wrong with authkeys', () => {
  test.each([
    [
      'auth 1\n1 sha1\n',
      [
        `${file}:1:1: error: Auth Key [1] not found in keyfile [/etc/ha.d//authkeys]: add a good key line for it below, such as: 1 sha1 SomeLongSecretWord`,
        `${file}:2:3: error: Auth method [sha1] requires a key: write INDEX METHOD KEY, such as: 1 sha1 SomeLongSecretWord`,
      ],
    ],
    [
      '1 sha1 k\nauth 1\n',
      [
        `${file}:2:1: error: Auth Key [1] not found in keyfile [/etc/ha.d//authkeys]: its key line is line 1, but auth must come before it; move the auth line up`,
      ],
    ],
    [
      'auth 1\n1 MD5 k\n',
      [
        expect.stringContaining('Auth Key [1] not found'),
        `${file}:2:3: error: Invalid authtype [MD5]: write crc, md5 or sha1, in small letters; did you mean "md5"?`,
      ],
    ],
    [
      'auth 1\n1 crc # weak\n',
      [
        expect.stringContaining('Auth Key [1] not found'),
        `${file}:2:7: error: Auth method [crc] doesn't use a key: a comment behind crc is taken for a key; put it on a line of its own`,
      ],
    ],
    [
      'auth 2\n2 sha1 k\n1 crc\n',
      [
        `${file}:3:1: warning: packets signed with crc are refused while a keyed method signs; remove the line, or set [auth] accept_crc = yes in extensions.ini`,
      ],
    ],
    [
      'auth 1\n1 md5 "purple dance"\n',
      [
        `${file}:2:7: warning: a key is one word: only its first word counts, here and in C heartbeat, and the quote belongs to it; write it without blanks and quotes on both nodes`,
      ],
    ],
    ['', [expect.stringContaining('1:1: error: Missing auth directive in keyfile')]],
  ])('%j', (text, lines) => {
    expect(told(text)).toEqual(lines);
  });

  test.each([
    [
      0o644,
      `${file}:1:1: error: Bad permissions on keyfile [/etc/ha.d//authkeys], 600 recommended: its mode is 644, others can read the keys; run: chmod 600 ${file}`,
    ],
    [0o711, `${file}:1:1: warning: its mode is 711; run: chmod 600 ${file}`],
  ])('the mode %o', (mode, line) => {
    expect(told('auth 1\n1 sha1 k\n', { mode })).toEqual([line]);
  });

  test('the owner, and crc although it is accepted', () => {
    expect(told('auth 1\n1 sha1 k\n2 crc\n', { mode: 0o600, uid: 7, acceptCrc: true })).toEqual([
      expect.stringContaining('run: chown root'),
      expect.stringContaining('anyone on the network can forge packets under this index'),
    ]);
  });

  test('never shows a key', () => {
    const text =
      'auth 1\nsha1 TopSecret\nauth x TopSecret\n1 sha1 TopSecret More\n99 md5 TopSecret\n';

    expect(told(text).join('\n')).not.toMatch(/TopSecret|More/);
  });
});
