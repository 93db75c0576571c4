/** The scripts of the C heartbeat's resource.d (Debian's packages heartbeat and resource-agents), run beside the built-in agents. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Outcome } from '../../src/haresources/types.ts';
import { environment } from './run-built-in.ts';

const run = promisify(execFile);

/** Runs `IPaddr2::10.0.0.1/24` of haresources by its script, and says what it came to in the words of an outcome. */
export async function byScript(
  action: 'start' | 'stop' | 'status',
  resource: string,
  env: Readonly<Record<string, string>> = environment,
): Promise<Outcome['kind']> {
  const [agent = '', ...args] = resource.split('::');
  const done = await run(`/etc/ha.d/resource.d/${agent}`, [...args, action], {
    env,
  }).then(
    () => true,
    () => false,
  );
  if (action === 'status') return done ? 'running' : 'stopped';
  return done ? 'done' : 'failed';
}
