import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { fitsClassic, formatClassic } from '../../src/message/classic.ts';
import { decodeDatagram, decodeUnsigned, type VerifyingKeys } from '../../src/message/decode.ts';
import type { SigningKey } from '../../src/message/digest.ts';
import { digestOf } from '../../src/message/digest.ts';
import { checkDraft, encodeDatagram, type Form } from '../../src/message/encode.ts';
import { interpret } from '../../src/message/interpret.ts';
import type { Field } from '../../src/message/messages.ts';
import { text } from '../../src/message/messages.ts';
import {
  bytesOf,
  fromLatin1,
  keysOf,
  latin1,
  negative,
  positive,
  valueOfResult,
} from './vectors.ts';

const byteString = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));

const words = byteString(12).map((bytes) => bytes.replaceAll('\0', '0'));
const names = fc.oneof(
  fc.constantFrom('t', 'src', 'seq', 'hg', 'ts', 'dest', 'rsc_hold', 'info', 'st'),
  words.map((word) => `x${word.replaceAll(/[=\n]/g, '_')}`),
);

const { fields: anyFields } = fc.letrec<{ fields: Field[]; field: Field }>((tie) => ({
  fields: fc.array(tie('field'), { maxLength: 6 }),
  field: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ type: fc.constant(0 as const), name: names, value: words }),
    fc.record({
      type: fc.constantFrom(1 as const, 4 as const),
      name: names,
      value: byteString(40),
    }),
    fc.record({
      type: fc.constant(3 as const),
      name: names,
      items: fc.array(
        words.map((word) => `i${word}`),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    fc.record({ type: fc.constant(2 as const), name: names, fields: tie('fields') }),
  ),
}));

const anyKey: fc.Arbitrary<SigningKey> = fc.oneof(
  fc.record({
    id: fc.integer({ min: 0, max: 15 }),
    method: fc.constantFrom('md5' as const, 'sha1' as const),
    secret: byteString(100).map((bytes) => `k${bytes}`),
  }),
  fc.record({ id: fc.constant(1), method: fc.constant('crc' as const), secret: fc.constant('') }),
);

const anyForm = fc.constantFrom<Form>('netstring-with-auth', 'netstring', 'classic');
const only = (key: SigningKey): VerifyingKeys => ({
  outbound: key,
  byId: new Map([[key.id, key]]),
  acceptCrc: false,
});
const withoutAuth = (fields: readonly Field[]): readonly Field[] =>
  fields.filter(({ name }) => name !== 'auth');

describe('any message', () => {
  test('comes out of a datagram as it went in, in every form and with every key', () => {
    fc.assert(
      fc.property(anyFields, anyForm, anyKey, (fields, form, key) => {
        const datagram = valueOfResult(encodeDatagram(fields, form, key));
        const decoded = valueOfResult(decodeDatagram(datagram, only(key)));

        expect(withoutAuth(decoded.fields)).toEqual(fields);
        expect(decoded.keyId).toBe(key.id);
      }),
      { numRuns: 500 },
    );
  });

  test('goes as classic text when that can say it, with a NUL behind it or without', () => {
    fc.assert(
      fc.property(anyFields.filter(fitsClassic), (fields) => {
        const body = fromLatin1(formatClassic(fields));

        expect(decodeUnsigned(body, 262_144)).toEqual({ ok: true, value: fields });
        const ended = Buffer.concat([body, Buffer.of(0)]);
        expect(decodeUnsigned(ended, 262_144)).toEqual({ ok: true, value: fields });
      }),
    );
  });

  test('is not accepted by a node with another key word', () => {
    fc.assert(
      fc.property(anyFields, anyForm, byteString(20), (fields, form, other) => {
        const ours: SigningKey = { id: 1, method: 'sha1', secret: 'ours' };
        const theirs: SigningKey = { id: 1, method: 'sha1', secret: `x${other}` };
        const datagram = valueOfResult(encodeDatagram(fields, form, theirs));

        expect(decodeDatagram(datagram, only(ours))).toMatchObject({
          ok: false,
          reason: { kind: 'bad-digest' },
        });
      }),
    );
  });
});

