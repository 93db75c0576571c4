/** A mount namespace for one test file: what its process and those that it starts mount is seen by nobody else. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import koffi from 'koffi';

const run = promisify(execFile);
const cloneNewMounts = 0x20000;

/**
 * False where that is not permitted (no root). Only this thread moves: what other threads do (node:fs) sees the mounts of before. What agents in
 * scripts write to `/run/resource-agents` goes to the directory `agentFiles`, or nowhere.
 */
export async function enterOwnMounts(agentFiles?: string): Promise<boolean> {
  const unshare: (flags: number) => unknown = koffi.load(null).func('int unshare(int)');
  if (unshare(cloneNewMounts) !== 0) return false;
  await run('mount', ['--make-rprivate', '/']);
  await mkdir('/run/resource-agents', { recursive: true });
  const files = agentFiles === undefined ? ['-t', 'tmpfs', 'agents'] : ['--bind', agentFiles];
  await run('mount', [...files, '/run/resource-agents']);
  return true;
}

/** A filesystem whose server has taken the mount and says nothing any more. The answer is the descriptor that keeps it so. */
export function mountDeadServer(directory: string, fuse: number): void {
  const mount: (...args: readonly unknown[]) => unknown = koffi
    .load(null)
    .func('int mount(const char *, const char *, const char *, unsigned long, const char *)');
  const data = `fd=${String(fuse)},rootmode=40000,user_id=0,group_id=0`;
  const done = mount('server:/export', directory, 'fuse.sshfs', 0, data);
  if (done !== 0) throw new Error(`cannot mount fuse: errno ${String(koffi.errno())}`);
}
