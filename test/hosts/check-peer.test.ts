/** `heartbeat --check --peer` over a real ssh: one host asks the other, by keys of their own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOutcome, mustRun, type Outcome } from '../../lab/command.ts';
import type { Host } from '../../lab/hosts.ts';
import { ownCommand } from '../../lab/project.ts';
import { eventually } from './eventually.ts';
import { openPair, Pair, result } from './pair.ts';

let pair: Pair;
beforeAll(async () => {
  pair = await openPair({ names: ['chk1', 'chk2'] });
  await letIn(pair.first.host, pair.second.host);
});
afterAll(() => Pair.end(pair));

const must = async (host: Host, script: string): Promise<void> => {
  const outcome = await host.run('sh', ['-ec', script]);
  expect(outcome).toMatchObject({ kind: 'exited', code: 0 });
};

/** Root of `from` may log in on `to`. */
async function letIn(from: Host, to: Host): Promise<void> {
  // Links to the machine's directories; each host gets its own, and starts nothing at boot.
  const own = 'ssh systemd rc2.d rc3.d rc4.d rc5.d';
  const replace = `cd /etc; for name in ${own}; do rm -f $name; mkdir -m 755 $name; done`;
  for (const host of [from, to]) await must(host, replace);
  const keys = `${to.dir}/keys`;
  await mustRun('mkdir', [keys]);
  for (const name of ['host', 'root']) {
    await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${keys}/${name}`]);
  }
  const read = (name: string): Promise<string> => mustRun('cat', [`${keys}/${name}`]);
  await to.writeFile('/etc/ssh/host_key', await read('host'), 0o600);
  await to.writeFile('/etc/ssh/authorized', await read('root.pub'));
  const heartbeat = `#!/bin/sh\nexec ${process.execPath} ${ownCommand('heartbeat')} "$@"\n`;
  await to.writeFile('/etc/ha.d/bin/heartbeat', heartbeat, 0o755);
  await to.writeFile(
    '/etc/ssh/sshd_config',
    'HostKey /etc/ssh/host_key\nAuthorizedKeysFile /etc/ssh/authorized\nPermitRootLogin prohibit-password\nUsePAM no\nStrictModes no\nSetEnv PATH=/etc/ha.d/bin:/usr/bin:/bin\n',
  );
  await from.writeFile('/etc/ssh/id', await read('root'), 0o600);
  await from.writeFile('/etc/ssh/known', `${to.name} ${await read('host.pub')}`);
  await from.writeFile(
    '/etc/ssh/ssh_config',
    'Host *\nIdentityFile /etc/ssh/id\nGlobalKnownHostsFile /etc/ssh/known\nUserKnownHostsFile /dev/null\n',
  );
  // The start-up files of the machine's own root are none of ours.
  const passwd = await to.readFile('/etc/passwd');
  await must(to, 'mkdir -p /run/sshd; rm /etc/passwd');
  await to.writeFile('/etc/passwd', passwd.replace(/^root:.*$/m, 'root:x:0:0:root:/:/bin/sh'));
  to.spawn('/usr/sbin/sshd', ['-D', '-f', '/etc/ssh/sshd_config']);
  const login = (): Promise<Outcome> =>
    from.run('ssh', ['-o', 'BatchMode=yes', `root@${to.name}`, 'true']);
  const letsIn = async (): Promise<boolean> => result(await login())[2] === 0;
  await eventually('sshd answers', letsIn, 20_000, async () => describeOutcome(await login()));
}

/** What the first node says with `--peer`, without the directory, and its exit status. */
async function check(): Promise<readonly [readonly string[], number | string]> {
  const [stdout, , status] = result(await pair.first.command('heartbeat', '--check', '--peer'));
  return [stdout.replaceAll('/etc/ha.d/', '').trimEnd().split('\n'), status];
}

test('says nothing of a peer that is set up alike, and all of what differs', async () => {
  const alike = await check();
  expect(alike[0].filter((line) => line.includes('chk2'))).toEqual([]);

  const { first, second } = pair;
  const haresources = (owner: string): string =>
    `${owner} IPaddr::172.16.100.1/16/eth0 Filesystem::/dev/null::/nowhere::ext4 mysqld\n`;
  await first.host.writeFile('/etc/ha.d/haresources', haresources('chk1'));
  await second.host.writeFile('/etc/ha.d/haresources', haresources('chk2'));
  for (const [host, uid] of [
    [first.host, 3306],
    [second.host, 27],
  ] as const) {
    const passwd = await host.readFile('/etc/passwd');
    const others = passwd.replace(/^mysql:.*\n/m, '');
    await must(host, 'rm /etc/passwd');
    await host.writeFile('/etc/passwd', `${others}mysql:x:${String(uid)}:0::/:/bin/false\n`);
  }

  const [lines, status] = await check();
  expect(status).toBe(2);
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^haresources:1:1: error: the group IPaddr.* belongs to chk1 here, but to chk2/,
    ),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^haresources:1:1: warning: the user mysql has uid 3306 here, chk2 has uid 27/,
    ),
  );
  // What its own check says of its own machine.
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^chk2:haresources:1:\d+: warning: there is no agent "mysqld".*; on chk2: mend/,
    ),
  );
});

/** The slips of needs 1 and 5 that a machine can have by itself: where, and what is said. */
const slips: readonly (readonly [RegExp, RegExp])[] = [
  [/haresources:1:\d+/, /\/etc\/data is not empty and nothing is mounted there/],
  [/haresources:1:\d+/, /no agent "httdp" .*did you mean "httpd"\?/],
  [/haresources:1:\d+/, /sshd is managed by heartbeat, but the system starts it at boot too/],
  [/haresources:1:\d+/, /LVM cannot be given these arguments: "-ay" is not the name of a volume/],
  [/\/etc\/exports:1:\d+/, /\/web is exported to 172\.16\.0\.0\/16 without no_root_squash/],
];

test('finds the slips of the labs on both nodes', async () => {
  const { first, second } = pair;
  const resources = 'Filesystem::/dev/null::/etc/data::ext4 LVM::-ay nfs-kernel-server sshd httdp';
  for (const { host } of [first, second]) {
    const haresources = `chk1 IPaddr::172.16.100.1/16/eth0 ${resources}\n`;
    await host.writeFile('/etc/ha.d/haresources', haresources);
    const wants = '/etc/systemd/system/multi-user.target.wants';
    await must(host, `mkdir -p /etc/data ${wants}; touch /etc/data/ibdata1 ${wants}/sshd.service`);
    await must(host, "rm -f /etc/exports; echo '/web 172.16.0.0/16(rw)' > /etc/exports");
  }
  // As in the tutorial: one address for both. On the first it would keep ssh from the second.
  const hosts = await second.host.readFile('/etc/hosts');
  await must(second.host, 'rm /etc/hosts');
  await second.host.writeFile('/etc/hosts', hosts.replace(/^\S+(?=.*chk[12])/gm, '172.16.100.6'));

  const [lines] = await check();
  const says = (where: string, what: string): unknown =>
    expect.stringMatching(new RegExp(`^${where}: warning: .*${what}`)) as unknown;
  for (const [where, what] of slips) {
    expect(lines).toContainEqual(says(where.source, what.source));
    expect(lines).toContainEqual(says(`chk2:${where.source}`, what.source));
  }
  const shared = 'the nodes chk1 and chk2 have the same address, 172\\.16\\.100\\.6';
  expect(lines).toContainEqual(says('chk2:/etc/hosts:\\d+:\\d+', shared));
});
