/** The C package's `api_test` on a host, and what it prints. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { findCProgram } from '../../lab/implementation.ts';
import { eventually } from './eventually.ts';
import type { TestNode } from './pair.ts';

/** One run. It goes on until it is ended. */
export class ApiTest {
  readonly #node: TestNode;
  readonly #child: ChildProcessWithoutNullStreams;
  #printed = '';

  private constructor(node: TestNode) {
    this.#node = node;
    // Its name at the daemon is `ping`, which only the group may have.
    const group = ['--regid', 'haclient', '--clear-groups'];
    this.#child = node.host.spawn('setpriv', [...group, findCProgram('api_test') ?? 'api_test']);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        this.#printed += piece;
      });
    }
  }

  static start(node: TestNode): ApiTest {
    return new ApiTest(node);
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
