/** Which services the system starts on its own at boot. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript } from '../agents/run-script.ts';
import type { CloserLook } from '../config/closer-look.ts';
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
  const names = agents.filter((name) => unitName.test(name)).slice(0, maxAgents);
  const [linked, enabled] = await Promise.all([
    linkedScripts(systemDir),
    systemctl === undefined ? new Set<string>() : enabledUnits(names, systemctl),
  ]);
  const found = names.flatMap((name): [string, 'systemd' | 'init'][] => {
    if (enabled?.has(name) === true) return [[name, 'systemd']];
    return linked.has(name) ? [[name, 'init']] : [];
  });
  return { agents: new Map(found), isComplete: enabled !== undefined };
}

/** The scripts with a start link in one of the runlevels in which a machine works. */
async function linkedScripts(systemDir: string): Promise<ReadonlySet<string>> {
  const levels = ['2', '3', '4', '5'].flatMap((level) => [`rc${level}.d`, `rc.d/rc${level}.d`]);
  const lists = await Promise.all(
    levels.map((level) => readdir(join(systemDir, level)).catch(() => [])),
  );
  return new Set(lists.flat().flatMap((link) => /^S\d\d(.+)$/.exec(link)?.[1] ?? []));
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
