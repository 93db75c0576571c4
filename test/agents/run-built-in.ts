/** Agents of this process as the daemon runs them, with a log to look into. */
import { expect, onTestFinished } from 'vitest';
import { type Agents, type AgentsOptions, createAgents } from '../../src/agents/agents.ts';
import { ScriptLog } from '../../src/agents/script-log.ts';
import type { Action, Outcome } from '../../src/haresources/types.ts';
import { seconds } from '../../src/units.ts';
import { FakeNetwork } from './fake-network.ts';

export const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface BuiltIns {
  readonly agents: Agents;
  /** `LEVEL: text` of each line. */
  readonly lines: readonly string[];
  /** `Filesystem::/dev/sda1::/data` as written in haresources. */
  readonly run: (action: Action, resource: string) => Promise<Outcome>;
}

/** No script and no unit stands before what is built in. */
export function builtIns(change: Partial<AgentsOptions> = {}): BuiltIns {
  const lines: string[] = [];
  const agents = createAgents({
    resourceD: '/nonexistent',
    initD: '/nonexistent',
    systemctl: undefined,
    environment,
    directory: '/',
    limits: { start: seconds(15), stop: seconds(15), status: seconds(15), probe: seconds(15) },
    debugLog: new ScriptLog(undefined),
    network: new FakeNetwork(),
    log: ({ level, text }) => void lines.push(`${level}: ${text}`),
    ...change,
  });
  onTestFinished(() => {
    agents.close();
  });
  const at = { file: 'haresources', line: 1, column: 7 };
  const run: BuiltIns['run'] = (action, text) => {
    const [agent = '', ...args] = text.split('::');
    return agents.run({ id: 1, group: text, resource: { text, agent, args, at }, action });
  };
  return { agents, lines, run };
}

/** From stopped to stopped: each act twice, which is no failure, and `status` says what is so in between. */
export async function startsAndStopsTwice(run: BuiltIns['run'], resource: string): Promise<void> {
  expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  expect(await run('start', resource)).toEqual({ kind: 'done' });
  expect(await run('start', resource)).toEqual({ kind: 'done' });
  expect(await run('status', resource)).toEqual({ kind: 'running' });
  expect(await run('stop', resource)).toEqual({ kind: 'done' });
  expect(await run('stop', resource)).toEqual({ kind: 'done' });
  expect(await run('status', resource)).toEqual({ kind: 'stopped' });
}

/** Arguments that make no resource: `why` is said of its start, and there is nothing to stop. */
export async function cannotStart(
  run: BuiltIns['run'],
  resource: string,
  why: string,
): Promise<void> {
  expect(await run('start', resource)).toEqual({ kind: 'failed', code: 2, why });
  expect(await run('stop', resource)).toEqual({ kind: 'done' });
  expect(await run('status', resource)).toEqual({ kind: 'stopped' });
}
