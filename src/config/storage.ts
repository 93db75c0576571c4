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

/** What this machine exports to the nodes: programs that start as root, as databases do, cannot write elsewhere. */
function checkExports(
  groups: readonly ResourceGroup[],
  own: readonly string[],
  look: StorageLook,
  report: Report,
): void {
  const resources = groups.flatMap((group) => group.resources);
  const served = new Set([
    ...own,
    ...resources.flatMap((each) => serviceAddressOf(each)?.address ?? []),
  ]);
  const isServer = resources.some(({ agent }) => nfsServers.has(agent));
  const mounted = filesystemsOf(groups).flatMap(({ device }) => {
    const [, host = '', path = ''] = /^([^/:]+):(\/.*)$/.exec(device) ?? [];
    return served.has(host) ? [withoutSlash(path)] : [];
  });
  for (const { directory, client, options, at } of look.exports) {
    const isOurs = isServer || mounted.includes(withoutSlash(directory));
    if (!isOurs || keepsRoot(options)) continue;
    report({ kind: 'export-squashes-root', severity: 'warning', at, directory, client });
  }
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
