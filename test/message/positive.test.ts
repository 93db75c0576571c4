import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { decodeDatagram } from '../../src/message/decode.ts';
import { encodeDatagram, outboundForm, type Form } from '../../src/message/encode.ts';
import { interpret } from '../../src/message/interpret.ts';
import { formatList, formatNetstring } from '../../src/message/netstring.ts';
import type { Field } from '../../src/message/messages.ts';
import {
  bytesOf,
  keysOf,
  latin1,
  positive,
  valueOfResult,
  type PositiveVector,
  type VectorField,
} from './vectors.ts';

const decoded = (vector: PositiveVector): readonly Field[] =>
  valueOfResult(decodeDatagram(bytesOf(vector), keysOf(vector.keyfile))).fields;

/** What C was told to write, judged by what it wrote. */
function formOf(vector: PositiveVector): Form {
  if (vector.encoding === 'classic') return 'classic';
  return vector.inner_auth === null ? 'netstring' : 'netstring-with-auth';
}

/** The bytes of a field's value as the vectors give them. */
function wireValue(field: Field): string {
  if (field.type === 2) return formatNetstring(field.fields);
  return field.type === 3 ? formatList(field.items) : field.value;
}

function expectedValue(field: VectorField): string {
  if (field.hex !== undefined) return Buffer.from(field.hex, 'hex').toString('latin1');
  return Buffer.from(field.value ?? '', 'utf8').toString('latin1');
}

describe('a message of the C daemon', () => {
  test('there are 96 of them', () => {
    expect(positive).toHaveLength(96);
  });

  test.each(positive)(
    '$id ($scenario) is authentic, and signed with the key it names',
    (vector) => {
      const result = valueOfResult(decodeDatagram(bytesOf(vector), keysOf(vector.keyfile)));

      expect(result.encoding).toBe(vector.encoding);
      expect(result.keyId).toBe(keysOf(vector.keyfile).outbound.id);
    },
  );

  test.each(positive.filter(({ encoding }) => encoding === 'netstring'))(
    '$id has the fields that the vector lists',
    (vector) => {
      const fields = decoded(vector);

      expect(
        fields.map((field) => ({ name: field.name, type: field.type, value: wireValue(field) })),
      ).toEqual(
        vector.fields.map((field) => ({
          name: field.name,
          type: field.type,
          value: expectedValue(field),
        })),
      );
    },
  );

  test.each(positive)('$id is encoded again to the same bytes', (vector) => {
    const { outbound } = keysOf(vector.keyfile);
    const again = valueOfResult(encodeDatagram(decoded(vector), formOf(vector), outbound));

    expect(latin1(again)).toBe(latin1(bytesOf(vector)));
  });

  test.each(positive.filter(({ fields }) => fields.at(-1)?.name === 'auth'))(
    '$id gets the same inner digest when it is signed anew',
    (vector) => {
      const { outbound } = keysOf(vector.keyfile);
      const unsigned = decoded(vector).filter(({ name }) => name !== 'auth');
      const again = valueOfResult(encodeDatagram(unsigned, formOf(vector), outbound));

      expect(latin1(again)).toBe(latin1(bytesOf(vector)));
    },
  );

  test.each(positive.filter(({ id }) => id !== 'p071' && id !== 'p092'))(
    '$id is a message of the type that it names',
    (vector) => {
      const message = valueOfResult(interpret(decoded(vector)));

      const type = message.body.t === 'other' ? message.body.type : message.body.t;
      const listed = vector.fields.find(({ name }) => name === 't');
      expect(type).toBe(listed?.value ?? listed?.raw);
    },
  );

  test('p071 names a node in capitals, which is nobody, and still counts', () => {
    const vector = positive.find(({ id }) => id === 'p071');
    if (vector === undefined) throw new Error('p071 is missing');

    expect(interpret(decoded(vector))).toMatchObject({
      ok: false,
      reason: { kind: 'unusable', fault: { field: 'dest', fault: 'bad' } },
    });
  });
});

describe('the classic text of the C daemon', () => {
  const fieldsOf = (id: string): readonly Field[] => {
    const vector = positive.find((candidate) => candidate.id === id);
    if (vector === undefined) throw new Error(`${id} is missing`);
    return decoded(vector);
  };

  test('p094 holds binary bytes, a list and a line feed', () => {
    expect(fieldsOf('p094').slice(1, 4)).toEqual([
      { type: 1, name: 'bin', value: '\x01\x02\x03\x04' },
      { type: 3, name: 'lst', items: ['abc', 'de'] },
      { type: 0, name: 'x', value: 'line1\nline2' },
    ]);
  });

  test('p096 holds a message within a message within a message', () => {
    expect(fieldsOf('p096')[1]).toEqual({
      type: 2,
      name: 's',
      fields: [
        { type: 0, name: 'a', value: '1' },
        { type: 0, name: 'nl', value: 'p\nq' },
        { type: 1, name: 'b', value: '\x00\x01\xff' },
        { type: 2, name: 'in', fields: [{ type: 0, name: 'z', value: '9' }] },
      ],
    });
  });
});

describe('the form to send in', () => {
  test('is classic text while more than one keyed method is listed', () => {
    expect(outboundForm(keysOf('rotate_a'), 'classic')).toBe('classic');
    expect(outboundForm(keysOf('rotate_b'), 'netstring')).toBe('classic');
  });

  test('is as msgfmt says when there is one keyed method, with or without crc beside it', () => {
    expect(outboundForm(keysOf('sha1_1'), 'classic')).toBe('netstring-with-auth');
    expect(outboundForm(keysOf('sha1_1'), 'netstring')).toBe('netstring');
    expect(outboundForm(keysOf('md5_2'), 'classic')).toBe('netstring-with-auth');
    expect(outboundForm(keysOf('crc1'), 'netstring')).toBe('netstring');
  });
});
