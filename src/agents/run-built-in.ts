/** One call of an agent inside this process, with its limit and its lines in the log. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Action, Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import { type Millis, millis } from '../units.ts';
import type { BuiltIn, BuiltInCall } from './built-in.ts';
import type { Resource } from './find-agent.ts';
import { callEnvironment } from './left-at-work.ts';
import { type ScriptAction, type ScriptCall, runScript } from './run-script.ts';

/** One call of what starts, stops and looks at a resource here. */
export interface Call {
  readonly resource: Resource;
  readonly action: ScriptAction;
  /** Instead of the agent's own. */
  readonly limit?: Millis | undefined;
}

/** By the name of the agent, for the actions that have a limit of their own. */
export type AgentLimits = ReadonlyMap<string, Readonly<Partial<Record<ScriptAction, Millis>>>>;

export interface BuiltInOptions extends Pick<ScriptCall, 'environment' | 'directory'> {
  readonly limits: Readonly<Record<Action, Millis>>;
  readonly agentLimits?: AgentLimits;
  readonly log: (line: LogLine) => void;
}

/** How long runScript takes at most to get rid of a program, and a little more. */
const graceMillis = 4_000;

/** How long the call may take: the agent's own limit, else that of all. */
export function limitOf(
  { agentLimits, limits }: Pick<BuiltInOptions, 'limits' | 'agentLimits'>,
  { action, limit, resource }: Call,
): Millis {
  return limit ?? agentLimits?.get(resource.agent)?.[action] ?? limits[action];
}

/** The words that people search their logs for (spec resources 3.5): two blanks when there are no arguments. */
export function logRunning(
  { log }: Pick<BuiltInOptions, 'log'>,
  path: string,
  words: readonly string[],
): void {
  const action = words.at(-1) ?? '';
  log({ level: 'info', text: `Running ${path} ${words.slice(0, -1).join(' ')} ${action}` });
}

/** Never rejects, and takes four seconds longer than its limit at most. */
export async function runBuiltIn(
  builtIn: BuiltIn,
  options: BuiltInOptions,
  call: Call,
  cancel: AbortSignal | undefined,
): Promise<Outcome> {
  const { action, resource } = call;
  const { agent, args } = resource;
  if (action !== 'status') logRunning(options, agent, [...args, action]);
  const acts = builtIn(args);
  if (!acts.ok) return withBadArguments(options, call, acts.reason);
  const limit = limitOf(options, call);
  const end = new AbortController();
  const timer = setTimeout(() => {
    end.abort();
  }, limit);
  const signal = cancel === undefined ? end.signal : AbortSignal.any([end.signal, cancel]);
  const outcome = await withGrace(
    acts.value[action](builtInCall(options, agent, limit, signal)),
    signal,
  );
  clearTimeout(timer);
  return judged(options, call, end.signal.aborted ? lateOutcome(outcome, limit) : outcome);
}

/** What was done in the end counts, be it late. */
function lateOutcome(outcome: Outcome, limit: Millis): Outcome {
  return outcome.kind === 'failed' ? { kind: 'timed-out', limit } : outcome;
}

/** A thread that hangs in the kernel must not hold the answer back. */
async function withGrace(act: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  const done = new AbortController();
  const late = new Promise<Outcome>((resolve) => {
    const begin = (): void => {
      void wait(graceMillis, undefined, { signal: done.signal }).then(
        () => {
          resolve({ kind: 'failed', code: undefined, why: 'no answer' });
        },
        () => undefined,
      );
    };
    signal.addEventListener('abort', begin, { once: true, signal: done.signal });
  });
  const outcome = await Promise.race([act, late]);
  done.abort();
  return outcome;
}

function builtInCall(
  { directory, environment, log }: BuiltInOptions,
  agent: string,
  limit: Millis,
  signal: AbortSignal,
): BuiltInCall {
  const until = performance.now() + limit;
  const left = (): Millis => millis(Math.max(1, Math.round(until - performance.now())));
  return {
    signal,
    left,
    run: (path, args, most = left()) => {
      const how = { directory, limit: most, stdout: 'capture-all', log: undefined } as const;
      const named = callEnvironment(environment, { path, args });
      return runScript({ path, args, environment: named, ...how }, signal);
    },
    log: (level, text) => {
      log({ level, text: `${agent}: ${text}` });
    },
  };
}

function judged({ log }: BuiltInOptions, { action, resource }: Call, outcome: Outcome): Outcome {
  const { agent } = resource;
  if (outcome.kind === 'failed') {
    log({
      level: 'ERROR',
      text: `Return code ${String(outcome.code)} from ${agent}: ${outcome.why}`,
    });
  } else if (outcome.kind === 'timed-out') {
    const limit = String(outcome.limit / 1000);
    log({ level: 'ERROR', text: `${agent} ${action} given up: it took longer than ${limit} s` });
  }
  return outcome;
}

/** What cannot be started is not up: only `start` fails, lest a typing error looks like a stop that failed. */
export function withBadArguments(
  { log }: Pick<BuiltInOptions, 'log'>,
  call: Call,
  why: string,
): Outcome {
  const { action, resource } = call;
  log({ level: action === 'start' ? 'ERROR' : 'WARN', text: `${resource.agent}: ${why}` });
  switch (action) {
    case 'start':
      return { kind: 'failed', code: 2, why };
    case 'stop':
      return { kind: 'done' };
    case 'status':
      return { kind: 'stopped' };
  }
}
