/** The built-in agent Delay: waits at the start and at the stop of a group (spec resources 12). Its status is told at once; C's takes 30 s. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed } from './built-in.ts';

const defaultStartSeconds = 10;
const defaultStopSeconds = 30;

/** `Delay[::start[::stop]]`, in seconds. What has waited counts as started for as long as this process lives. */
export function delayAgent(): BuiltIn {
  /** Bounded by the resources in haresources. */
  const started = new Set<string>();
  return ([first = '', second = '', ...more]) => {
    const start = lengthOf(first, defaultStartSeconds);
    const stop = lengthOf(second, defaultStopSeconds);
    if (!start.ok) return start;
    if (!stop.ok) return stop;
    if (more.length > 0) return fail('at most two arguments: Delay::10::30');
    const key = `${first}::${second}`;
    return succeed({
      start: async (call) => {
        const outcome = started.has(key) ? doneNow : await pause(start.value, call);
        if (outcome.kind === 'done') started.add(key);
        return outcome;
      },
      stop: async (call) => {
        const outcome = started.has(key) ? await pause(stop.value, call) : doneNow;
        if (outcome.kind === 'done') started.delete(key);
        return outcome;
      },
      status: () => Promise.resolve({ kind: started.has(key) ? 'running' : 'stopped' }),
    });
  };
}

const doneNow: Outcome = { kind: 'done' };

function lengthOf(text: string, usual: number): Result<number, string> {
  if (text === '') return succeed(usual);
  return /^\d{1,5}(\.\d+)?$/.test(text)
    ? succeed(Number(text))
    : fail(`"${text}" is not a number of seconds`);
}

function pause(lengthSeconds: number, { signal }: BuiltInCall): Promise<Outcome> {
  return wait(lengthSeconds * 1000, undefined, { signal }).then(
    () => doneNow,
    () => failed('the time was up'),
  );
}
