/** The arguments of a Filesystem resource: `Filesystem::/dev/drbd0::/data::ext4::noatime`. */
import { posix } from 'node:path';
import { type Result, fail, succeed } from '../result.ts';

export interface FilesystemRequest {
  /** What mount(8) takes: a device, `LABEL=data`, `server:/export`, a directory. */
  readonly source: string;
  /** Absolute, without an end slash. */
  readonly directory: string;
  /** Undefined: mount(8) finds it out. */
  readonly type: string | undefined;
  readonly options: string | undefined;
}

const example = 'Filesystem::/dev/drbd0::/data::ext4';
const networkTypes = /^(nfs4?|cifs|smb3|smbfs|ceph|glusterfs|fuse\.(glusterfs|sshfs)|9p)$/;

/** Whether what is mounted depends on a server that may not answer; several machines may have it mounted at once. */
export function isNetworkType(type: string | undefined): boolean {
  return type !== undefined && networkTypes.test(type);
}

/** The request that the arguments make, or why they make none, in words for the operator (spec resources 12.3). */
export function parseFilesystem(args: readonly string[]): Result<FilesystemRequest, string> {
  const [device = '', place = '', type = '', options = '', ...more] = args;
  if (device === '' || place === '') {
    return fail(`a device and a directory are needed, as in ${example}`);
  }
  if (more.length > 0) {
    return fail('at most four arguments: device, directory, type, options (with commas)');
  }
  const source = sourceOf(device);
  if (source === undefined) return fail(`"${device}" is not a device, -Llabel, -Uuuid or server`);
  const directory = posix.normalize(place).replace(/\/$/, '');
  if (!place.startsWith('/')) return fail(`"${place}" is not a directory from / on`);
  if (directory === '') return fail('/ cannot be a resource');
  if (type.startsWith('-')) return fail(`"${type}" is not a type such as ext4 or nfs`);
  return succeed({ source, directory, type: given(type), options: given(options) });
}

/** `-Ldata` and `-U6f1c…` are the words that the C agent hands to mount(8). */
function sourceOf(device: string): string | undefined {
  const label = /^-([LU])\s*(.+)$/.exec(device);
  if (label !== null) return `${label[1] === 'L' ? 'LABEL' : 'UUID'}=${label[2] ?? ''}`;
  return device.startsWith('-') ? undefined : device;
}

function given(word: string): string | undefined {
  return word === '' ? undefined : word;
}
