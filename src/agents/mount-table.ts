/** What is mounted where: /proc/PID/mountinfo (proc(5)). Nothing here touches a mounted filesystem, so that a dead server cannot hang it. */
import { readFile } from 'node:fs/promises';
import { type Result, fail, succeed } from '../result.ts';

export interface Mount {
  /** `major:minor`: one for each filesystem. */
  readonly device: string;
  /** The directory of the filesystem that is mounted; `/` but for bind mounts. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
  /** `/dev/sdb1`, `server:/export` */
  readonly source: string;
}

/** The mounts of a process (this one when left out), each after the one that it is mounted on. Fails with words. */
export async function mountsOf(pid?: number): Promise<Result<readonly Mount[], string>> {
  const path = `/proc/${pid === undefined ? 'self' : String(pid)}/mountinfo`;
  return readFile(path).then(
    (bytes) => succeed(parseMounts(bytes.toString('utf8'))),
    (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
  );
}

/** The mounts that a text of mountinfo tells of; lines of another form are left out. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ', 2);
    const [, , device, root, point] = before.split(' ');
    const [type, source] = after.split(' ');
    if (device === undefined || root === undefined || point === undefined) return [];
    if (type === undefined || source === undefined) return [];
    return [{ device, type, root: plain(root), point: plain(point), source: plain(source) }];
  });
}

/** What is mounted on the directory itself; the last one covers those before it. */
export function mountedOn(mounts: readonly Mount[], directory: string): Mount | undefined {
  return mounts.findLast(({ point }) => point === directory);
}

/** What is mounted somewhere below the directory, in the order of the mounts. */
export function mountedBelow(mounts: readonly Mount[], directory: string): readonly Mount[] {
  return mounts.filter(({ point }) => point.startsWith(`${directory}/`));
}

/** Blanks, tabs, line ends and backslashes are written as octal numbers. */
function plain(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
