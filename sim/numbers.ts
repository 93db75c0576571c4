/** Numbers of messages: none may be given twice in a generation (spec wire 6). */
import { Buffer } from 'node:buffer';

const sequence = /[\n)]seq=([0-9a-f]+)/;
const generation = /[\n)]hg=([0-9a-f]+)/;

export class Numbers {
  readonly #said = new Map<string, string>();
  readonly #generations = new Map<string, Set<string>>();

  /** What is wrong with this datagram of `node`, if anything is; saying the same again is not. */
  sent(node: string, bytes: Uint8Array): string | undefined {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const number = sequence.exec(text)?.[1];
    if (number === undefined) return undefined;
    const life = generation.exec(text)?.[1] ?? '?';
    this.#note(node, life);
    const key = `${node} number ${number} of generation ${life}`;
    const before = this.#said.get(key);
    this.#said.set(key, text);
    return before === undefined || before === text ? undefined : `two messages of ${key}`;
  }

  /** In how many generations a node has spoken. */
  generationsOf(node: string): number {
    return this.#generations.get(node)?.size ?? 0;
  }

  #note(node: string, life: string): void {
    const known = this.#generations.get(node) ?? new Set();
    this.#generations.set(node, known.add(life));
  }
}
