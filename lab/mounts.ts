/** What a host has mounted, without a look at the filesystem itself: its server may be dead. */
import { readFile } from 'node:fs/promises';

/** Whether the fifth word of a line of /proc/PID/mountinfo, the place of a mount, is `point`. */
export function listsMount(table: string, point: string): boolean {
  return table.split('\n').some((line) => line.split(' ')[4] === point);
}

/** Whether something is mounted on `point` for the process `pid`; a process that ended sees nothing, and no point is no mount. */
export async function isMountedIn(
  pid: number | undefined,
  point: string | undefined,
): Promise<boolean> {
  if (pid === undefined || point === undefined) return false;
  const table = await readFile(`/proc/${String(pid)}/mountinfo`, 'utf8').catch(() => '');
  return listsMount(table, point);
}
