/** Our unit, and units as resources, under a systemd that runs: root, and a build in dist/. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { SystemdHost } from './systemd-host.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
let host: SystemdHost;

beforeAll(async () => {
  host = await SystemdHost.boot(project);
  await host.run(`
    printf '#!/bin/sh\\nexec ${process.execPath} ${project}dist/cli/heartbeat.js "$@"\\n' > /usr/local/bin/heartbeat
    chmod 755 /usr/local/bin/heartbeat
    sed 's/^RestartSec=.*/RestartSec=100ms/' ${project}etc-ha.d/heartbeat.service > /etc/systemd/system/heartbeat.service
    printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > /etc/systemd/system/web-of-tests.service
    cd /etc/ha.d
    printf '%s\\n' 'logfile /var/log/ha-log' 'keepalive 200ms' 'deadtime 2' 'initdead 4' 'bcast eth0' 'auto_failback on' 'node node1 node2' > ha.cf
    printf 'auth 1\\n1 md5 key\\n' > authkeys
    chmod 600 authkeys
    echo 'node1 IPaddr::172.16.100.1/16/eth0 web-of-tests' > haresources
    systemctl daemon-reload`);
});
afterAll(async () => {
  await host.end();
});

/** What runs: the state of our unit, of the service's and its process, and the address. */
const state = (): Promise<string> =>
  host.run(`
    systemctl is-active heartbeat web-of-tests || true
    systemctl show -P MainPID web-of-tests
    ip -o addr show dev eth0 to 172.16.100.1 | sed 's/.* \\(eth0:0\\).*/\\1/'`);

const holds = /^active\nactive\n[1-9]\d*\neth0:0$/;

async function holdsAll(): Promise<string> {
  let seen = '';
  const look = async (): Promise<boolean> => holds.test((seen = await state()));
  await eventually('the node holds its group', look, 20_000, () => host.run('cat /var/log/ha-log'));
  return seen;
}

test('the unit starts the daemon, and the daemon a unit behind its address', async () => {
  await host.run('systemctl start heartbeat');
  await holdsAll();
  const journal = await host.run('journalctl -u heartbeat -o cat');
  expect(journal).toContain("\ninfo: Local status now set to: 'up'\n");
});

test('a reload leaves everything as it is', async () => {
  const before = await state();
  await host.run('systemctl reload heartbeat');
  expect(await state()).toBe(before);
});

test('a daemon that was killed is started again, and finds its service running', async () => {
  const before = await state();
  const killed = await host.run('systemctl show -P MainPID heartbeat');
  await host.run('systemctl kill --kill-who=main -s KILL heartbeat');
  const isAnother = async (): Promise<boolean> =>
    !['0', killed].includes(await host.run('systemctl show -P MainPID heartbeat'));
  await eventually('systemd starts it again', isAnother, 20_000);
  const acquired = 'Initial resource acquisition complete';
  const isDone = async (): Promise<boolean> =>
    (await host.run(`grep -c '${acquired}' /var/log/ha-log || true`)) === '2';
  await eventually('it holds its group again', isDone, 20_000);
  expect(await holdsAll()).toBe(before);
});

test('a stop gives up the resources before it ends', async () => {
  await host.run('systemctl stop heartbeat');
  expect(await state()).toBe('inactive\ninactive\n0');
});

test('files with an error are refused with 6, told in the journal, and not tried again', async () => {
  await host.run(`
    echo 'keepalve 1' >> /etc/ha.d/ha.cf
    ! systemctl start heartbeat 2>/dev/null`);
  expect(await host.run('systemctl show -p ExecMainStatus -p NRestarts heartbeat')).toBe(
    'NRestarts=0\nExecMainStatus=6',
  );
  const journal = await host.run('journalctl -u heartbeat -p err -o cat');
  expect(journal).toContain('did you mean "keepalive"?');
});
