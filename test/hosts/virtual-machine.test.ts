/** The small machine for what the running kernel has not: real boots, in software emulation. */
import { expect, test } from 'vitest';
import { runInVirtualMachine, type GuestEnd } from '../../lab/virtual-machine.ts';

async function inMachine(script: string, limit = 150_000): Promise<[GuestEnd, readonly string[]]> {
  const lines: string[] = [];
  const said = (line: string): void => void lines.push(line);
  const command = ['bash', '-c', script, 'guest', 'a "word" with $signs'];
  return [await runInVirtualMachine({ command, limit, said, env: { GIVEN: "it's" } }), lines];
}

test('a job in a small machine has this machine’s files, root, modules and its words, and ends with its own status', async () => {
  const script = `echo "$1, $GIVEN"; id -u; modprobe nfsd && grep -w nfsd /proc/filesystems
    touch /changed; test -f ${process.cwd()}/package.json; exit 7`;
  const [end, lines] = await inMachine(script);

  expect(lines).toEqual(['a "word" with $signs, it\'s', '0', 'nodev\tnfsd']);
  expect(end).toEqual({ kind: 'exited', code: 7 });
});

test('a job that hangs ends with its machine at its limit', async () => {
  expect(await inMachine('sleep 600', 1_000)).toEqual([{ kind: 'timed-out', limit: 1_000 }, []]);
});
