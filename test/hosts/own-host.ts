/** One machine in namespaces of its own, for what needs no second node: root, and a build in dist/. */
import { execFile } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach } from 'vitest';

/** The command `heartbeat` as it was built. */
const program = fileURLToPath(new URL('../../dist/cli/heartbeat.js', import.meta.url));

/** Every script begins with this: node1, whose interface is a veth called `$NIC`; `hb` is the command, `log` prints ha-log without its prefixes. */
const machine = String.raw`
set -u
hostname node1
mount --make-rprivate / && mount -t proc proc /proc
ip link set lo up
ip link add $NIC type veth peer name peer0; ip link set $NIC up; ip link set peer0 up
ip addr add 172.16.100.6/16 broadcast 172.16.255.255 dev $NIC
export HA_ROOT=$1
hb() { $NODE $PROGRAM "$@"; }
pid() { tr -d ' ' < $HA_ROOT/run/heartbeat.pid; }
log() { sed 's/^.*\]: //' $HA_ROOT/var/log/ha-log; }
`;

/**
 * Runs bash scripts on a machine, each test under an `HA_ROOT` of its own, which is removed afterwards. `preparation` goes before each script;
 * `nic` is the name of the interface. The answer is what was printed; a script that fails, or takes longer than a minute, fails the test.
 */
export function ownHost(preparation: string, nic = 'eth0'): (script: string) => Promise<string> {
  let root: string;
  beforeAll(async () => {
    await access(program).catch(() => {
      throw new Error('npm run build comes before the tests on hosts');
    });
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hb-own-host-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });
  return async (script) => {
    const words = ['--net', '--uts', '--mount', '--pid', '--ipc', '--fork', '--kill-child', '--'];
    const env = { ...process.env, NODE: process.execPath, PROGRAM: program, NIC: nic };
    const shell = ['bash', '--norc', '-c', `${machine}${preparation}${script}`, 'host', root];
    const options = { env, timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const { stdout } = await promisify(execFile)('unshare', [...words, ...shell], options);
    return stdout;
  };
}
