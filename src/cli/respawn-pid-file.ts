/** The pid file of `cl_respawn`: C's format (10 columns and NL), but only a process of that name counts as running. */
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { errorCode, whyFailed } from '../daemon/why.ts';
import { fail, succeed, type Result } from '../result.ts';

/** Why the pid file is not ours. */
export type PidFileRefusal =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'unwritable'; readonly why: string };

/** Of two that start at once one may find the other's file gone again; then it tries once more. */
const tries = 3;

/** Puts our pid into the file at `path`; the function in the answer takes the file away again. */
export async function takePidFile(
  path: string,
): Promise<Result<() => Promise<void>, PidFileRefusal>> {
  const own = `${path}.${String(process.pid)}`;
  const text = `${String(process.pid).padStart(10)}\n`;
  try {
    await writeFile(own, text, { mode: 0o644, flag: 'wx' });
    try {
      return await linkTo(path, own, text);
    } finally {
      await rm(own, { force: true });
    }
  } catch (error) {
    return fail({ kind: 'unwritable', why: whyFailed(error) });
  }
}

/** The file appears whole or not at all: a link is made only where nothing is. */
async function linkTo(
  path: string,
  own: string,
  text: string,
): Promise<Result<() => Promise<void>, PidFileRefusal>> {
  for (let left = tries; left > 0; left -= 1) {
    const pid = await runningPid(path);
    if (pid !== undefined) return fail({ kind: 'running', pid });
    await rm(path, { force: true });
    try {
      await link(own, path);
      return succeed(() => release(path, text));
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  return fail({ kind: 'unwritable', why: 'others write it at the same time' });
}

async function runningPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'latin1').catch(() => '');
  const pid = /^\s*([1-9][0-9]{0,9})\s*$/.exec(text)?.[1];
  if (pid === undefined) return undefined;
  const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
  return /cl[_-]respawn/.test(line) ? Number(pid) : undefined;
}

async function release(path: string, text: string): Promise<void> {
  const now = await readFile(path, 'latin1').catch(() => '');
  if (now === text) await rm(path, { force: true });
}
