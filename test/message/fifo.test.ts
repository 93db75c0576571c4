import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { FifoReader, fifoWords, type FifoItem } from '../../src/message/fifo.ts';
import { stampFields } from '../../src/message/drafts.ts';
import { encodeDatagram } from '../../src/message/encode.ts';
import { decodeUnsigned } from '../../src/message/decode.ts';
import { text, valueOf, type Field } from '../../src/message/messages.ts';
import { nodeName } from '../../src/units.ts';
import { fifoCases, fromLatin1, latin1, valueOfResult } from './vectors.ts';

const readAll = (written: string): readonly FifoItem[] =>
  new FifoReader().feed(fromLatin1(written));

function messagesIn(written: string): readonly (readonly Field[])[] {
  return readAll(written).flatMap((item) => (item.kind === 'message' ? [item.fields] : []));
}

const faultsIn = (written: string): readonly string[] =>
  readAll(written).flatMap((item) => (item.kind === 'dropped' ? [item.fault] : []));

const pairs = (fields: readonly Field[]): readonly string[] =>
  fields.map((field) => `${field.name}=${'value' in field ? field.value : ''}`);

describe('what C made of a text in its FIFO', () => {
  /** Addressed to the other node: read, but not for this node's clients. */
  const forTheOther = 'dest is the other node: nothing here';
  const answered = fifoCases.filter(({ delivered }) => delivered.length > 0);
  const silent = fifoCases.filter(
    ({ delivered, description }) => delivered.length === 0 && description !== forTheOther,
  );
  const key = { id: 1, method: 'sha1', secret: 'x' } as const;

  test('there are 16 cases', () => {
    expect(answered.length + silent.length + 1).toBe(16);
  });

  test.each(answered)('$description: the same, stamped and signed', ({ written, delivered }) => {
    // An unnumbered message came twice, by its own loop and by its echo.
    const wanted = [...new Set(delivered)];
    const read = messagesIn(written);

    expect(read).toHaveLength(wanted.length);
    read.forEach((fields, index) => {
      const answer = valueOfResult(decodeUnsigned(fromLatin1(wanted[index] ?? ''), 10_000));
      const stamped = stampFields(fields, controlIn(answer));
      const sent = valueOfResult(encodeDatagram(stamped, 'classic', key));

      expect(withoutDigest(latin1(sent))).toBe(withoutDigest((wanted[index] ?? '').slice(0, -1)));
    });
  });

  test.each(silent)('$description: nothing', ({ written }) => {
    expect(messagesIn(written)).toEqual([]);
  });

  const withoutDigest = (message: string): string => message.replace(/^auth=1 .*$/m, 'auth=1');

  function controlIn(fields: readonly Field[]): Parameters<typeof stampFields>[1] {
    return {
      self: nodeName('api1'),
      uuid: valueOf(fields, 'srcuuid') ?? valueOf(firstAnswer, 'srcuuid') ?? '',
      sequence: Number.parseInt(valueOf(fields, 'seq') ?? '0', 16),
      generation: Number.parseInt(valueOf(fields, 'hg') ?? '', 16),
      time: Number.parseInt(valueOf(fields, 'ts') ?? '', 16),
      load: valueOf(fields, 'ld') ?? '',
      timeToLive: Number(valueOf(fields, 'ttl')),
    };
  }

  const firstAnswer = valueOfResult(
    decodeUnsigned(fromLatin1(answered[0]?.delivered[0] ?? ''), 10_000),
  );
});

