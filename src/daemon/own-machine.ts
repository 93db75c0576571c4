/** Whether this machine is ours alone, and how it is rebooted. */
import { access, readlink } from 'node:fs/promises';
import { runScript } from '../agents/run-script.ts';
import type { StopFailure } from '../config/settings.ts';
import { seconds } from '../units.ts';

/** The namespaces of a machine that has booted: their numbers are built into the kernel. */
const firstNamespaces: readonly (readonly [string, string])[] = [
  ['pid', 'pid:[4026531836]'],
  ['user', 'user:[4026531837]'],
  ['uts', 'uts:[4026531838]'],
  ['ipc', 'ipc:[4026531839]'],
];
/** What container managers leave for whoever wants to know. */
const containerMarks: readonly string[] = [
  '/.dockerenv',
  '/run/.containerenv',
  '/run/systemd/container',
];

/** What the daemon may do to the machine it runs on. */
export interface OwnMachine {
  /** False in a container, in a namespace, and under `HA_ROOT`: a reboot would hit others. */
  readonly mayReboot: () => Promise<boolean>;
  /** Does not come back when it works; else says why it did not. */
  readonly reboot: () => Promise<string>;
}

/** The machine of this process. */
export const ownMachine: OwnMachine = {
  mayReboot: async () => {
    if ((process.env['HA_ROOT'] ?? '') !== '') return false;
    const links = firstNamespaces.map(async ([name, first]) => {
      const link = await readlink(`/proc/self/ns/${name}`).catch(() => '');
      return link === first;
    });
    const marks = containerMarks.map((path) =>
      access(path).then(
        () => false,
        () => true,
      ),
    );
    return (await Promise.all([...links, ...marks, sharesNetworkOfInit()])).every(Boolean);
  },
  reboot: async () => {
    const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
    const call = { path: '/sbin/reboot', args: ['-nf'], environment, directory: '/' };
    const limit = seconds(30);
    const end = await runScript({ ...call, limit, stdout: 'log', log: undefined });
    return `/sbin/reboot -nf: ${end.kind}`;
  },
};

async function sharesNetworkOfInit(): Promise<boolean> {
  const [own, init] = await Promise.all(
    ['self', '1'].map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => '')),
  );
  return own !== '' && own === init;
}

/** What is said when a program of failfast has failed (spec membership 9). */
export const failfastWords = (program: string, mayReboot: boolean): string =>
  mayReboot
    ? `Rebooting system.  Reason: ${program}`
    : `${program} has failed, and failfast asks for a reboot: not in a container or a namespace, so heartbeat stops instead`;

/** What is done here when a resource cannot be stopped: C's reboot is the default, but never where it would hit others. */
export async function stopFailureHere(
  wanted: StopFailure | undefined,
  machine: OwnMachine,
): Promise<StopFailure> {
  if (wanted === 'hold' || wanted === 'fence') return wanted;
  return (await machine.mayReboot()) ? 'reboot' : 'hold';
}
