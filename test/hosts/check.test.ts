/** `heartbeat --check` as it is installed, on a host of its own: root, and a build in dist/. */
import { describe, expect, test } from 'vitest';
import { ownHost } from './own-host.ts';

/** A host named node1 with the tutorial's files, whose interface is named ens33. */
const host = String.raw`
mkdir -p $HA_ROOT/etc/ha.d/resource.d $HA_ROOT/etc/rc3.d
printf 'logfacility local0\nbcast ens33\nauto_failback on\nnode node1\nnode node2\n' > $HA_ROOT/etc/ha.d/ha.cf
printf 'auth 1\n1 md5 key\n' > $HA_ROOT/etc/ha.d/authkeys; chmod 600 $HA_ROOT/etc/ha.d/authkeys
echo 'node1 IPaddr::172.16.100.1/16/ens33 httpd' > $HA_ROOT/etc/ha.d/haresources
printf '#!/bin/sh\n' > $HA_ROOT/etc/ha.d/resource.d/httpd; chmod 755 $HA_ROOT/etc/ha.d/resource.d/httpd
printf '172.16.100.6 node1\n172.16.100.7 node2\n' > $HA_ROOT/etc/hosts
check() { hb --check "$@" | sed "s,$HA_ROOT,,g"; echo "status $PIPESTATUS"; }
cd $HA_ROOT/etc
`;

const onHost = ownHost(host, 'ens33');

const renamed = 'sed -i s/ens33/eth0/ ha.d/ha.cf ha.d/haresources';

describe('heartbeat --check', () => {
  test('has nothing against good files, and ends with 0', async () => {
    expect(await onHost('check')).toBe('/etc/ha.d: no fault found\nstatus 0\n');
    expect(await onHost('check --json')).toBe('[]\nstatus 0\n');
  });

  test('warns with 1: the service that is enabled at boot', async () => {
    expect(await onHost('touch rc3.d/S20httpd; check')).toBe(
      '/etc/ha.d/haresources:1:37: warning: httpd is managed by heartbeat, but the system starts it at boot too: it would run on both nodes; run: update-rc.d httpd disable (Debian) or chkconfig httpd off (Red Hat)\n' +
        '/etc/ha.d: 0 errors, 1 warning\nstatus 1\n',
    );
  });

  test('finds errors with 2: the interface that is named otherwise now', async () => {
    expect(await onHost(`${renamed}; check`)).toMatch(
      new RegExp(
        '^/etc/ha\\.d/ha\\.cf:2:7: error: .*IP interface \\[eth0\\] does not exist.*did you mean "ens33"\\?\n' +
          '/etc/ha\\.d/haresources:1:7: warning: this machine has no interface eth0.*did you mean "ens33"\\?\n' +
          '/etc/ha\\.d: 1 error, 1 warning\nstatus 2\n$',
      ),
    );
  });

  test('tells programs the same as JSON', async () => {
    const text = await onHost(`${renamed}; hb --check --json; true`);

    expect(JSON.parse(text)).toMatchObject([
      { kind: 'interface-missing', severity: 'error', line: 2, column: 7, suggestion: 'ens33' },
      { kind: 'address-interface-missing', severity: 'warning', line: 1, column: 7 },
    ]);
  });

  test('and the refusal to start say the same, in the language of the locale', async () => {
    const text = await onHost(`${renamed}
      export LC_ALL=zh_CN.UTF-8
      hb --check | sed -n '1s,.*/ha.cf,ha.cf,p'
      mkdir -p $HA_ROOT/run; hb -f 2>&1 | sed -n 's,.*ERROR: .*/ha.cf,ha.cf,p'`);
    const [checked = '', refused = ''] = text.split('\n');

    expect(checked).toMatch(
      /^ha\.cf:2:7: 错误: .*IP interface \[eth0\] does not exist.*本机没有网卡 eth0.*是否想写“ens33”？$/,
    );
    // The log has the words of C on lines of their own.
    const [, own = ''] = /(本机没有.*)/.exec(checked) ?? [];
    expect(refused).toBe(`ha.cf:2:7: 错误: ${own}`);
  });
});
