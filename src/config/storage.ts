/** File systems that move with a group: whether this machine leaves them alone, and whether their server lets root write. */
import type { ExportEntry, FstabEntry } from './system-files.ts';
import type { Problem, Report } from './problem.ts';
import type { Position, Resource, ResourceGroup } from './settings.ts';
import { serviceAddressOf } from './addresses.ts';

/** A `Filesystem` resource. */
export interface FilesystemResource {
  readonly device: string;
  /** Full path of the mount point, without a slash at its end. */
  readonly directory: string;
  readonly at: Position;
}

/** What the shell found out about file systems. */
export interface StorageLook {
  /** Mount points that have files in them while nothing is mounted there. */
  readonly occupied: ReadonlySet<string>;
  readonly fstab: readonly FstabEntry[];
  readonly exports: readonly ExportEntry[];
}

const withoutSlash = (path: string): string => (path === '/' ? path : path.replace(/\/+$/, ''));

/** The parameters of an OCF resource, `OCF::provider:type::name=value...`, by name. */
function ocfParameters(args: readonly string[], type: string): ReadonlyMap<string, string> {
  const [agent = '', ...pairs] = args;
  if (!agent.endsWith(`:${type}`)) return new Map();
  return new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name, value.join('=')];
    }),
  );
}

/** The file system that a resource mounts; undefined for other resources, and where the directory is missing. */
export function filesystemOf({ agent, args, at }: Resource): FilesystemResource | undefined {
  const ocf = agent === 'OCF' ? ocfParameters(args, 'Filesystem') : new Map<string, string>();
  const [device, directory] =
    agent === 'Filesystem' ? args : [ocf.get('device'), ocf.get('directory')];
  if (device === undefined || directory?.startsWith('/') !== true) return undefined;
  return { device, directory: withoutSlash(directory), at };
}

export const filesystemsOf = (groups: readonly ResourceGroup[]): readonly FilesystemResource[] =>
  groups.flatMap(({ resources }) => resources.flatMap((each) => filesystemOf(each) ?? []));

/** A file system that the system mounts too would be written by both nodes at once. */
function checkFstab(
  mounts: readonly FilesystemResource[],
  look: StorageLook,
  report: Report,
): void {
  for (const { directory, device, at } of mounts) {
    const entry = look.fstab.find(
      (each) =>
        each.isAutomatic && (each.device === device || withoutSlash(each.directory) === directory),
    );
    if (entry === undefined) continue;
    const facts = { directory, fstab: entry.at.file, line: entry.at.line };
    report({ kind: 'mounted-at-boot', severity: 'warning', at, ...facts });
  }
}

/** The agents that are NFS servers: a group with one exports what /etc/exports says. */
const nfsServers: ReadonlySet<string> = new Set([
  ...['nfs', 'nfsserver', 'nfs-server', 'nfs-kernel-server', 'exportfs'],
]);

/** Whether the server lets root write as root: `no_root_squash`, and no `all_squash`. */
const keepsRoot = (options: readonly string[]): boolean =>
  options.includes('no_root_squash') && !options.includes('all_squash');

/** The host and the path of a device `host:/path`. */
function remotePath(device: string): { readonly host: string; readonly path: string } | undefined {
  const [, host, path] = /^([^/:]+):(\/.*)$/.exec(device) ?? [];
  return host === undefined || path === undefined ? undefined : { host, path: withoutSlash(path) };
}

/** What programs that start as root, as databases do, cannot write to: the exports that `isOurs` picks, if they squash root. */
function tellSquashed(
  exports: readonly ExportEntry[],
  isOurs: (directory: string) => boolean,
  report: Report,
): void {
  for (const { directory, client, options, at } of exports) {
    if (!isOurs(withoutSlash(directory)) || keepsRoot(options)) continue;
    report({ kind: 'export-squashes-root', severity: 'warning', at, directory, client });
  }
}

/** What this machine exports to the nodes. */
function checkExports(
  groups: readonly ResourceGroup[],
  own: readonly string[],
  look: StorageLook,
  report: Report,
): void {
  const resources = groups.flatMap((group) => group.resources);
  const isServer = resources.some(({ agent }) => nfsServers.has(agent));
  const served = new Set([...own, ...serviceAddressesOf(groups)]);
  const mounted = pathsFrom((host) => served.has(host), groups);
  tellSquashed(look.exports, (directory) => isServer || mounted.includes(directory), report);
}

const serviceAddressesOf = (groups: readonly ResourceGroup[]): readonly string[] =>
  groups
    .flatMap((group) => group.resources)
    .flatMap((each) => serviceAddressOf(each)?.address ?? []);

/** The paths that `groups` mount from the hosts that `isMeant` picks. */
const pathsFrom = (
  isMeant: (host: string) => boolean,
  groups: readonly ResourceGroup[],
): readonly string[] =>
  filesystemsOf(groups).flatMap(({ device }) => {
    const remote = remotePath(device);
    return remote !== undefined && isMeant(remote.host) ? [remote.path] : [];
  });

/** The hosts that `groups` mount from, but for what moves between the nodes. */
export function storageHostsOf(groups: readonly ResourceGroup[]): readonly string[] {
  const moving = serviceAddressesOf(groups);
  const hosts = filesystemsOf(groups).flatMap(({ device }) => remotePath(device)?.host ?? []);
  return [...new Set(hosts)].filter((host) => !moving.includes(host));
}

/** The exports of the host that `groups` mount from and that keep root of the nodes from writing. */
export function checkExportsOf(
  host: string,
  exports: readonly ExportEntry[],
  groups: readonly ResourceGroup[],
  report: Report,
): void {
  const mounted = pathsFrom((each) => each === host, groups);
  tellSquashed(exports, (directory) => mounted.includes(directory), report);
}

/** Everything doubtful about the file systems of `groups` on a machine with the addresses `own`. */
export function checkStorage(
  groups: readonly ResourceGroup[],
  own: readonly string[],
  look: StorageLook,
): readonly Problem[] {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const mounts = filesystemsOf(groups);
  for (const { directory, at } of mounts) {
    if (!look.occupied.has(directory)) continue;
    report({ kind: 'mount-point-not-empty', severity: 'warning', at, directory });
  }
  checkFstab(mounts, look, report);
  checkExports(groups, own, look, report);
  return problems;
}
