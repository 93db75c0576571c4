/** LVM, Raid1 and drbddisk with a kernel that has them, and beside the agents of resource-agents, in a small machine. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runInVirtualMachine } from '../../lab/virtual-machine.ts';

test('LVM, Raid1 and drbddisk do what the C agents do, and stop what those have started', async () => {
  const lines: string[] = [];

  const end = await runInVirtualMachine({
    command: [process.execPath, join(import.meta.dirname, 'storage-machine.mjs')],
    limit: 280_000,
    said: (line) => void lines.push(line),
  });

  expect([end, ...lines.map((line) => line.trim()).sort()]).toEqual([
    { kind: 'exited', code: 0 },
    'LVM: stopped done done done running done stopped done running done done stopped, same state',
    'Raid1: stopped done done done running done stopped done running done done stopped, same state',
    'drbddisk, not up: stopped failed done stopped',
    'drbddisk: stopped done done Primary/Unknown done Primary/Unknown running done done stopped',
    // A volume that is open is a failed stop, and the group is still running.
    'mounted: done timed-out running done done',
  ]);
}, 300_000);
