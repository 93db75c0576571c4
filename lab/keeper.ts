/** The process that keeps a host alive: the first one in its namespaces, and the last. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { killGroup, LabError, startCommand } from './command.ts';
import { waitUntil } from './wait.ts';

export interface Keeper {
  /** The id, on the machine, of the host's process 1. */
  readonly pid: number;
  /** Resolves when the host has ended, whatever the cause. */
  readonly ended: Promise<void>;
  /** Ends every process of the host at once, like a lost power supply. */
  readonly end: () => Promise<void>;
}

const bootLimit = 60_000;
const endLimit = 60_000;

/*
 * Mounts the host's folders and then turns into `cat`, which reads from the lab: when the lab ends, however it ends, the read
 * does, and with process 1 the kernel ends every process of the host. Where CHLD is ignored the kernel reaps orphans itself
 * (a shell's trap cannot say so: dash catches that signal in any case).
 * Before the new /proc is mounted, the old one tells which process this is on the machine. The folder `run` is filled before
 * it is put over /run, for the host's folder may itself be below /run. /proc/sysrq-trigger and the machine's /etc are out of reach.
 */
const bootScript = `set -eu
name=$1 dir=$2
read -r pid rest </proc/self/stat
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$dir/run"
mkdir -p "$dir/run/lock" "$dir/run/heartbeat" "$dir/run/resource-agents"
share() {
  mkdir -p "$dir/run/lab/$2"
  [ -d "$1" ] || return 0
  mount --rbind "$1" "$dir/run/lab/$2"
  mount -o remount,bind,ro "$dir/run/lab/$2" 2>/dev/null || true
}
share /etc etc
share /var/lib var-lib
share /srv srv
mount --bind "$dir/etc" /etc
mount --bind "$dir/var-lib" /var/lib
mount --bind "$dir/log" /var/log
[ ! -d /srv ] || mount --bind "$dir/srv" /srv
mount --rbind "$dir/run" /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys 2>/dev/null || true
[ ! -e /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger
hostname "$name"
ip link set lo up
env --ignore-signal=CHLD true
echo "ready $pid"
exec env --ignore-signal=CHLD cat >/dev/null`;

/** Starts a host in fresh namespaces over the folders that makeHostFiles made; rejects with a LabError when the machine refuses. */
export async function openKeeper(name: string, dir: string): Promise<Keeper> {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child'];
  const child = startCommand('unshare', [
    ...namespaces,
    '--',
    'sh',
    '-c',
    bootScript,
    'sh',
    name,
    dir,
  ]);
  child.stdin.on('error', () => undefined); // a write is never made; the host's end closes the pipe
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
  });
  const pid = await booted(child, name);
  return {
    pid,
    ended,
    end: async () => {
      killProcess(pid, child);
      await Promise.race([ended, isGone(pid)]);
      child.unref(); // the lab does not wait for that kernel
    },
  };
}

function booted(child: ChildProcessWithoutNullStreams, name: string): Promise<number> {
  let output = '';
  let errors = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      killGroup(child);
      reject(new LabError(`host ${name} does not start: ${why}`));
    };
    const timer = setTimeout(() => {
      fail(`not ready within ${String(bootLimit)} ms: ${errors.trim()}`);
    }, bootLimit);
    child.once('error', (error) => {
      fail(error.message);
    });
    child.once('exit', () => {
      fail(errors.trim() || 'it ended at once');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, 4_000);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, 4_000);
      const ready = /^ready (\d+)$/m.exec(output);
      if (ready === null) return;
      clearTimeout(timer);
      resolve(Number(ready[1]));
    });
  });
}

/**
 * Resolves when process 1 is gone, and with it all the others. What waits after that for a dead NFS server, minutes long, is only the
 * kernel that takes the host's mounts away.
 */
async function isGone(pid: number): Promise<void> {
  await waitUntil(() => !existsSync(`/proc/${String(pid)}`), endLimit);
}

/** The keeper may have ended before; its number may then belong to another process and must not be used. */
function killProcess(pid: number, child: ChildProcessWithoutNullStreams): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
