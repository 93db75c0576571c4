/** Where agents are looked for, and the lock of this machine, for those who only ask. */
import type { AgentPlaces } from '../agents/find-agent.ts';
import { systemctlPath, Units } from '../agents/systemd.ts';
import { lockFile } from '../native/file-lock.ts';
import type { Paths } from './paths.ts';
import type { TryLock } from './pid-file.ts';

/** Scripts that the system's own package manager and its administrator put here are LSB scripts. */
export const lsbDirectory = '/etc/init.d';

/** The places of this machine's agents; what looks for them gets an environment with nothing of ours in it. */
export async function bareAgentPlaces(where: Paths): Promise<AgentPlaces> {
  const systemctl = await systemctlPath();
  const environment = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  return {
    resourceD: where.resourceDir,
    initD: lsbDirectory,
    units:
      systemctl === undefined ? undefined : new Units(systemctl, { environment, directory: '/' }),
  };
}

/** flock(2), where this machine's library can be called. */
export const tryLock: TryLock = (descriptor) => {
  const locked = lockFile(descriptor);
  if (!locked.ok) return 'unavailable';
  return locked.value ? 'locked' : 'taken';
};
