import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startedAtBoot } from '../../src/daemon/at-boot.ts';

let etc: string;
beforeEach(async () => {
  etc = await mkdtemp(join(tmpdir(), 'hb-boot-'));
});
afterEach(async () => {
  await rm(etc, { recursive: true });
});

/** A stand-in for systemctl: it writes down its arguments, and prints `answer`. */
async function fakeSystemctl(answer: string, status = 0): Promise<string> {
  const path = join(etc, 'systemctl');
  await writeFile(join(etc, 'answer'), answer);
  await writeFile(
    path,
    `#!/bin/sh\necho "$@" > ${etc}/called\ncat ${etc}/answer\nexit ${String(status)}\n`,
  );
  await chmod(path, 0o755);
  return path;
}

test('a start link in a runlevel of a working machine counts, a stop link or another runlevel does not', async () => {
  for (const link of ['rc3.d/S20httpd', 'rc.d/rc5.d/S85mysqld', 'rc2.d/K01nfs', 'rc6.d/S01sshd']) {
    await mkdir(join(etc, link, '..'), { recursive: true });
    await symlink('/dev/null', join(etc, link));
  }

  const found = await startedAtBoot(['httpd', 'mysqld', 'nfs', 'sshd', 'x'], etc, undefined);

  expect([...found.agents]).toEqual([
    ['httpd', { service: 'httpd', by: 'init' }],
    ['mysqld', { service: 'mysqld', by: 'init' }],
  ]);
  expect(found.isComplete).toBe(true);
});

test('units are asked for in one call, and those that are enabled count', async () => {
  const states = ['enabled', 'disabled', '', 'static', 'enabled-runtime'];
  const answer = states.map((state) => `UnitFileState=${state}\n`).join('\n');
  const systemctl = await fakeSystemctl(answer);

  const found = await startedAtBoot(['a', 'b', 'IPaddr', 'd', '--x', 'e.service'], etc, systemctl);

  expect([...found.agents]).toEqual([
    ['a', { service: 'a', by: 'systemd' }],
    ['e.service', { service: 'e.service', by: 'systemd' }],
  ]);
  expect((await readFile(join(etc, 'called'), 'utf8')).trim()).toBe(
    '--no-ask-password show --property=UnitFileState a.service b.service IPaddr.service d.service e.service',
  );
});

test('a systemd that does not answer is told, and the links still count', async () => {
  await mkdir(join(etc, 'rc3.d'));
  await symlink('/dev/null', join(etc, 'rc3.d/S20httpd'));

  const found = await startedAtBoot(['httpd'], etc, await fakeSystemctl('', 1));

  const started = { service: 'httpd', by: 'init' };
  expect(found).toEqual({ agents: new Map([['httpd', started]]), isComplete: false });
});

test('what a target wants counts without systemd, and so does a service under another of its names', async () => {
  const wants = join(etc, 'systemd/system/multi-user.target.wants');
  await mkdir(wants, { recursive: true });
  for (const unit of ['apache2.service', 'mysqld.service', 'x.timer']) {
    await symlink('/dev/null', join(wants, unit));
  }

  const found = await startedAtBoot(['httpd', 'mysqld', 'mysql', 'x', 'vsftpd'], etc, undefined);

  expect([...found.agents]).toEqual([
    ['httpd', { service: 'apache2', by: 'systemd' }],
    ['mysqld', { service: 'mysqld', by: 'systemd' }],
    ['mysql', { service: 'mysqld', by: 'systemd' }],
  ]);
});
