/** A wire that the test controls between the hosts of a pair: see wire.py, which does the work on the switch. */
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Host } from '../../lab/hosts.ts';

/** What happens to heartbeat's datagrams, in both directions; what is absent does not happen. */
export interface Weather {
  /** Per cent of the datagrams that are lost. */
  readonly loss?: number;
  /** Per cent that are late, by up to `upto` milliseconds, and so are overtaken. */
  readonly late?: number;
  readonly upto?: number;
  /** Per cent that come twice. */
  readonly doubled?: number;
}

/** Datagrams since the wire was laid. */
export interface Counts {
  readonly seen: number;
  readonly lost: number;
  readonly late: number;
  readonly doubled: number;
}

/** A wire on every switch of the hosts. It lies until the hosts end, and each host may be switched off and on meanwhile. */
export class Wire {
  readonly #process: ReturnType<Host['spawn']>;
  readonly #answers: Interface;
  #errors = '';

  private constructor(client: Host, seed: number) {
    const program = fileURLToPath(new URL('./wire.py', import.meta.url));
    this.#process = client.spawn('python3', [program, String(seed)]);
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-2_000);
    });
    this.#process.stdin.on('error', () => undefined); // EPIPE: told by the answer that does not come
    this.#answers = createInterface(this.#process.stdout);
  }

  /** Lays the wire, in fair weather; `client` is the pair's client, who has the switches. */
  static async lay(client: Host, seed: number): Promise<Wire> {
    const wire = new Wire(client, seed);
    await wire.#answer();
    return wire;
  }

  /** Sets the weather in place of what it was, and tells what has been until now. */
  async set(weather: Weather): Promise<Counts> {
    const words = Object.entries(weather).map(([name, value]) => `${name}=${String(value)}`);
    this.#process.stdin.write(`${words.join(' ')}\n`);
    return this.#answer();
  }

  async #answer(): Promise<Counts> {
    const limit = AbortSignal.timeout(10_000);
    try {
      const words: unknown[] = await once(this.#answers, 'line', { signal: limit });
      return countsOf(String(words[0]));
    } catch (error) {
      throw new Error(`the wire does not answer: ${this.#errors}`, { cause: error });
    }
  }
}

function countsOf(line: string): Counts {
  const [seen = 0, lost = 0, late = 0, doubled = 0] = line.split(' ').map(Number);
  return { seen, lost, late, doubled };
}
