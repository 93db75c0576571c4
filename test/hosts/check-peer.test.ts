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
  // /etc/ssh is a link to the machine's; each host gets a directory of its own.
  for (const host of [from, to]) await must(host, 'rm /etc/ssh; mkdir -m 755 /etc/ssh');
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
