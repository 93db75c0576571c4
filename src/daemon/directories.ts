/** The directories a daemon needs, made with C's modes and owners where they are missing (spec config 10). */
import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { accountsOf, type Accounts } from '../clients/accounts.ts';
import { settledWithin } from './limited.ts';
import type { Paths } from './paths.ts';
import { whyFailed } from './why.ts';

/** Numeric ids of a user and a group of this machine. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** `hacluster:haclient` in this machine's numbers; undefined where no package has made them. */
export async function clusterOwner(): Promise<Owner | undefined> {
  const { users, groups } = await accountsHere();
  const [uid, gid] = [users.get('hacluster'), groups.get('haclient')];
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/** Users other than root that programs of the cluster run as. */
const coreUsers = ['hacluster', 'nobody'] as const;

const hangingMillis = 1000;

/** Gives the log files to the cluster's user, as C does; `tell` hears why one cannot be given. A disk that hangs is not waited for. */
export async function giveLogFiles(
  { coreDir }: Paths,
  files: readonly (string | undefined)[],
  { gid, uid }: Owner,
  tell: (why: string) => void,
): Promise<void> {
  const given = files.map(async (file) => {
    if (file === undefined || file === '/dev/null') return;
    await chown(resolve(coreDir, file), uid, gid).catch((error: unknown) => {
      tell(whyFailed(error));
    });
  });
  await settledWithin(hangingMillis, Promise.all(given));
}

/** Makes what is missing and leaves what is there as it is, except `rsctmp`, which is remade at every start. */
export async function makeDirectories(where: Paths, owner: Owner | undefined): Promise<void> {
  await makeDirectory(where.stateDir, 0o755);
  await makeCoreDirectories(where.coreDir);
  if (await makeDirectory(where.runDir, owner === undefined ? 0o755 : 0o750)) {
    if (owner !== undefined) await chown(where.runDir, owner.uid, owner.gid);
  }
  if (owner !== undefined) await makeSocketDirectories(where.runDir, owner);
  await makeDirectory(where.agentTmp, 0o1755);
  await rm(where.rscTmp, { recursive: true, force: true });
  await makeDirectory(where.rscTmp, 0o1755);
}

/** Where C's clients open sockets of their own; they fail without, and Debian's package, which makes these, may not be there. */
async function makeSocketDirectories(runDir: string, { gid, uid }: Owner): Promise<void> {
  for (const program of ['ccm', 'dopd']) {
    const path = join(runDir, program);
    if (await makeDirectory(path, 0o750)) await chown(path, uid, gid);
  }
}

/** One for each user that programs of the cluster run as: the daemon's own, and those where C's programs go to (`ccm`, `ipfail`). */
async function makeCoreDirectories(own: string): Promise<void> {
  await makeDirectory(dirname(own), 0o755);
  await makeDirectory(own, 0o700);
  const { users } = await accountsHere();
  for (const user of coreUsers) {
    const uid = users.get(user);
    const path = join(dirname(own), user);
    if (uid === undefined || !(await makeDirectory(path, 0o700))) continue;
    // A daemon without root cannot give it away, and starts no program of another user either.
    await chown(path, uid, 0).catch(() => undefined);
  }
}

/** Whether the directory had to be made; its mode is exact, whatever the umask is. */
async function makeDirectory(path: string, mode: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return false;
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  return true;
}

/** The users and the group that directories are given to, as far as this machine has them. */
function accountsHere(): Promise<Accounts> {
  const names = { users: [...coreUsers], groups: ['haclient'] };
  return accountsOf(names).catch(() => ({ users: new Map(), groups: new Map() }));
}
