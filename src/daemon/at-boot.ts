/** Which services the system starts on its own at boot. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript } from '../agents/run-script.ts';
import type { CloserLook, StartedService } from '../config/closer-look.ts';
import { seconds } from '../units.ts';

/** systemd may be busy, but not for longer. */
const systemctlLimit = seconds(5);
/** More agents than this are not asked for. */
const maxAgents = 200;
/** The characters of systemd.unit(5); a leading dash would be read as an option. */
const unitName = /^[\w:.\\@][\w:.\\@-]{0,240}$/;

/** Those of `agents` that are started, and whether systemd could be asked. */
export interface AtBoot {
  readonly agents: CloserLook['atBoot'];
  readonly isComplete: boolean;
}

/** `systemDir` is /etc; `systemctl` undefined where systemd does not run. Takes five seconds at most. */
export async function startedAtBoot(
  agents: readonly string[],
  systemDir: string,
  systemctl: string | undefined,
): Promise<AtBoot> {
  const known = agents.filter((name) => unitName.test(name)).slice(0, maxAgents);
  const names = [...new Set(known.flatMap(servicesOf))];
  const [linked, wanted, enabled] = await Promise.all([
    linkedScripts(systemDir),
    wantedUnits(systemDir),
    systemctl === undefined ? new Set<string>() : enabledUnits(names, systemctl),
  ]);
  const startedBy = (service: string): StartedService['by'] | undefined => {
    if (enabled?.has(service) === true || wanted.has(service.replace(/\.service$/, '')))
      return 'systemd';
    return linked.has(service) ? 'init' : undefined;
  };
  const found = known.flatMap((agent): [string, StartedService][] => {
    const service = servicesOf(agent).find((each) => startedBy(each) !== undefined);
    const by = service === undefined ? undefined : startedBy(service);
    return service === undefined || by === undefined ? [] : [[agent, { service, by }]];
  });
  return { agents: new Map(found), isComplete: enabled !== undefined };
}

/** Names that distributions give to one service: an agent of one may run what the system starts under another. */
const families: readonly (readonly string[])[] = [
  ['httpd', 'apache', 'apache2'],
  ['mysql', 'mysqld', 'mariadb'],
  ['nfs', 'nfsserver', 'nfs-server', 'nfs-kernel-server'],
  ['postgresql', 'pgsql'],
  ['named', 'bind9'],
  ['smb', 'smbd', 'samba'],
];

/** The name itself goes first. */
function servicesOf(agent: string): readonly string[] {
  const family = families.find((names) => names.includes(agent)) ?? [];
  return [agent, ...family.filter((name) => name !== agent)];
}

/** The scripts with a start link in one of the runlevels in which a machine works. */
async function linkedScripts(systemDir: string): Promise<ReadonlySet<string>> {
  const levels = ['2', '3', '4', '5'].flatMap((level) => [`rc${level}.d`, `rc.d/rc${level}.d`]);
  const lists = await Promise.all(
    levels.map((level) => readdir(join(systemDir, level)).catch(() => [])),
  );
  return new Set(lists.flat().flatMap((link) => /^S\d\d(.+)$/.exec(link)?.[1] ?? []));
}

/** The services that targets want: what is enabled, also where systemd does not run or does not answer. */
async function wantedUnits(systemDir: string): Promise<ReadonlySet<string>> {
  const units = join(systemDir, 'systemd/system');
  const entries = await readdir(units).catch(() => []);
  const targets = entries.filter((name) => /\.target\.(?:wants|requires)$/.test(name));
  const lists = await Promise.all(
    targets.map((name) => readdir(join(units, name)).catch(() => [])),
  );
  return new Set(lists.flat().flatMap((name) => /^(.+)\.service$/.exec(name)?.[1] ?? []));
}

/** What `systemctl is-enabled` would say of each unit, by one call; undefined when it gives no answer. */
async function enabledUnits(
  names: readonly string[],
  systemctl: string,
): Promise<ReadonlySet<string> | undefined> {
  if (names.length === 0) return new Set();
  const units = names.map((name) => (name.endsWith('.service') ? name : `${name}.service`));
  const end = await runScript({
    path: systemctl,
    args: ['--no-ask-password', 'show', '--property=UnitFileState', ...units],
    environment: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    directory: '/',
    limit: systemctlLimit,
    stdout: 'capture',
    log: undefined,
  });
  if (end.kind !== 'exited' || end.code !== 0) return undefined;
  // One line for each unit in the order asked for, empty lines between them.
  const states = end.output.split('\n').filter((line) => line.startsWith('UnitFileState='));
  return new Set(
    names.filter((_, index) => /=enabled(?:-runtime)?$/.test(states[index]?.trim() ?? '')),
  );
}
