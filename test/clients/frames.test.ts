import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameReader, maxBodyBytes } from '../../src/clients/frames.ts';

const example = Buffer.from('03000000cdab0000616263', 'hex');

/** Everything a reader makes of `stream` when it comes in pieces of `size` bytes. */
function readInPieces(stream: Buffer, size: number): readonly string[] {
  const reader = new FrameReader();
  const bodies: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    const read = reader.push(stream.subarray(at, at + size));
    if (!read.ok) return [...bodies, read.reason.kind];
    bodies.push(...read.value.map((body) => body.toString('latin1')));
  }
  return bodies;
}

describe('a frame', () => {
  test('has the length, the magic number and the body', () => {
    expect(encodeFrame(Buffer.from('abc')).equals(example)).toBe(true);
  });

  test('comes out whole however its bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        (bodies, size) => {
          const stream = Buffer.concat(bodies.map((body) => encodeFrame(body)));
          const expected = bodies.map((body) => Buffer.from(body).toString('latin1'));
          expect(readInPieces(stream, size)).toEqual(expected);
        },
      ),
    );
  });

  test('may be empty', () => {
    expect(readInPieces(Buffer.concat([encodeFrame(Buffer.alloc(0)), example]), 3)).toEqual([
      '',
      'abc',
    ]);
  });

  test('may be 256 KiB long, and no longer', () => {
    const longest = readInPieces(encodeFrame(Buffer.alloc(maxBodyBytes)), 65_536);
    expect(longest.map((body) => body.length)).toEqual([maxBodyBytes]);
    expect(readInPieces(encodeFrame(Buffer.alloc(maxBodyBytes + 1)), 65_536)).toEqual([
      'bad-length',
    ]);
  });

  test('with a negative length is refused', () => {
    expect(readInPieces(Buffer.from('ffffffffcdab0000', 'hex'), 8)).toEqual(['bad-length']);
  });

  test('with another magic number ends the stream for good', () => {
    const reader = new FrameReader();
    const broken = { ok: false, reason: { kind: 'bad-magic', found: 0xdead } };
    expect(reader.push(Buffer.from('14000000adde0000', 'hex'))).toEqual(broken);
    expect(reader.push(example)).toEqual(broken);
  });

  test('of any bytes makes no reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const bodies = readInPieces(Buffer.from(bytes), 5);
        expect(bodies.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
