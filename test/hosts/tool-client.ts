/** A named client on a host, made of our client library; the daemon may be either's. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import type { TestNode } from './pair.ts';

const program = fileURLToPath(new URL('./api-client.mjs', import.meta.url));

export class ToolClient {
  /** Each message as `type sender number`, that of a client's coming and going with `join` or `leave` for its type. */
  readonly heard: string[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #node: TestNode;

  constructor(node: TestNode, id: string) {
    this.#node = node;
    this.#child = node.host.spawn(process.execPath, [program, id]);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { t, st, src, n } = JSON.parse(line) as Readonly<Record<string, string>>;
      const type = t === 'hbapi-clstat' ? st : t;
      this.heard.push([type, src, n].filter((word) => word !== undefined).join(' '));
    });
  }

  tell(message: Readonly<Record<string, string>>): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Signs off. */
  leave(): void {
    this.#child.stdin.end();
  }

  async hears(pattern: RegExp): Promise<void> {
    await eventually(
      `${this.#node.name}'s client hears ${String(pattern)}`,
      () => this.heard.some((line) => pattern.test(line)),
      15_000,
      () => Promise.resolve(this.heard.join('\n')),
    );
  }
}
