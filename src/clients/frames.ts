/** Frames of the client API: a length, a magic number and a body, back to back on a stream socket (spec client-api 3). */
import { endianness } from 'node:os';
import { fail, succeed, type Result } from '../result.ts';

/** The longest body that either side takes, in bytes. */
export const maxBodyBytes = 262_144;

const headerBytes = 8;
const magic = 0xabcd;
const little = endianness() === 'LE';

/** Why a stream cannot be read on: the other side does not speak this protocol. */
export type FrameError =
  | { readonly kind: 'bad-magic'; readonly found: number }
  /** Negative lengths too. */
  | { readonly kind: 'bad-length'; readonly length: number };

/** `body` with its header before it, in the byte order of this machine (spec client-api 3). */
export function encodeFrame(body: Uint8Array): Buffer {
  const frame = Buffer.alloc(headerBytes + body.length);
  if (little) {
    frame.writeInt32LE(body.length, 0);
    frame.writeUInt32LE(magic, 4);
  } else {
    frame.writeInt32BE(body.length, 0);
    frame.writeUInt32BE(magic, 4);
  }
  frame.set(body, headerBytes);
  return frame;
}

/**
 * Cuts a stream of bytes into bodies, however the pieces fall. It holds at most one unfinished frame; a stream that
 * broke the rules once stays broken.
 */
export class FrameReader {
  readonly #header = Buffer.alloc(headerBytes);
  #headerFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;
  #broken: FrameError | undefined;

  /** The bodies that `piece` completed, in order; each is a buffer of its own, which the caller may keep. */
  push(piece: Uint8Array): Result<readonly Buffer[], FrameError> {
    const bodies: Buffer[] = [];
    let rest = piece;
    while (this.#broken === undefined && rest.length > 0) {
      rest = this.#body === undefined ? this.#takeHeader(rest) : this.#takeBody(rest);
      if (this.#body !== undefined && this.#bodyFilled === this.#body.length) {
        bodies.push(this.#body);
        this.#body = undefined;
      }
    }
    return this.#broken === undefined ? succeed(bodies) : fail(this.#broken);
  }

  #takeHeader(piece: Uint8Array): Uint8Array {
    const taken = piece.subarray(0, headerBytes - this.#headerFilled);
    this.#header.set(taken, this.#headerFilled);
    this.#headerFilled += taken.length;
    if (this.#headerFilled === headerBytes) this.#startBody();
    return piece.subarray(taken.length);
  }

  #startBody(): void {
    this.#headerFilled = 0;
    const length = little ? this.#header.readInt32LE(0) : this.#header.readInt32BE(0);
    const found = little ? this.#header.readUInt32LE(4) : this.#header.readUInt32BE(4);
    if (found !== magic) this.#broken = { kind: 'bad-magic', found };
    else if (length < 0 || length > maxBodyBytes) this.#broken = { kind: 'bad-length', length };
    else {
      this.#body = Buffer.alloc(length);
      this.#bodyFilled = 0;
    }
  }

  #takeBody(piece: Uint8Array): Uint8Array {
    if (this.#body === undefined) return piece;
    const taken = piece.subarray(0, this.#body.length - this.#bodyFilled);
    this.#body.set(taken, this.#bodyFilled);
    this.#bodyFilled += taken.length;
    return piece.subarray(taken.length);
  }
}
