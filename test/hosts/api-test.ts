/** The C package's `api_test` on a host, and what it prints. */
import { findCProgram } from '../../lab/implementation.ts';
import { eventually } from './eventually.ts';
import type { TestNode } from './pair.ts';

/**
 * It asks for a client's status, gives the daemon 100 ms, and takes an answer that is later than that for the one to its next
 * question: at a C daemon, which looks at its packets each 500 ms, it then ends with this now and then.
 */
const tookOneAnswerForAnother = 'ERROR: Cannot start if walk';
const runs = 5;

/** One run, or at a C daemon the first whose answers came when they were waited for. It goes on until it is ended. */
export class ApiTest {
  readonly #node: TestNode;
  #printed = '';
  #run = 1;

  private constructor(node: TestNode) {
    this.#node = node;
    this.#begin();
  }

  static start(node: TestNode): ApiTest {
    return new ApiTest(node);
  }

  #begin(): void {
    // Its name at the daemon is `ping`, which only the group may have.
    const group = ['--regid', 'haclient', '--clear-groups'];
    const program = findCProgram('api_test') ?? 'api_test';
    const child = this.#node.host.spawn('setpriv', [...group, program]);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        this.#printed += piece;
      });
    }
    child.once('close', () => {
      const again = this.#node.program.name === 'c' && this.#run < runs;
      if (!again || !this.#printed.includes(tookOneAnswerForAnother)) return;
      this.#run += 1;
      this.#printed = '';
      this.#begin();
    });
  }

  /**
   * What it printed up to the answers to its own question to the cluster, each line once, sorted, with the nodes as SELF and
   * PEER; without what tells the build, the time and the process, and without what a client's status was after 100 ms: a C
   * daemon seldom answers so soon, and its late answers are printed once more.
   */
  async essence(): Promise<readonly string[]> {
    await eventually(
      'api_test has its ten answers',
      () => this.#printed.includes('Got message 11 '),
      60_000,
      () => Promise.resolve(this.#printed),
    );
    const pid = /PID=(\d+)/.exec(this.#printed)?.[1] ?? '';
    await this.#node.host.run('kill', [pid]);
    return [...new Set(this.#printed.split('\n').map((line) => this.#bare(line)))].sort();
  }

  #bare(line: string): string {
    const { name } = this.#node;
    return line
      .replace(/^.* \S*api_test: \[\d+\]: /, '')
      .replace(/PID=\d+/, 'PID')
      .replace(/\(node: [^)]*\)/, '(node: BUILD)')
      .replace(/api_test status: \[\w+\]/, 'api_test status')
      .replaceAll(name, 'SELF')
      .replaceAll(
        name.replace(/\d$/, (digit) => (digit === '1' ? '2' : '1')),
        'PEER',
      );
  }
}
