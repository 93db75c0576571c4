/** The built-in agent Filesystem against the kernel's own NFS server, in a small machine that has one. */
import { expect, test } from 'vitest';
import { runInVirtualMachine } from '../../lab/virtual-machine.ts';

const folder = import.meta.dirname;

test('an export is mounted and unmounted, twice is once, and neither a user nor a dead server holds up the stop', async () => {
  const lines: string[] = [];
  const end = await runInVirtualMachine({
    command: ['bash', `${folder}/nfs-guest.sh`, process.execPath, folder],
    limit: 400_000,
    said: (line) => void lines.push(line),
  });

  expect({ end, lines }).toMatchObject({ end: { kind: 'exited', code: 0 } });
  const acts = lines.filter((line) => !/^(info|WARN): /.test(line));
  expect(acts).toEqual([
    ...['status stopped', 'start done', 'start done', 'status running', 'from the export'],
    ...['stop done', 'stop done', 'status stopped', 'start done', 'stop done', 'start done'],
    ...['the server is gone', 'stop done', 'nothing is mounted'],
  ]);
  const afterwards = lines.slice(lines.indexOf('the server is gone'));
  expect(afterwards).toContainEqual(expect.stringMatching(/^WARN: .*(by force|detached)/));
}, 420_000);
