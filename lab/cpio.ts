/** The archive that a kernel unpacks as its first root: cpio in the form "newc" (Linux, Documentation/driver-api/early-userspace/buffer-format). */

export interface ArchiveEntry {
  /** Without a slash at its start; its folders have to come before it. */
  readonly name: string;
  /** Like 0o755. */
  readonly mode: number;
  /** Undefined: a folder. */
  readonly content: Buffer | string | undefined;
}

const folderBit = 0o040000;
const fileBit = 0o100000;

/** The archive of these entries, all of them root's. */
export function makeArchive(entries: readonly ArchiveEntry[]): Buffer {
  const end = { name: 'TRAILER!!!', mode: 0, content: '' };
  return Buffer.concat([...entries, end].flatMap((entry, index) => member(entry, index + 1)));
}

function member({ name, mode, content }: ArchiveEntry, inode: number): Buffer[] {
  const data = Buffer.from(content ?? '');
  const path = Buffer.from(`${name}\0`);
  const kind = content === undefined ? folderBit : fileBit;
  const links = 1;
  const numbers = [inode, kind | mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, path.length, 0];
  const head = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`;
  return [...padded(Buffer.concat([Buffer.from(head), path])), ...padded(data)];
}

/** Each part ends at a multiple of four bytes. */
function padded(part: Buffer): Buffer[] {
  return [part, Buffer.alloc((4 - (part.length % 4)) % 4)];
}
