/** Which logical volumes are active: the kernel's own list in sysfs. No disk is touched, so that a dead one cannot hang it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Result, fail, succeed } from '../result.ts';
import { readKernel } from './read-kernel.ts';

/** More than any machine has; what is beyond could not be told, and that is said. */
const maxDevices = 65_536;

/**
 * The active volumes of a group as LVM names their devices (`vg0-data`), sorted; also those that only a part of a volume is on. Fails with
 * words. `sys` is where sysfs is mounted.
 */
export async function activeVolumes(
  sys: string,
  group: string,
): Promise<Result<readonly string[], string>> {
  const block = join(sys, 'block');
  const entries = await readdir(block).then(succeed, (error: unknown) =>
    fail(error instanceof Error ? error.message : String(error)),
  );
  if (!entries.ok) return entries;
  const devices = entries.value.filter((name) => name.startsWith('dm-'));
  if (devices.length > maxDevices)
    return fail(`more than ${String(maxDevices)} devices in ${block}`);
  const found = await Promise.all(devices.map((device) => volumeOf(join(block, device, 'dm'))));
  const unread = found.find((volume) => !volume.ok);
  if (unread !== undefined) return unread;
  // A dash of the group's own name is doubled, and one dash parts it from the volume's name.
  const begin = new RegExp(`^${group.replaceAll('-', '--').replace(/[.+]/g, '\\$&')}-[^-]`);
  const names = found.flatMap((volume) => (volume.ok ? [volume.value] : []));
  return succeed(names.filter((name) => begin.test(name)).sort());
}

/** Empty for what is not LVM's, and for a device that has gone meanwhile. */
async function volumeOf(directory: string): Promise<Result<string, string>> {
  const [name, uuid] = await Promise.all([
    readKernel(join(directory, 'name')),
    readKernel(join(directory, 'uuid')),
  ]);
  if (!uuid.ok) return uuid;
  return uuid.value.startsWith('LVM-') ? name : succeed('');
}
