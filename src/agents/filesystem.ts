/** The built-in agent Filesystem: mounted on one node at a time (spec resources 12.3). Nothing of a mounted filesystem is looked at in this process. */
import { readFile } from 'node:fs/promises';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { seconds } from '../units.ts';
import { type BuiltIn, type BuiltInCall, failed, hasSucceeded, wordsOf } from './built-in.ts';
import { type FilesystemRequest, isNetworkType, parseFilesystem } from './filesystem-arguments.ts';
import { isThere } from './find-agent.ts';
import { type Mount, mountedBelow, mountedOn, mountsOf } from './mount-table.ts';
import { unmount } from './unmount.ts';

const lookLimit = seconds(5);
/** fsck(8): from 4 on errors are left in the filesystem. */
const leftErrors = 4;

/**
 * `Filesystem::device::directory[::type[::options]]`. A start succeeds when something is mounted on the directory already, and a stop
 * when nothing is.
 */
export const filesystem: BuiltIn = (args) => {
  const request = parseFilesystem(args);
  if (!request.ok) return request;
  return succeed({
    start: (call) => start(request.value, call),
    stop: (call) => stop(request.value, call),
    status: (call) => status(request.value, call),
  });
};

/** The directory as the kernel names it, and what is mounted. */
interface Place {
  readonly directory: string;
  readonly mounts: readonly Mount[];
}

/** A way over symbolic links is followed by another process: with a dead server behind it that may never end. */
async function lookAt(
  { directory }: FilesystemRequest,
  call: BuiltInCall,
): Promise<Result<Place, string>> {
  const mounts = await mountsOf();
  if (!mounts.ok) return mounts;
  if (mountedOn(mounts.value, directory) !== undefined) {
    return succeed({ directory, mounts: mounts.value });
  }
  const end = await call.run('realpath', ['-m', '--', directory], lookLimit);
  if (end.kind !== 'exited' || end.code !== 0) return fail(`${directory}: ${wordsOf(end)}`);
  const real = Buffer.from(end.output, 'latin1').toString('utf8').replace(/\n$/, '');
  return succeed({ directory: real, mounts: mounts.value });
}

async function status(request: FilesystemRequest, call: BuiltInCall): Promise<Outcome> {
  const place = await lookAt(request, call);
  if (!place.ok) return failed(place.reason);
  const found = mountedOn(place.value.mounts, place.value.directory);
  return { kind: found === undefined ? 'stopped' : 'running' };
}

async function start(request: FilesystemRequest, call: BuiltInCall): Promise<Outcome> {
  const place = await lookAt(request, call);
  if (!place.ok) return failed(place.reason);
  const { directory, mounts } = place.value;
  const present = mountedOn(mounts, directory);
  if (present !== undefined) {
    call.log('info', `${directory} is mounted already: ${present.source}`);
    return { kind: 'done' };
  }
  const [below] = mountedBelow(mounts, directory);
  if (below !== undefined) {
    return failed(`${below.source} is mounted on ${below.point}, below ${directory}`, 6);
  }
  return mount({ ...request, directory }, call);
}

async function mount(request: FilesystemRequest, call: BuiltInCall): Promise<Outcome> {
  const { directory, options, source, type } = request;
  if (!(await hasDevice(request))) return failed(`${source}: no such device`, 5);
  const made = await call.run('mkdir', ['-p', '--', directory]);
  if (!hasSucceeded(made)) return failed(`${directory} cannot be made: ${wordsOf(made)}`);
  if (type === 'ext2' && !(await isSound(source, call))) {
    return failed(`${source}: fsck has left errors in it`);
  }
  const words = type === undefined ? [] : ['-t', type];
  const how = options === undefined ? [] : ['-o', options];
  const end = await call.run('mount', [...words, ...how, '--', source, directory]);
  if (hasSucceeded(end)) {
    call.log('info', `${source} mounted on ${directory}`);
    return { kind: 'done' };
  }
  const code = (await isKnownType(type)) ? 1 : 5;
  return failed(`${source} cannot be mounted on ${directory}: ${wordsOf(end)}`, code);
}

/** Only what has to be a file in /dev can be missed; the rest is for mount(8) to say. */
async function hasDevice({ source }: FilesystemRequest): Promise<boolean> {
  return !source.startsWith('/dev/') || isThere(source);
}

/** The one common type that is not mended at its mount. */
async function isSound(source: string, call: BuiltInCall): Promise<boolean> {
  const end = await call.run('fsck', ['-t', 'ext2', '-a', '--', source]);
  if (end.kind === 'exited') return end.code < leftErrors;
  call.log('WARN', `fsck of ${source}: ${wordsOf(end)}`);
  return end.kind === 'not-started';
}

async function isKnownType(type: string | undefined): Promise<boolean> {
  if (type === undefined || type === 'none') return true;
  const known = await readFile('/proc/filesystems', 'latin1').catch(() => '');
  return known.split(/\s+/).includes(type);
}

/** Everything below the directory first, the last mounted before the others. */
async function stop(request: FilesystemRequest, call: BuiltInCall): Promise<Outcome> {
  const place = await lookAt(request, call);
  if (!place.ok) return failed(place.reason);
  const { directory } = place.value;
  for (let mounts = place.value.mounts; ;) {
    const last = mountedBelow(mounts, directory).at(-1) ?? mountedOn(mounts, directory);
    if (last === undefined) return { kind: 'done' };
    const gone = await unmount(last, isNetworkType(last.type), call);
    if (!gone.ok) return failed(gone.reason);
    call.log('info', `${last.source} unmounted from ${last.point}`);
    const next = await mountsOf();
    if (!next.ok) return failed(next.reason);
    if (next.value.length >= mounts.length) return failed(`${directory} is mounted again`);
    mounts = next.value;
  }
}
