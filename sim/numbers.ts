/** Numbers of messages: none may be given twice in a generation (spec wire 6). */
import { Buffer } from 'node:buffer';

const sequence = /[\n)]seq=([0-9a-f]+)/;
const generation = /[\n)]hg=([0-9a-f]+)/;

export class Numbers {
  readonly #said = new Map<string, string>();

  /** What is wrong with this datagram of `node`, if anything is; saying the same again is not. */
  sent(node: string, bytes: Uint8Array): string | undefined {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const number = sequence.exec(text)?.[1];
    if (number === undefined) return undefined;
    const key = `${node} number ${number} of generation ${generation.exec(text)?.[1] ?? '?'}`;
    const before = this.#said.get(key);
    this.#said.set(key, text);
    return before === undefined || before === text ? undefined : `two messages of ${key}`;
  }
}
