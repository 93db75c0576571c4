/** The agent OCF: what resource-agents and others have in /usr/lib/ocf. C's own script of that name finds none of them (spec resources 12). */
import { join } from 'node:path';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { wordsOf } from './built-in.ts';
import type { Resource } from './find-agent.ts';
import type { ScriptAction, ScriptEnd } from './run-script.ts';

/** The agent to run, and what its environment has beside that of every script. */
export interface OcfAgent {
  readonly path: string;
  readonly settings: Readonly<Record<string, string>>;
}

const stoppedCode = 7;

/** Whether a resource is written for this agent: `OCF::provider:type`. C's script takes a type without a provider. */
export function isOcf({ agent, args }: Resource): boolean {
  return agent === 'OCF' && args[0]?.includes(':') === true;
}

/** The agent that `provider:type::key=value…` names below `root` (`/usr/lib/ocf`), there or not, or why it names none. */
export function parseOcf(root: string, args: readonly string[]): Result<OcfAgent, string> {
  const [name = '', ...pairs] = args;
  const [, provider, type] = /^(\w[\w.-]*):(\w[\w.-]*)$/.exec(name) ?? [];
  if (provider === undefined || type === undefined) {
    return fail(`"${name}" is not provider:type, as in OCF::heartbeat:Dummy::state=/run/dummy`);
  }
  const wrong = pairs.find((pair) => !/^\w+=/.test(pair));
  if (wrong !== undefined) return fail(`"${wrong}" is not key=value`);
  const parameters = pairs.map((pair) => {
    const at = pair.indexOf('=');
    return [`OCF_RESKEY_${pair.slice(0, at)}`, pair.slice(at + 1)] as const;
  });
  const settings = {
    OCF_ROOT: root,
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '0',
    OCF_RESOURCE_INSTANCE: instanceName([type, ...pairs]),
    OCF_RESOURCE_PROVIDER: provider,
    OCF_RESOURCE_TYPE: type,
    ...Object.fromEntries(parameters),
  };
  return succeed({ path: join(root, 'resource.d', provider, type), settings });
}

/** Agents name their files in /run after it: two resources of one type must differ in it. */
function instanceName(words: readonly string[]): string {
  return words
    .join('_')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 128);
}

/** What an agent of this kind is told to do. */
export function ocfAction(action: ScriptAction): string {
  return action === 'status' ? 'monitor' : action;
}

/** What its exit code means: unlike for scripts of `resource.d` that of `monitor` counts, and not its text. */
export function ocfOutcome(
  action: ScriptAction,
  end: Extract<ScriptEnd, { kind: 'exited' | 'killed' }>,
): Outcome {
  const code = end.kind === 'exited' ? end.code : undefined;
  if (code === 0) return { kind: action === 'status' ? 'running' : 'done' };
  if (code === stoppedCode && action === 'status') return { kind: 'stopped' };
  const why = code === undefined ? wordsOf(end) : `Return code ${String(code)}`;
  return { kind: 'failed', code, why };
}
