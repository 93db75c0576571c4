/** Takes one mount away within the time that there is, and ends what uses it. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Result, fail, succeed } from '../result.ts';
import { millis, seconds } from '../units.ts';
import { type BuiltInCall, hasSucceeded, wordsOf } from './built-in.ts';
import { type Mount, mountsOf } from './mount-table.ts';
import { nameOf, usersOf } from './mount-users.ts';

/** For those who are asked to end, and again for those who are killed (spec resources 12.3: ten tries, one a second). */
const longestPatience = 10_000;
/** Of a server that answers; without an answer the mount is forced. */
const serverLimit = seconds(5);
const roundMillis = 250;
const someRounds = 4;

interface Round {
  readonly mount: Mount;
  readonly isNetwork: boolean;
  readonly call: BuiltInCall;
  /** A dead server was found out: what has not been written to it is given up. */
  isForced: boolean;
  /** How often in a row nobody was seen to use it. */
  idle: number;
  why: string;
}

/**
 * Succeeds when the mount is gone. As long as it is busy, its users get SIGTERM, then SIGKILL; each phase takes ten seconds at most, and a third
 * of what is left of the call. A mount of the network type whose server does not answer is forced, and at last, when nobody uses it any
 * more, detached: another node may mount it too. A local filesystem is never detached: it would go on being written to.
 */
export async function unmount(
  mount: Mount,
  isNetwork: boolean,
  call: BuiltInCall,
): Promise<Result<undefined, string>> {
  const round: Round = { mount, isNetwork, call, isForced: false, idle: 0, why: '' };
  if (await tryOnce(round)) return succeed(undefined);
  const patience = Math.min(longestPatience, call.left() / 3);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await insist(round, signal, patience)) return succeed(undefined);
  }
  return isNetwork ? detach(round) : fail(await whyBusy(round));
}

async function insist(
  round: Round,
  signal: 'SIGTERM' | 'SIGKILL',
  patience: number,
): Promise<boolean> {
  const { call, mount } = round;
  const told = new Set<number>();
  const until = performance.now() + patience;
  for (let rounds = 0; performance.now() < until && !call.signal.aborted; rounds += 1) {
    const users = await usersOf(mount, call);
    for (const pid of users) {
      if (!told.has(pid)) await end(pid, signal, round);
      told.add(pid);
    }
    round.idle = users.length === 0 ? round.idle + 1 : 0;
    const isVain = round.idle >= someRounds;
    if (signal === 'SIGTERM' && isVain) return false;
    if (signal === 'SIGKILL' && (isVain || rounds >= someRounds)) force(round, 'busy');
    if (await tryOnce(round)) return true;
    await wait(roundMillis, undefined, { signal: call.signal }).catch(() => undefined);
  }
  return false;
}

/** Who waits in the kernel for a dead server is not seen in /proc, or does not end: to force the mount gives them an error. */
function force(round: Round, why: string): void {
  const { call, isForced, isNetwork, mount } = round;
  if (isForced || !isNetwork) return;
  round.isForced = true;
  call.log('WARN', `${mount.point} is ${why}: it is unmounted by force, from ${mount.source}`);
}

async function end(pid: number, signal: NodeJS.Signals, { call, mount }: Round): Promise<void> {
  const who = `${await nameOf(pid)} (${String(pid)})`;
  try {
    process.kill(pid, signal);
    call.log('WARN', `${who} uses ${mount.point}: it gets ${signal}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    call.log('info', `${who} uses ${mount.point}: ${why}`);
  }
}

/**
 * A local filesystem has all the time that there is to write what it still has in memory, for to kill umount ends nothing. A server gets
 * a while; the helper of the type (umount.nfs) is left out, for it would ask the server once more.
 */
async function tryOnce(round: Round): Promise<boolean> {
  const { call, isForced, isNetwork, mount } = round;
  const options = isNetwork ? ['-i', '-c'] : [];
  const forced = isForced ? ['-f'] : [];
  const limit = isNetwork ? millis(Math.min(serverLimit, call.left() / 6)) : undefined;
  const ended = await call.run('umount', [...options, ...forced, '--', mount.point], limit);
  if (hasSucceeded(ended)) return true;
  // Somebody else was faster. One that is only out of the table may still be written to: umount has to have returned.
  if (ended.kind === 'exited' && !(await isListed(mount))) return true;
  round.why = wordsOf(ended);
  if (ended.kind === 'timed-out') force(round, 'without an answer of its server');
  return false;
}

async function isListed({ device, point }: Mount): Promise<boolean> {
  const mounts = await mountsOf();
  return !mounts.ok || mounts.value.some((one) => one.point === point && one.device === device);
}

async function detach(round: Round): Promise<Result<undefined, string>> {
  const { call, mount } = round;
  const users = await usersOf(mount, call);
  if (users.length > 0) return fail(await whyBusy(round));
  const ended = await call.run('umount', ['-i', '-c', '-l', '--', mount.point], serverLimit);
  if (!hasSucceeded(ended)) return fail(`${mount.point}: ${wordsOf(ended)}`);
  call.log('WARN', `${mount.point} could only be detached (${round.why}); nobody uses it`);
  return succeed(undefined);
}

async function whyBusy({ call, mount, why }: Round): Promise<string> {
  const users = await usersOf(mount, call);
  const names = await Promise.all(
    users.slice(0, 8).map(async (pid) => `${await nameOf(pid)} (${String(pid)})`),
  );
  const who = names.length > 0 ? `; in use by ${names.join(', ')}` : '';
  return `${mount.point} cannot be unmounted: ${why}${who}`;
}
