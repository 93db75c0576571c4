/** Where the agent of a resource is: a script, built in, or a systemd unit. */
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { Units } from './systemd.ts';

/** The part of a resource that an agent gets to see. */
export type Resource = Pick<Job['resource'], 'agent' | 'args'>;

/** The agents inside this process. */
export const builtInNames = [
  'Delay',
  'Filesystem',
  'IPaddr',
  'IPaddr2',
  'IPsrcaddr',
  'IPv6addr',
  'LVM',
  'MailTo',
  'Raid1',
  'SendArp',
  'apache',
  'drbddisk',
  'portblock',
] as const;

export type BuiltInName = (typeof builtInNames)[number];

export type Found =
  | { readonly kind: 'script'; readonly path: string }
  | { readonly kind: 'built-in'; readonly name: BuiltInName }
  /** What the arguments name in /usr/lib/ocf. */
  | { readonly kind: 'ocf' }
  /** `httpd.service` */
  | { readonly kind: 'unit'; readonly unit: string };

export interface AgentPlaces {
  /** `/etc/ha.d/resource.d` */
  readonly resourceD: string;
  /** `/etc/init.d` */
  readonly initD: string;
  /** Undefined where systemd does not run. */
  readonly units: Units | undefined;
}

const maxNames = 4_096;

/**
 * The agent called `name`: an executable in resource.d wins over what is built in, so that a site's own script is used; then
 * `/etc/init.d`, then the unit of that name. Undefined when there is none, and for names that would leave these directories.
 */
export async function findAgent(places: AgentPlaces, name: string): Promise<Found | undefined> {
  if (!isPlainName(name)) return undefined;
  const own = join(places.resourceD, name);
  if (await isExecutableFile(own)) return { kind: 'script', path: own };
  const builtIn = builtInNames.find((one) => one === name);
  if (builtIn !== undefined) return { kind: 'built-in', name: builtIn };
  if (name === 'OCF') return { kind: 'ocf' };
  const lsb = join(places.initD, name);
  if (await isExecutableFile(lsb)) return { kind: 'script', path: lsb };
  const unit = await places.units?.find(name);
  return unit === undefined ? undefined : { kind: 'unit', unit };
}

/** Every name that `findAgent` would find, sorted, at most 4096: for "did you mean". */
export async function availableAgents(places: AgentPlaces): Promise<readonly string[]> {
  const names = await Promise.all([
    executablesIn(places.resourceD),
    executablesIn(places.initD),
    places.units?.names() ?? [],
  ]);
  return [...new Set([...builtInNames, 'OCF', ...names.flat()])].sort().slice(0, maxNames);
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

async function executablesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory).catch(() => []);
  const names = entries.slice(0, maxNames);
  const usable = await Promise.all(names.map((name) => isExecutableFile(join(directory, name))));
  return names.filter((_, index) => usable[index] === true);
}

/** False also for what does not exist. */
export async function isExecutableFile(path: string): Promise<boolean> {
  const verdict = await Promise.all([stat(path), access(path, constants.X_OK)]).then(
    ([found]): Result<boolean, unknown> => succeed(found.isFile()),
    fail,
  );
  return verdict.ok && verdict.value;
}

/** Whether there is anything at the path that can be got at. */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
