/** The command itself on files and options whose end with C heartbeat is recorded: same exit status, same errors. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

type Files = Readonly<Record<string, string>>;

interface RecordedStart {
  readonly name: string;
  readonly args: readonly string[];
  readonly files: Files;
  /** Permission bits of authkeys, octal; else 600. */
  readonly authkeysMode?: string;
  /** Written over `files` after a first start. */
  readonly change?: Files;
  /** `running` and `refused` with a daemon afterwards, `ended` and `rejected` without one. */
  readonly outcome: 'running' | 'refused' | 'ended' | 'rejected';
  readonly exit: number;
  readonly errors: readonly string[];
}

const recorded = JSON.parse(
  await readFile(new URL('../config/cases/recorded-starts.json', import.meta.url), 'utf8'),
) as readonly RecordedStart[];
const program = fileURLToPath(new URL('../../dist/cli/heartbeat.js', import.meta.url));

/** node1 of the recorded cases; the words behind `--` are the options. */
const host = String.raw`
set -u
hostname node1; ip link set lo up; mount -t tmpfs tmpfs /var/log
add() {
  ip link add $1 type veth peer name p$1; ip link set $1 up; ip link set p$1 up
  ip addr add $2 broadcast $3 dev $1
}
add eth0 172.16.100.6/16 172.16.255.255; add eth1 10.0.0.6/24 10.0.0.255
ip route add 224.0.0.0/4 dev eth0
export HA_ROOT=$1 LC_ALL=C; shift; cd $HA_ROOT
if [ -d change ]; then $NODE $PROGRAM 2>first; cp change/* etc/ha.d/; fi
$NODE $PROGRAM "$@" >out 2>err; status=$?
pid=$(tr -d ' \n' 2>/dev/null < run/heartbeat.pid)
daemon=no; [ -n "$pid" ] && grep -qa 'master control' /proc/$pid/cmdline 2>/dev/null && daemon=yes
echo "$status $daemon"; sed "s,$HA_ROOT,,g" err
`;

async function writeAll(root: string, files: Files, change: Files = {}): Promise<void> {
  for (const directory of ['etc/ha.d/resource.d', 'run', 'var/lib']) {
    await mkdir(join(root, directory), { recursive: true });
  }
  for (const [path, text] of Object.entries(files)) {
    await writeFile(join(root, path), text, { mode: 0o600 });
  }
  for (const [path, text] of Object.entries(change)) {
    const place = join(root, path.replace('/etc/ha.d/', 'change/'));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text, { mode: 0o600 });
  }
}

interface End {
  readonly exit: number;
  readonly outcome: RecordedStart['outcome'];
  readonly stderr: string;
}

function outcomeOf(exit: number, daemon: string | undefined): End['outcome'] {
  const isAlive = daemon === 'yes';
  if (exit === 0) return isAlive ? 'running' : 'ended';
  return isAlive ? 'refused' : 'rejected';
}

async function start({ args, authkeysMode, change, files }: RecordedStart): Promise<End> {
  const root = await mkdtemp(join(tmpdir(), 'hb-recorded-'));
  try {
    await writeAll(root, files, change);
    const mode = `chmod ${authkeysMode ?? '600'} "$1"/etc/ha.d/authkeys 2>/dev/null\n`;
    const spaces = ['--net', '--uts', '--mount', '--pid', '--ipc', '--mount-proc'];
    const words = [
      ...spaces,
      '--fork',
      '--kill-child',
      '--',
      'bash',
      '--norc',
      '-c',
      `${mode}${host}`,
    ];
    const env = { ...process.env, NODE: process.execPath, PROGRAM: program };
    const ran = await promisify(execFile)('unshare', [...words, 'host', root, ...args], { env });
    const [first = '', ...stderr] = ran.stdout.split('\n');
    const [status, daemon] = first.split(' ');
    const exit = Number(status);
    return { exit, outcome: outcomeOf(exit, daemon), stderr: stderr.join('\n') };
  } finally {
    await rm(root, { recursive: true });
  }
}

beforeAll(async () => {
  await access(program).catch(() => {
    throw new Error('npm run build comes before the tests on hosts');
  });
});

describe.concurrent('heartbeat ends as C heartbeat does', () => {
  test.each(recorded.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const { exit, outcome, stderr } = await start(each);

    expect({ exit, outcome }).toEqual({ exit: each.exit, outcome: each.outcome });
    expect(each.errors.filter((line) => !stderr.includes(line))).toEqual([]);
  });
});
