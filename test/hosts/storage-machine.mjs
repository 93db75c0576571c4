/**
 * Runs in the small machine of storage.test.ts, whose kernel has LVM, RAID and DRBD: our agents on them, and beside them the agents of
 * resource-agents. Says what came of it, one line for each resource.
 */
import { execFileSync } from 'node:child_process';
import { createAgents } from '../../dist/agents/agents.js';
import { ScriptLog } from '../../dist/agents/script-log.js';

const minute = 60_000;
const say = (line) => process.stdout.write(`${line}\n`);
const sh = (script) => execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim();

const agents = createAgents({
  resourceD: '/nonexistent',
  initD: '/nonexistent',
  systemctl: undefined,
  environment: { PATH: process.env.PATH, LC_ALL: 'C', HA_RSCTMP: '/run/resource-agents' },
  directory: '/',
  limits: { start: minute, stop: minute, status: minute, probe: minute },
  agentLimits: new Map([['LVM', { stop: 10_000 }]]),
  debugLog: new ScriptLog('/run/debug'),
  network: {},
  log: () => undefined,
});

async function act(action, text) {
  const [agent, ...args] = text.split('::');
  const job = { id: 1, group: text, resource: { text, agent, args, at: {} }, action };
  return (await agents.run(job)).kind;
}

/** Each act twice; in the middle the other agent stops what ours has started, and starts what ours will stop. */
async function beside(ours, theirs, look) {
  const outcomes = [];
  for (const action of ['status', 'stop', 'start', 'start', 'status']) {
    outcomes.push(await act(action, ours));
  }
  const up = sh(look);
  outcomes.push(await act('stop', theirs), await act('status', ours));
  const down = sh(look);
  outcomes.push(await act('start', theirs), await act('status', ours));
  const same = sh(look) === up;
  for (const action of ['stop', 'stop', 'status']) outcomes.push(await act(action, ours));
  const state = same && sh(look) === down && up !== down ? 'same state' : 'OTHER STATE';
  say(`${ours.split('::')[0]}: ${outcomes.join(' ')}, ${state}`);
}

sh(`exec 2>&1; set -e
for module in loop dm-mod raid1 drbd; do modprobe $module; done
mkdir -p /run/udev /run/lvm /mnt/data
/lib/systemd/systemd-udevd --daemon
cd "$TMPDIR"; for n in 0 1 2 3; do truncate -s 24M disk$n; losetup /dev/loop$n disk$n; done
pvcreate -q /dev/loop0; vgcreate -q --setautoactivation n vg0 /dev/loop0; lvcreate -q -Wn -Zn -an -L 8M -n data vg0
mdadm --create /dev/md0 --level=1 --raid-devices=2 --metadata=1.2 --run --assume-clean /dev/loop1 /dev/loop2
echo "ARRAY $(mdadm --detail --scan | sed 's/^ARRAY [^ ]*/\\/dev\\/md0/')" > /run/mdadm.conf; mdadm --stop /dev/md0
echo "global { usage-count no; } resource r0 { device /dev/drbd0; disk /dev/loop3; meta-disk internal;
  on $(uname -n) { address 127.0.0.1:7788; } on peer { address 127.0.0.2:7788; } }" > /run/drbd.conf
mount --bind /run/drbd.conf /etc/drbd.conf`);

async function volumes() {
  const look = 'ls /dev/mapper /dev/vg0 2>&1; cat /sys/block/dm-*/dm/name 2>&1; true';
  await beside('LVM::vg0', 'OCF::heartbeat:LVM::volgrpname=vg0', look);
  await act('start', 'LVM::vg0');
  sh('mkfs.ext4 -q /dev/vg0/data');
  const mount = 'Filesystem::/dev/vg0/data::/mnt/data::ext4';
  const mounted = [await act('start', mount), await act('stop', 'LVM::vg0')];
  mounted.push(await act('status', 'LVM::vg0'), await act('stop', mount));
  say(`mounted: ${mounted.join(' ')} ${await act('stop', 'LVM::vg0')}`);
}

async function arrays() {
  const ours = 'Raid1::/run/mdadm.conf::/dev/md0';
  const theirs = 'OCF::heartbeat:Raid1::raidconf=/run/mdadm.conf::raiddev=/dev/md0';
  await beside(ours, theirs, "grep -o '^md0 : active' /proc/mdstat; ls /dev/md0 2>&1; true");
}

async function replicated() {
  const before = [await act('status', 'drbddisk::r0'), await act('start', 'drbddisk::r0')];
  before.push(await act('stop', 'drbddisk::r0'), await act('status', 'drbddisk::nope'));
  say(`drbddisk, not up: ${before.join(' ')}`);
  sh(
    'exec 2>&1; drbdadm create-md --force r0; drbdadm up r0; drbdadm primary --force r0; drbdadm secondary r0',
  );
  const outcomes = [];
  for (const action of ['status', 'stop', 'start', 'start', 'status', 'stop', 'stop', 'status']) {
    outcomes.push(await act(action, 'drbddisk::r0'));
    if (action === 'start') outcomes.push(sh('drbdadm role r0'));
  }
  say(`drbddisk: ${outcomes.join(' ')}`);
}

await Promise.all([volumes(), arrays().then(replicated)]);
agents.close();