describe('any bytes', () => {
  const keys = keysOf('many');
  const splinters = fc.constantFrom(
    '###\n',
    '%%%\n',
    '>>>\n',
    '<<<\n',
    '(0)',
    '(2)',
    '=',
    ',',
    ':',
  );
  const junk = fc.oneof(
    byteString(400),
    fc
      .array(fc.oneof(splinters, byteString(6), fc.nat(2000).map(String)), { maxLength: 60 })
      .map((parts) => parts.join('')),
  );

  test('end as a value, and never as an authentic message', () => {
    fc.assert(
      fc.property(fc.constantFrom('', '###\n', '>>>\n'), junk, (start, rest) => {
        const result = decodeDatagram(fromLatin1(start + rest), keys);

        expect(result.ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('end as a value on local channels too', () => {
    fc.assert(
      fc.property(fc.constantFrom('###\n', '>>>\n'), junk, (start, rest) => {
        const result = decodeUnsigned(fromLatin1(start + rest), 262_144);

        expect(typeof result.ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  test('that make any fields end as a message or a reason', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const result = interpret(fields);

        expect(result.ok ? result.value.fields : result.reason.kind).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a message of C that was changed on the way', () => {
  const keyed = positive.filter(({ keyfile }) => keyfile !== 'crc1');

  test('is refused, whichever byte it is', () => {
    const vectors = fc.constantFrom(...keyed);
    fc.assert(
      fc.property(vectors, fc.nat(), fc.integer({ min: 1, max: 255 }), (vector, place, flip) => {
        const original = bytesOf(vector);
        const changed = Uint8Array.from(original);
        const at = place % changed.length;
        changed[at] = (changed[at] ?? 0) ^ flip;
        const result = decodeDatagram(changed, keysOf(vector.keyfile, false));

        expect(result.ok).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  test('is refused when it is cut short anywhere', () => {
    for (const vector of [...positive, ...negative.filter(({ ours }) => ours === 'accept')]) {
      const original = bytesOf(vector);
      const step = Math.max(1, Math.floor(original.length / 100));
      const end = latin1(original).startsWith('>>>') ? original.length - 2 : 200;
      for (let length = 0; length < Math.min(end, original.length); length += step) {
        const result = decodeDatagram(original.subarray(0, length), keysOf(vector.keyfile));
        expect(result.ok).toBe(false);
      }
    }
  });
});

describe('the digests', () => {
  test('of keyed methods are the HMACs of the key word as bytes', () => {
    fc.assert(
      fc.property(byteString(100), fc.uint8Array(), (secret, bytes) => {
        const hmac = createHmac('md5', fromLatin1(`k${secret}`)).update(bytes);

        expect(digestOf({ id: 1, method: 'md5', secret: `k${secret}` }, bytes)).toBe(
          hmac.digest('hex'),
        );
      }),
    );
  });

  test('of crc are those of a slow calculation, bit by bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        let crc = 0n;
        for (const byte of bytes) {
          crc ^= BigInt(byte) << 24n;
          for (let bit = 0; bit < 8; bit += 1) {
            crc <<= 1n;
            if ((crc & 0x1_0000_0000n) !== 0n) crc ^= 0x1_04c1_1db7n;
          }
        }

        const key: SigningKey = { id: 1, method: 'crc', secret: '' };
        expect(digestOf(key, bytes)).toBe((crc ^ 0xffff_ffffn).toString(16));
      }),
    );
  });
});

describe('what cannot be sent', () => {
  const key: SigningKey = { id: 1, method: 'sha1', secret: 's' };

  test('is refused by the field that no encoding could carry', () => {
    const faultOf = (field: Field): unknown => {
      const result = encodeDatagram([field], 'netstring', key);
      return result.ok ? undefined : result.reason;
    };
    const deep = (levels: number): Field =>
      levels === 0 ? text('a', '1') : { type: 2, name: 's', fields: [deep(levels - 1)] };

    expect(faultOf(text('', 'x'))).toMatchObject({ fault: 'bad-name' });
    expect(faultOf(text('a=b', 'x'))).toMatchObject({ fault: 'bad-name' });
    expect(faultOf(text('a\nb', 'x'))).toMatchObject({ fault: 'bad-name' });
    expect(faultOf(text('a', 'x\0'))).toMatchObject({ name: 'a', fault: 'nul-in-string' });
    expect(faultOf(text('a', '中'))).toMatchObject({ fault: 'not-bytes' });
    expect(faultOf({ type: 3, name: 'l', items: [] })).toMatchObject({ fault: 'bad-list' });
    expect(faultOf({ type: 3, name: 'l', items: [''] })).toMatchObject({ fault: 'bad-list' });
    expect(faultOf({ type: 3, name: 'l', items: ['x'.repeat(1020)] })).toMatchObject({
      fault: 'bad-list',
    });
    expect(faultOf(deep(17))).toMatchObject({ fault: 'nested-too-deep' });
    expect(faultOf(deep(16))).toBeUndefined();
  });

  test('is anything over 65507 bytes, and a draft that would grow beyond them is found before', () => {
    const sized = (length: number): readonly Field[] => [
      text('t', 'x'),
      text('v', 'y'.repeat(length)),
    ];

    expect(encodeDatagram(sized(65_440), 'netstring', key)).toMatchObject({ ok: false });
    expect(encodeDatagram(sized(65_400), 'netstring', key).ok).toBe(true);
    expect(checkDraft(sized(65_400))).toMatchObject({ kind: 'too-long' });
    expect(checkDraft(sized(64_000))).toBeUndefined();
  });

  test('counts binary fields as classic text makes them longer', () => {
    const draft: readonly Field[] = [{ type: 1, name: 'b', value: 'x'.repeat(55_000) }];

    expect(checkDraft(draft)).toMatchObject({ kind: 'too-long' });
  });

  test('nested 16 deep still comes back', () => {
    const deep = (levels: number): Field =>
      levels === 0 ? text('a', '1\n2') : { type: 2, name: 's', fields: [deep(levels - 1)] };
    for (const form of ['netstring', 'classic'] as const) {
      const datagram = valueOfResult(encodeDatagram([deep(16)], form, key));

      expect(withoutAuth(valueOfResult(decodeDatagram(datagram, only(key))).fields)).toEqual([
        deep(16),
      ]);
      expect(latin1(datagram).startsWith(form === 'classic' ? '>>>' : '###')).toBe(true);
    }
  });
});

describe('a message that classic text cannot say', () => {
  const key: SigningKey = { id: 1, method: 'sha1', secret: 's' };

  test.each<readonly [string, Field]>([
    ['a string with the byte that stands for a line feed', text('a', 'x\x13y')],
    ['a name that begins like a type', text('(1)a', 'x')],
    ['a list with a line feed in an item', { type: 3, name: 'l', items: ['x\ny'] }],
    [
      'a child that holds the byte between its lines',
      { type: 2, name: 's', fields: [text('a', 'x\x14y')] },
    ],
  ])('%s goes as a netstring', (_what, field) => {
    const datagram = valueOfResult(encodeDatagram([field], 'classic', key));

    expect(latin1(datagram).startsWith('###\n')).toBe(true);
    expect(withoutAuth(valueOfResult(decodeDatagram(datagram, only(key))).fields)).toEqual([field]);
  });
});

describe('the inner digest', () => {
  const key: SigningKey = { id: 1, method: 'sha1', secret: 's' };
  const forged: Field = { type: 3, name: 'l', items: ['a\nt=shutdone\nst=dead\nx='] };

  test('is not given to a list that reads as lines of its own in classic text', () => {
    const sent = encodeDatagram([text('x', '1'), forged], 'netstring-with-auth', key);

    expect(latin1(valueOfResult(sent))).not.toContain('auth=');
  });

  test('is given to every other list', () => {
    const list: Field = { type: 3, name: 'l', items: ['a', 'b'] };
    const sent = encodeDatagram([text('x', '1'), list], 'netstring-with-auth', key);

    expect(latin1(valueOfResult(sent))).toContain('auth=1 ');
  });
});

describe('classic text with two auth lines', () => {
  test('is refused, for no digest covers the second', () => {
    const signed = latin1(bytesOf(positive.find(({ id }) => id === 'p093') ?? { hex: '' }));
    const twice = signed.replace('auth=', 'auth=1 0\nauth=');

    expect(decodeDatagram(fromLatin1(twice), keysOf('sha1_1'))).toEqual({
      ok: false,
      reason: { kind: 'malformed', encoding: 'classic', fault: 'auth-twice' },
    });
  });

  test('while empty lines and the place of auth do not matter', () => {
    const signed = latin1(bytesOf(positive.find(({ id }) => id === 'p093') ?? { hex: '' }));
    const auth = /auth=.*\n/.exec(signed)?.[0] ?? '';
    const moved = signed.replace(auth, '\n').replace('>>>\n', `>>>\n\n${auth}`);

    expect(decodeDatagram(fromLatin1(moved), keysOf('sha1_1')).ok).toBe(true);
  });
});
