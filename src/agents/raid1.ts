/** The built-in agent Raid1: an array of Linux software RAID, of whatever level, is assembled on one node at a time (spec resources 12). */
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed } from './built-in.ts';
import { isThere } from './find-agent.ts';
import { isAbsence, readKernel } from './read-kernel.ts';
import type { ScriptEnd } from './run-script.ts';
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
      status: (call) => status(array, call),
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

/** What the kernel has under the array's name. */
interface Assembled {
  /** Its directory in the kernel's list. */
  readonly directory: string;
  /** What mdadm is to be told. */
  readonly device: string;
  /** The kernel's word for its state (md(4): array_state). */
  readonly state: string;
}

/** Undefined when nothing is assembled under its name. */
async function assembledOf(
  array: RaidArray,
  call: BuiltInCall,
): Promise<Result<Assembled | undefined, string>> {
  const devices = join(array.sys, 'block');
  if (!(await isThere(devices))) return fail(`${devices} cannot be read`);
  const real = await realpath(array.device).then(succeed, (error: unknown) =>
    isAbsence(error) ? succeed(undefined) : fail(`${array.device}: ${String(error)}`),
  );
  if (!real.ok) return real;
  if (real.value === undefined && dirname(array.device) !== '/dev') return byName(array, call);
  const name = basename(real.value ?? array.device);
  return lookAt(devices, name, array.device);
}

async function lookAt(
  devices: string,
  name: string,
  device: string,
): Promise<Result<Assembled | undefined, string>> {
  const directory = join(devices, name, 'md');
  const state = await readKernel(join(directory, 'array_state'));
  if (!state.ok) return state;
  const isNone = state.value === '' || state.value === 'clear';
  return succeed(isNone ? undefined : { directory, device, state: state.value });
}

/** The link `/dev/md/data` is made by udev, and may be gone while the array is there: each array is asked for the name in it. */
async function byName(
  { device, sys }: RaidArray,
  call: BuiltInCall,
): Promise<Result<Assembled | undefined, string>> {
  const devices = join(sys, 'block');
  const names = await readdir(devices).then(succeed, (error: unknown) => fail(String(error)));
  if (!names.ok) return names;
  for (const name of names.value.filter((one) => one.startsWith('md'))) {
    const found = await lookAt(devices, name, `/dev/${name}`);
    if (!found.ok) return found;
    if (found.value === undefined) continue;
    const end = await call.run('mdadm', ['--detail', '--export', `/dev/${name}`]);
    if (end.kind !== 'exited' || !/^MD_/m.test(end.output)) {
      return fail(`${device} is not there, and /dev/${name} may be it: ${reasonOf(end)}`);
    }
    if (namesIn(end.output).includes(basename(device))) return found;
  }
  return succeed(undefined);
}

/** Before a colon in the name stands the machine that has made the array. */
function namesIn(output: string): readonly string[] {
  const found = [...output.matchAll(/^MD_(?:DEVNAME=|NAME=(?:[^:\n]*:)?)(.+)$/gm)];
  return found.map(([, name = '']) => name);
}

async function status(array: RaidArray, call: BuiltInCall): Promise<Outcome> {
  const found = await assembledOf(array, call);
  if (!found.ok) return failed(found.reason);
  if (found.value === undefined) return { kind: 'stopped' };
  const { state } = found.value;
  if (runningStates.has(state)) return { kind: 'running' };
  return failed(`${array.device} is assembled, but ${state}`);
}

async function start(array: RaidArray, call: BuiltInCall): Promise<Outcome> {
  const { config, device } = array;
  const before = await status(array, call);
  if (before.kind === 'running') return { kind: 'done' };
  if (config !== undefined && !(await isThere(config))) return failed(`there is no ${config}`, 5);
  if (before.kind === 'failed') {
    // Half assembled by what looks for disks at boot: it is put together anew, from all that there is now.
    call.log('WARN', before.why);
    await stopOnce(array, call);
  }
  const from = config === undefined ? [] : [`--config=${config}`];
  const end = await call.run('mdadm', ['--assemble', device, '--run', ...from]);
  if (end.kind === 'not-started') return withoutTools(end.why, tools);
  const after = await status(array, call);
  // With a disk missing mdadm may complain and start it all the same.
  if (after.kind !== 'running') return failed(`${device} cannot be assembled: ${reasonOf(end)}`);
  await tellHealth(array, call);
  return { kind: 'done' };
}

async function tellHealth(array: RaidArray, call: BuiltInCall): Promise<void> {
  const found = await assembledOf(array, call);
  const directory = found.ok ? found.value?.directory : undefined;
  const told = await readKernel(join(directory ?? '', 'degraded'));
  const missing = told.ok ? told.value : 'some';
  if (missing === '' || missing === '0') call.log('info', `${array.device} is assembled`);
  else call.log('WARN', `${array.device} is assembled, but ${missing} of its disks are missing`);
}

function stop(array: RaidArray, call: BuiltInCall): Promise<Outcome> {
  const look = async (): Promise<Result<readonly string[], string>> => {
    const found = await assembledOf(array, call);
    if (!found.ok) return found;
    return succeed(found.value === undefined ? [] : [found.value.state]);
  };
  const act = (): Promise<ScriptEnd> => stopOnce(array, call);
  return stopInTries({ name: array.device, look, act, tools }, call);
}

/** By the kernel's name where the array's own leads nowhere. */
async function stopOnce(array: RaidArray, call: BuiltInCall): Promise<ScriptEnd> {
  const found = await assembledOf(array, call);
  const device = (found.ok ? found.value?.device : undefined) ?? array.device;
  return call.run('mdadm', ['--stop', device]);
}
