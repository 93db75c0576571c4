import { describe, expect, test } from 'vitest';
import { usersOnMovingFiles } from '../../src/config/accounts.ts';
import { parseHaresources } from '../../src/config/haresources.ts';
import type { ResourceGroup } from '../../src/config/settings.ts';
import { checkStorage, filesystemsOf, type StorageLook } from '../../src/config/storage.ts';
import { parseExports, parseFstab } from '../../src/config/system-files.ts';
import { nodeName } from '../../src/units.ts';
import { inEnglish } from './recorded.ts';

const known = { nodes: [nodeName('node1')], pingNodes: [] };
const groups = (...resources: string[]): readonly ResourceGroup[] =>
  parseHaresources(`node1 ${resources.join(' ')}\n`, 'haresources', known).value;
const nothing: StorageLook = { occupied: new Set(), fstab: [], exports: [] };
const told = (of: readonly ResourceGroup[], look: Partial<StorageLook>): readonly string[] =>
  checkStorage(of, ['172.16.100.10'], { ...nothing, ...look }).map(inEnglish);

describe('the file systems of haresources', () => {
  test('are those of the agent, and of the OCF agent by its parameters', () => {
    const found = filesystemsOf(
      groups(
        'Filesystem::/dev/drbd0::/data/::ext4',
        'OCF::heartbeat:Filesystem::device=-Uab=c::directory=/web::fstype=xfs',
        'Filesystem::/dev/sdb1',
        'OCF::heartbeat:mysql::directory=/x',
        'drbddisk::r0',
      ),
    );

    expect(found).toMatchObject([
      { device: '/dev/drbd0', directory: '/data' },
      { device: '-Uab=c', directory: '/web' },
    ]);
  });

  test('have an empty directory to be mounted on', () => {
    const web = groups('Filesystem::nfs:/web::/var/www/html::nfs', 'httpd');

    expect(told(web, {})).toEqual([]);
    expect(told(web, { occupied: new Set(['/var/www/html']) })).toEqual([
      expect.stringMatching(
        /^haresources:1:7: warning: \/var\/www\/html is not empty and nothing is mounted there: .*; move the files away$/,
      ),
    ]);
  });

  test.each([
    ['/dev/drbd0 /elsewhere ext4 defaults 0 2', true],
    ['UUID=1 /data ext4 defaults 0 2', true],
    ['/dev/drbd0 /data ext4 noauto,rw 0 0', false],
    ['/dev/sda1 / ext4', false],
  ])('are not for fstab to mount at boot: %s', (line, isTold) => {
    const fstab = parseFstab(`# x\n${line}\n`, '/etc/fstab');
    const lines = told(groups('Filesystem::/dev/drbd0::/data::ext4'), { fstab });

    expect(lines).toEqual(
      isTold
        ? [
            'haresources:1:7: warning: /data is mounted by heartbeat, but line 2 of /etc/fstab mounts it at boot too: both nodes would write to it; remove that line, or add noauto to its options',
          ]
        : [],
    );
  });
});

describe('an export of this machine', () => {
  const exports = (text: string): Partial<StorageLook> => ({
    exports: parseExports(text, '/etc/exports'),
  });
  const mysql = groups('Filesystem::172.16.100.10:/mydata::/mydata::nfs', 'mysqld');

  test.each([
    ['/mydata 172.16.0.0/16(rw)', [9]],
    ['/mydata 172.16.100.6(rw,no_root_squash) 172.16.100.7(rw)', [41]],
    ['/mydata *(rw,no_root_squash,all_squash)', [9]],
    ['/mydata (rw)', [9]],
    ['/mydata -sync 172.16.0.0/16', [15]],
    ['/mydata 172.16.0.0/16(rw,no_root_squash)', []],
    ['/other 172.16.0.0/16(rw)', []],
  ])('lets root of the nodes write: %s', (line, columns) => {
    const lines = told(mysql, exports(`${line} # comment\n`));

    expect(lines.map((each) => each.replace(/:.*/, ''))).toEqual(columns.map(() => '/etc/exports'));
    expect(lines.map((each) => Number(each.split(':')[2]))).toEqual(columns);
  });

  test('is told with the line to write', () => {
    expect(told(mysql, exports('/mydata 172.16.0.0/16(rw)\n'))).toEqual([
      '/etc/exports:1:9: warning: /mydata is exported to 172.16.0.0/16 without no_root_squash: root of the nodes may not write there, and services such as mysqld fail; add no_root_squash to its options, such as /mydata 172.16.0.0/16(rw,no_root_squash), and run: exportfs -r',
    ]);
  });

  test('concerns the nodes where haresources starts the server, or mounts from an address that is served here', () => {
    const look = exports('/mydata *(rw)\n');

    expect(told(groups('172.16.100.1', 'nfs-kernel-server'), look)).toHaveLength(1);
    expect(told(groups('10.0.0.1', 'Filesystem::10.0.0.1:/mydata::/m::nfs'), look)).toHaveLength(1);
    expect(told(groups('Filesystem::10.9.9.9:/mydata::/m::nfs'), look)).toEqual([]);
  });
});

test('blanks in names of fstab and exports are octal numbers', () => {
  expect(parseFstab('/dev/sdb /my\\040data xfs\n', 'f')).toMatchObject([{ directory: '/my data' }]);
  expect(parseExports('/my\\040data *(ro)\n', 'f')).toMatchObject([{ directory: '/my data' }]);
});

test('accounts count for the services of groups that bring their files along', () => {
  const users = usersOnMovingFiles([
    ...groups('172.16.100.1', 'Filesystem::a:/b::/c::nfs', 'mysqld', 'OCF::heartbeat:apache::x=1'),
    ...groups('drbddisk::r0', 'slapd.service'),
    ...groups('172.16.100.2', 'nginx'),
  ]);

  expect(users).toContain('mysql');
  expect(users).toContain('www-data');
  expect(users).toContain('openldap');
  expect(users).not.toContain('nginx');
});
