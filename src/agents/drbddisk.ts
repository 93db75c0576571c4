/** The built-in agent drbddisk: a DRBD resource is primary on one node at a time (spec resources 12). */
import { join } from 'node:path';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed, hasSucceeded } from './built-in.ts';
import { isThere } from './find-agent.ts';
import type { ScriptEnd } from './run-script.ts';
import { pause, reasonOf, stopInTries, withoutTools } from './stop-in-tries.ts';

const tools = 'drbd-utils';
/** As C, one a second: what is in the way may pass, such as a connection that is just being made. */
const startTries = 6;
/** While the other node is primary: it may be about to stop, or be dead, which DRBD finds out on its own. */
const peerTries = 30;

/**
 * `drbddisk[::resource]`, all resources when left out. It is running when the resource is primary here. Where the kernel has no DRBD, or the
 * resource is not up, it is stopped, and a stop succeeds, which C's does not.
 */
export const drbddisk: BuiltIn = drbddiskBeside('/sys');

/** The same with the kernel's list of modules in another place than `/sys`. */
export function drbddiskBeside(sys: string): BuiltIn {
  return ([name = 'all', ...more]) => {
    if (!/^[\w.][\w.-]*$/.test(name)) {
      return fail(`"${name}" is not the name of a resource, as in drbddisk::r0`);
    }
    if (more.length > 0) return fail('at most one argument, as in drbddisk::r0');
    const place = { name, sys };
    return succeed({
      start: (call) => start(place, call),
      stop: (call) => stop(place, call),
      status: (call) => status(place, call),
    });
  };
}

interface Place {
  readonly name: string;
  readonly sys: string;
}

/** The own role of each resource meant, in DRBD's words; `Unconfigured` for those that are not up. None where the kernel has no DRBD. */
async function rolesOf(
  { name, sys }: Place,
  call: BuiltInCall,
): Promise<Result<readonly string[], string>> {
  if (!(await isThere(join(sys, 'module/drbd')))) return succeed([]);
  const end = await askRoles(name, call);
  if (end.kind !== 'exited') return fail(`${name}: ${whyOf(end)}`);
  const isDown = isUnconfigured(end.output);
  if (end.code !== 0 && hidesOthers(name, end.output)) return fail(`${name}: ${whyOf(end)}`);
  const roles = [...end.output.matchAll(ownRole), ...end.output.matchAll(statusRole)];
  const own = [...roles.map(([, role = '']) => role), ...(isDown ? ['Unconfigured'] : [])];
  if ((end.code !== 0 && !isDown) || own.length === 0) return fail(`${name}: ${whyOf(end)}`);
  return succeed(own);
}

/** Taken out of the configuration: the kernel may still have it. Where one of all could not be asked, the kernel knows those that are up. */
async function askRoles(name: string, call: BuiltInCall): Promise<ScriptEnd> {
  const asked = await call.run('drbdadm', ['role', name]);
  if (hasSucceeded(asked) && !isUndefined(asked)) return asked;
  if (name !== 'all') return isUndefined(asked) ? call.run('drbdsetup', ['role', name]) : asked;
  const told = await call.run('drbdsetup', ['status']);
  const isOneDown = asked.kind === 'exited' && isUnconfigured(asked.output);
  if (told.kind !== 'exited' || !isOneDown) return told;
  return { ...told, output: `${told.output}\nUnconfigured\n` };
}

/** DRBD 8 tells the other node's role too: Secondary/Primary. */
const ownRole = /^(Primary|Secondary|Unknown)(?:\/\w+)?\s*$/gm;
/** As `drbdsetup status` has it; the other nodes' roles are further in. */
const statusRole = /^\S+ role:(\w+)/gm;

const isUndefined = (end: ScriptEnd): boolean =>
  end.kind === 'exited' && /not defined in your config|no resources defined/i.test(end.output);

/** In the words of DRBD 8.4 and 9, and of their tools, which do not agree. */
const isUnconfigured = (output: string): boolean =>
  unconfiguredWords.some((words) => words.test(output));

const unconfiguredWords = [
  /^Unconfigured\s*$/m,
  /Device minor not allocated/,
  /Cannot determine minor device number/,
  /no currently configured|no such resource|unknown resource/i,
] as const;

