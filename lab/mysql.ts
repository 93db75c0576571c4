/** The tutorial's third cluster: MariaDB with its data directory on a volume that both nodes can mount, but only one at a time. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lsbScript, serviceAddress } from './cluster-files.ts';
import type { Host, Hosts } from './hosts.ts';
import { isRealRoot } from './requirements.ts';
import type { Scenario } from './scenario.ts';
import { Writer } from './writer.ts';

const volume = '/srv/volume';
const dataFolder = '/var/lib/mysql';
const settingsFolder = '/etc/lab-mysqld';
const setUpLimit = 120_000;

export const mysql: Scenario = {
  group: `IPaddr::${serviceAddress}/16/eth0 Filesystem::${volume}::${dataFolder}::none::bind mysqld`,
  clientDoes: 'inserts a row every 10 ms',
  mountPoint: dataFolder,
  servers: [],
  ownFolders: ['mysql'],
  needs: [
    { name: 'mariadbd', debianPackage: 'mariadb-server' },
    { name: 'mariadb-install-db', debianPackage: 'mariadb-server' },
    { name: 'mariadb', debianPackage: 'mariadb-client' },
  ],
  install: async (host) => {
    await host.writeFile(`${settingsFolder}/my.cnf`, serverSettings());
    await host.writeFile(`${settingsFolder}/tables.sql`, tables);
    await host.writeFile('/etc/init.d/mysqld', mysqldScript(), 0o755);
  },
  prepare: reachVolume,
  setUp: makeDatabase,
  tearDown: () => Promise.resolve(),
  openClient: (host, pace, ended) => new Writer(host, { pace, ended }),
};

/** Both nodes reach the volume, as they would a disk on a second controller. */
async function reachVolume(host: Host, hosts: Hosts): Promise<void> {
  const shared = join(hosts.folder, 'volume');
  await mkdir(shared, { recursive: true });
  const script = 'mkdir -p "$2" /run/mysqld && mount --bind "$1" "$2" && chown "$3" /run/mysqld';
  await host.mustRun('sh', ['-c', script, 'sh', shared, volume, user()]);
}

async function makeDatabase(hosts: Hosts): Promise<void> {
  const settings = ['--no-defaults', '--skip-test-db', '--auth-root-authentication-method=normal'];
  const words = [...settings, `--user=${user()}`, `--datadir=${volume}`];
  await hosts.host('node1').mustRun('mariadb-install-db', words, { timeout: setUpLimit });
}

/** In a user namespace there is only one user. */
function user(): string {
  return isRealRoot() ? 'mysql' : 'root';
}

/** The commit is on the disk before it is acknowledged (the default, said because all depends on it). */
const serverSettings = (): string => `[mariadbd]
user=${user()}
datadir=${dataFolder}
socket=/run/mysqld/mysqld.sock
pid-file=/run/mysqld/mysqld.pid
init-file=${settingsFolder}/tables.sql
bind-address=0.0.0.0
skip-name-resolve
innodb_flush_log_at_trx_commit=1
innodb_buffer_pool_size=32M
innodb_log_file_size=16M
`;

const tables = `CREATE DATABASE IF NOT EXISTS lab;
CREATE TABLE IF NOT EXISTS lab.numbered (number INT UNSIGNED PRIMARY KEY, host VARCHAR(64) NOT NULL) ENGINE=InnoDB;
CREATE USER IF NOT EXISTS lab@'%';
GRANT ALL ON lab.* TO lab@'%';
`;

/** A start is done when the server answers, a recovery after a crash included. */
const mysqldScript = (): string =>
  lsbScript({
    name: 'mysqld',
    about: 'MariaDB, with its data on the shared volume',
    pidFile: '/run/mysqld/mysqld.pid',
    start: `rm -f $pid_file
  setsid mariadbd --defaults-file=${settingsFolder}/my.cnf </dev/null >>/var/log/mysqld.log 2>&1 &
  server=$!
  until mariadb-admin --no-defaults --socket=/run/mysqld/mysqld.sock --user=lab ping >/dev/null 2>&1; do
    kill -0 $server 2>/dev/null || exit 1
    sleep 0.1
  done`,
  });
