/** The third host that nodes ping, and the programs that move the service to the node that sees it. */
import { findCProgram } from '../../lab/implementation.ts';
import type { ImplementationName } from '../../lab/options.ts';
import { ownCommand } from '../../lab/project.ts';
import type { Pair, TestNode } from './pair.ts';

/** The client of the pair. */
export const router = '172.16.200.1';

/** Switches off what the client answers to one node, and nothing else. */
export async function answers(pair: Pair, node: TestNode, word: 'add' | 'del'): Promise<void> {
  const address = node === pair.first ? '172.16.100.6/32' : '172.16.100.7/32';
  await pair.client.run('ip', ['route', word === 'add' ? 'del' : 'add', 'blackhole', address]);
}

/** Starts an `ipfail`, ours or C's, as the user that `apiauth` wants. */
export function startIpfail({ host }: TestNode, which: ImplementationName): void {
  const command =
    which === 'ours'
      ? [process.execPath, ownCommand('ipfail')]
      : [findCProgram('ipfail') ?? 'ipfail'];
  const user = ['--reuid', 'hacluster', '--regid', 'haclient', '--clear-groups'];
  host.spawn('setpriv', [...user, ...command]);
}