/** Of a failed question nothing is believed that may be about one of several resources: another could be primary. */
function hidesOthers(name: string, output: string): boolean {
  if (name === 'all') return !/no currently configured/i.test(output);
  return output.split('\n').some((line) => isTrouble.test(line) && !isExpected(line));
}

const isTrouble =
  /did not terminate|terminated by|fail|error|cannot|could not|denied|timed? ?out|not found/i;

const isExpected = (line: string): boolean =>
  isUnconfigured(line) || /^(?:modinfo: |modprobe: |Failed to modprobe|#)/.test(line);

async function status(place: Place, call: BuiltInCall): Promise<Outcome> {
  const roles = await rolesOf(place, call);
  if (!roles.ok) return failed(roles.reason);
  const primaries = roles.value.filter((role) => role === 'Primary').length;
  if (primaries === 0) return { kind: 'stopped' };
  const all = roles.value.length;
  if (primaries === all) return { kind: 'running' };
  return failed(`${String(primaries)} of ${String(all)} resources are primary here`);
}

async function start(place: Place, call: BuiltInCall): Promise<Outcome> {
  const { name } = place;
  const before = await rolesOf(place, call);
  if (before.ok && before.value.includes('Unconfigured')) {
    return failed(`${name} is not up on this node (drbdadm up ${name}), or not in its drbd.conf`);
  }
  for (let tries = 1; ; tries += 1) {
    const end = await call.run('drbdadm', ['primary', name]);
    if (end.kind === 'not-started') return withoutTools(end.why, tools);
    const hindered = await whyNotPrimary(place, end, call);
    if (hindered === undefined) break;
    const most = isPeerPrimary(hindered) ? peerTries : startTries;
    if (tries >= most || call.signal.aborted) return failed(`${name} is not primary: ${hindered}`);
    if (tries === 1) call.log('WARN', `${name} is not primary yet: ${hindered}`);
    await pause(call);
  }
  await warnOfSplitBrain(name, call);
  return { kind: 'done' };
}

async function whyNotPrimary(
  place: Place,
  end: ScriptEnd,
  call: BuiltInCall,
): Promise<string | undefined> {
  if (!hasSucceeded(end)) return whyOf(end);
  const now = await status(place, call);
  if (now.kind === 'running') return undefined;
  return now.kind === 'failed' ? now.why : 'drbdadm says that it is, and the kernel does not';
}

const isPeerPrimary = (why: string): boolean => why.includes('other node is primary');

/** What is in the way, by DRBD's own number for it, and in other words where DRBD's say little. */
function whyOf(end: ScriptEnd): string {
  if (end.kind !== 'exited') return reasonOf(end);
  const [, number, words] = /State change failed: \((-\d+)\) (.*)/.exec(end.output) ?? [];
  if (number === undefined) return reasonOf({ ...end, output: withoutNoise(end.output) });
  const known = reasons.get(number);
  return known === undefined ? (words ?? '') : `${known} (${words ?? ''})`;
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['-1', 'the other node is primary'],
  ['-2', 'the data here may be old, and the other node is not connected'],
  ['-12', 'its device is in use'],
]);

const withoutNoise = (output: string): string =>
  output.replace(/^(?:modinfo: |modprobe: |Failed to modprobe|Command '|#).*$/gm, '');

/** A resource that has given up its connection does not get the other node's writes, nor sends its own: C says nothing. */
async function warnOfSplitBrain(name: string, call: BuiltInCall): Promise<void> {
  const end = await call.run('drbdadm', ['cstate', name]);
  if (end.kind !== 'exited' || !/^StandAlone/m.test(end.output)) {
    call.log('info', `${name} is primary`);
    return;
  }
  const what = 'is primary, but StandAlone: the nodes do not replicate, and may have written both';
  const how = 'look for "Split-Brain" in the log of the kernel, and have one side discard its data';
  call.log('WARN', `${name} ${what}; ${how}`);
}

function stop(place: Place, call: BuiltInCall): Promise<Outcome> {
  const { name } = place;
  const look = async (): Promise<Result<readonly string[], string>> => {
    const roles = await rolesOf(place, call);
    return roles.ok ? succeed(roles.value.filter((role) => role === 'Primary')) : roles;
  };
  const act = async (): Promise<ScriptEnd> => call.run('drbdadm', ['secondary', name]);
  return stopInTries({ name, look, act, tools, why: whyOf }, call);
}
