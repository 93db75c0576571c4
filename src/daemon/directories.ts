/** The directories a daemon needs, made with C's modes and owners where they are missing (spec config 10). */
import { chmod, chown, mkdir, readFile, rm, stat } from 'node:fs/promises';
import type { Paths } from './paths.ts';

/** Numeric ids of a user and a group of this machine. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** `hacluster:haclient` in this machine's numbers; undefined where no package has made them. */
export async function clusterOwner(): Promise<Owner | undefined> {
  const [uid, gid] = await Promise.all([
    numberOf('/etc/passwd', 'hacluster'),
    numberOf('/etc/group', 'haclient'),
  ]);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Makes what is missing and leaves what is there as it is, except `rsctmp`, which is remade at every start. */
export async function makeDirectories(where: Paths, owner: Owner | undefined): Promise<void> {
  await makeDirectory(where.stateDir, 0o755);
  await makeDirectory(where.coreDir, 0o700);
  if (await makeDirectory(where.runDir, owner === undefined ? 0o755 : 0o750)) {
    if (owner !== undefined) await chown(where.runDir, owner.uid, owner.gid);
  }
  await makeDirectory(where.agentTmp, 0o1755);
  await rm(where.rscTmp, { recursive: true, force: true });
  await makeDirectory(where.rscTmp, 0o1755);
}

/** Whether the directory had to be made; its mode is exact, whatever the umask is. */
async function makeDirectory(path: string, mode: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return false;
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  return true;
}

/** The third column of the name's line in `passwd` or `group`. */
async function numberOf(file: string, name: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const number = line?.split(':')[2];
  return number !== undefined && /^[0-9]+$/.test(number) ? Number(number) : undefined;
}