describe('a reader of the FIFO', () => {
  test('reads the same whichever way the bytes fall', () => {
    const written = fifoCases.map((one) => one.written).join('');
    const whole = readAll(written);

    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 40 }), (sizes) => {
        const reader = new FifoReader();
        const items: FifoItem[] = [];
        let rest = fromLatin1(written);
        for (const size of sizes) {
          items.push(...reader.feed(rest.subarray(0, size)));
          rest = rest.subarray(size);
        }
        items.push(...reader.feed(rest));

        expect(items).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  test('reads the same byte by byte', () => {
    const written = fifoCases.map((one) => one.written).join('');
    const reader = new FifoReader();
    const items = [...fromLatin1(written)].flatMap((byte) => reader.feed(Uint8Array.of(byte)));

    expect(items).toEqual(readAll(written));
  });

  test('waits for the end of a message, for however long', () => {
    const reader = new FifoReader();

    expect(reader.feed(fromLatin1('>>>\nt=foo\na=1\n'))).toEqual([]);
    expect(reader.feed(fromLatin1('b=2\n<<<\n'))).toEqual([
      { kind: 'message', fields: [text('t', 'foo'), text('a', '1'), text('b', '2')] },
    ]);
  });

  test('begins anew at a start mark, for the writer before may have died', () => {
    expect(messagesIn('>>>\nt=lost\n>>>\nt=found\n<<<\n').map(pairs)).toEqual([['t=found']]);
  });

  test('drops a message whole, says why, and reads the next one', () => {
    const next = '>>>\nt=next\n<<<\n';

    expect(faultsIn(`>>>\nt=a\nbad\n<<<\n${next}`)).toEqual(['no-equals-sign']);
    expect(faultsIn(`>>>\na=1\n<<<\n${next}`)).toEqual(['no-type']);
    expect(faultsIn(`>>>\nt=a\nx=${'y'.repeat(600)}\n<<<\n${next}`)).toEqual(['line-too-long']);
    expect(faultsIn(`>>>\nt=a\n(1)x=!\n<<<\n${next}`)).toEqual(['bad-base64']);
    expect(faultsIn(`###\n3:abc;%%%\n${next}`)).toEqual(['bad-netstring']);
    expect(messagesIn(`>>>\nt=a\nbad\n<<<\n${next}###\n3:abc;%%%\n${next}`)).toHaveLength(2);
  });

  test('takes 511 bytes of a line and not one more, also when they come alone', () => {
    const line = (length: number): string => `a=${'x'.repeat(length - 3)}\n`;

    expect(messagesIn(`>>>\nt=a\n${line(511)}<<<\n`)).toHaveLength(1);
    expect(faultsIn(`>>>\nt=a\n${line(512)}<<<\n`)).toEqual(['line-too-long']);

    const reader = new FifoReader();
    reader.feed(fromLatin1('>>>\nt=a\n'));
    expect(reader.feed(fromLatin1('a='.padEnd(511, 'x')))).toEqual([
      { kind: 'dropped', fault: 'line-too-long' },
    ]);
    // The rest of that line is no line of its own.
    expect(reader.feed(fromLatin1('>>>\nt=b\n<<<\n'))).toEqual([]);
    expect(reader.feed(fromLatin1('>>>\nt=c\n<<<\n'))).toHaveLength(1);
  });

  test('gives a message of more than a datagram up, in both encodings', () => {
    const lines = `a=${'x'.repeat(500)}\n`.repeat(140);
    const huge = `###\n200000:(0)t=${'x'.repeat(70_000)}`;

    expect(faultsIn(`>>>\nt=a\n${lines}<<<\n`)).toEqual(['too-long']);
    expect(faultsIn(huge)).toEqual(['too-long']);
  });

  test('never throws, and comes back to its senses after any junk', () => {
    const piece = fc.oneof(
      fc.constantFrom('>>>\n', '<<<\n', '###\n', '%%%\n', 't=a\n', '7:(0)t=fn,', '\n', '\0'),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const reader = new FifoReader();
        reader.feed(fromLatin1(pieces.join('')));
        reader.feed(fromLatin1(`\n${'z'.repeat(66_000)}\n`));

        expect(reader.feed(fromLatin1('>>>\nt=next\n<<<\n'))).toContainEqual({
          kind: 'message',
          fields: [text('t', 'next')],
        });
      }),
      { numRuns: 200 },
    );
  });

  test('has a line of the log for what it drops', () => {
    expect(fifoWords('no-type')).toEqual({
      level: 'ERROR',
      text: 'Invalid message in send_cluster_msg',
    });
    expect(fifoWords('line-too-long').text).toBe('message from the FIFO dropped: line too long');
  });
});
