/** The built-in agent Raid1: an array of Linux software RAID, of whatever level, is assembled on one node at a time (spec resources 12). */
import { readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed } from './built-in.ts';
import { isThere } from './find-agent.ts';
import { reasonOf, stopInTries, withoutTools } from './stop-in-tries.ts';

const tools = 'mdadm';
const example = 'Raid1::/etc/mdadm/mdadm.conf::/dev/md0';

/**
 * `Raid1::configuration::device`, in either order; without a configuration mdadm(8) takes its own. C asks for both, and fails every act
 * when the file is missing; here only a start needs it, for what is assembled is asked of the kernel.
 */
export const raid1: BuiltIn = raid1Beside('/sys');

/** The same with the kernel's devices in another place than `/sys`. */
export function raid1Beside(sys: string): BuiltIn {
  return (args) => {
    const request = parseRaid(args);
    if (!request.ok) return request;
    const array = { ...request.value, sys };
    return succeed({
      start: (call) => start(array, call),
      stop: (call) => stop(array, call),
      status: () => status(array),
    });
  };
}

interface RaidRequest {
  /** `/dev/md0`, `/dev/md/data` */
  readonly device: string;
  readonly config: string | undefined;
}

interface RaidArray extends RaidRequest {
  readonly sys: string;
}

function parseRaid(args: readonly string[]): Result<RaidRequest, string> {
  const wrong = args.find((word) => !word.startsWith('/'));
  if (wrong !== undefined)
    return fail(`"${wrong}" is neither a device nor a file, as in ${example}`);
  const isDevice = (word: string): boolean => word.startsWith('/dev/');
  const [device, ...others] = args.filter(isDevice);
  const [config, ...files] = args.filter((word) => !isDevice(word));
  if (device === undefined || others.length > 0 || files.length > 0) {
    return fail(`one device in /dev and at most one file are needed, as in ${example}`);
  }
  return succeed({ device, config });
}

/** Words of the kernel for an array whose device can be read and written, or will be as soon as it is. */
const runningStates: ReadonlySet<string> = new Set([
  ...['clean', 'active', 'active-idle', 'write-pending', 'read-auto', 'readonly'],
]);

/** The kernel's word for the array's state (md(4): array_state); undefined when nothing is assembled under its name. */
async function stateOf(array: RaidArray): Promise<Result<string | undefined, string>> {
  const devices = join(array.sys, 'block');
  if (!(await isThere(devices))) return fail(`${devices} cannot be read`);
  const state = await factOf(array, 'array_state');
  return succeed(state === '' || state === 'clear' ? undefined : state);
}

/** Empty where there is none. `/dev/md/data` is a link to the device that has a number. */
async function factOf({ device, sys }: RaidArray, fact: string): Promise<string> {
  const real = await realpath(device).catch(() => device);
  const path = join(sys, 'block', basename(real), 'md', fact);
  return (await readFile(path, 'latin1').catch(() => '')).trim();
}

async function status(array: RaidArray): Promise<Outcome> {
  const state = await stateOf(array);
  if (!state.ok) return failed(state.reason);
  if (state.value === undefined) return { kind: 'stopped' };
  if (runningStates.has(state.value)) return { kind: 'running' };
  return failed(`${array.device} is assembled, but ${state.value}`);
}

async function start(array: RaidArray, call: BuiltInCall): Promise<Outcome> {
  const { config, device } = array;
  const before = await status(array);
  if (before.kind === 'running') return { kind: 'done' };
  if (config !== undefined && !(await isThere(config))) return failed(`there is no ${config}`, 5);
  if (before.kind === 'failed') {
    // Half assembled by what looks for disks at boot: it is put together anew, from all that there is now.
    call.log('WARN', before.why);
    await call.run('mdadm', ['--stop', device]);
  }
  const from = config === undefined ? [] : [`--config=${config}`];
  const end = await call.run('mdadm', ['--assemble', device, '--run', ...from]);
  if (end.kind === 'not-started') return withoutTools(end.why, tools);
  const after = await status(array);
  // With a disk missing mdadm may complain and start it all the same.
  if (after.kind !== 'running') return failed(`${device} cannot be assembled: ${reasonOf(end)}`);
  await tellHealth(array, call);
  return { kind: 'done' };
}

async function tellHealth(array: RaidArray, call: BuiltInCall): Promise<void> {
  const missing = await factOf(array, 'degraded');
  if (missing === '' || missing === '0') call.log('info', `${array.device} is assembled`);
  else call.log('WARN', `${array.device} is assembled, but ${missing} of its disks are missing`);
}

function stop(array: RaidArray, call: BuiltInCall): Promise<Outcome> {
  const look = async (): Promise<Result<readonly string[], string>> => {
    const state = await stateOf(array);
    if (!state.ok) return state;
    return succeed(state.value === undefined ? [] : [state.value]);
  };
  const act = (): ReturnType<BuiltInCall['run']> => call.run('mdadm', ['--stop', array.device]);
  return stopInTries({ name: array.device, look, act, tools }, call);
}
