/** The tutorial's second cluster: Apache with its document root on an NFS export of a third host. Kernel server, kernel client. */
import { readFile } from 'node:fs/promises';
import { Client } from './client.ts';
import { httpdFolder, lsbScript, serviceAddress } from './cluster-files.ts';
import { runCommand } from './command.ts';
import type { Host, Hosts } from './hosts.ts';
import type { Scenario } from './scenario.ts';

const server = { name: 'nas', address: '172.16.100.10' } as const;
const documentRoot = '/var/www/html';
const serverLimit = 120_000;

/** What the export's page says: the client takes an answer only with these words. */
const page = 'a page of the NFS export';

export const nfs: Scenario = {
  group: `IPaddr::${serviceAddress}/16/eth0 Filesystem::${server.address}:/web/htdocs::${documentRoot}::nfs httpd`,
  clientDoes: 'asks for the page of the export',
  mountPoint: documentRoot,
  servers: [{ name: server.name, addresses: [`${server.address}/16`] }],
  ownFolders: [],
  needs: [
    { name: 'rpc.nfsd', debianPackage: 'nfs-kernel-server' },
    { name: 'mount.nfs', debianPackage: 'nfs-common' },
    { name: 'rpcbind', debianPackage: 'rpcbind' },
    { name: 'apache2', debianPackage: 'apache2-bin' },
  ],
  install: async (host) => {
    await host.writeFile(`${httpdFolder}/httpd.conf`, apacheConfiguration(host.name));
    await host.writeFile('/etc/init.d/httpd', apacheScript(), 0o755);
  },
  prepare: makeOwnDocuments,
  setUp: startServer,
  tearDown: killServer,
  openClient: (host, pace, ended) => new Client(host, { pace, ended, page }),
};

/** Whether the running kernel can be an NFS server and a client, after its modules were asked for. */
export async function kernelHasNfs(): Promise<boolean> {
  await runCommand('modprobe', ['-q', '-a', 'nfs', 'nfsd']); // a machine without modules has no modprobe either
  const known = (await readFile('/proc/filesystems', 'latin1')).split(/\s+/);
  return known.includes('nfs') && known.includes('nfsd');
}

/** The mount point is made in the host's own memory, not on the machine. */
async function makeOwnDocuments(host: Host): Promise<void> {
  await host.mustRun('mount', ['-t', 'tmpfs', 'tmpfs', '/var/www'], { timeout: serverLimit });
}

/**
 * The kernel's server exports no root of a small machine (an overlay) and needs a number (fsid) for what is in memory. Its grace time, for which
 * the first file that is opened has to wait, is the shortest.
 */
async function startServer(hosts: Hosts): Promise<void> {
  const host = hosts.host(server.name);
  await host.writeFile('/etc/nfs.conf', '[exports]\nrootdir=/srv/nas\n');
  const options = 'rw,no_root_squash,no_subtree_check,fsid=1';
  await host.writeFile('/etc/exports', `/web/htdocs 172.16.0.0/255.255.0.0(${options})\n`);
  await host.mustRun('sh', ['-c', serverScript, 'sh', page], { timeout: serverLimit });
}

const serverScript = `set -e
mkdir -p /srv/nas
mount -t tmpfs tmpfs /srv/nas
mkdir -p /srv/nas/web/htdocs
echo "$1" >/srv/nas/web/htdocs/index.html
mount -t tmpfs tmpfs /var/lib/nfs
mkdir -p /var/lib/nfs/sm /var/lib/nfs/sm.bak /var/lib/nfs/rpc_pipefs /var/lib/nfs/v4recovery
touch /var/lib/nfs/etab /var/lib/nfs/rmtab /var/lib/nfs/state
mkdir -p /run/rpcbind
mount -t nfsd nfsd /proc/fs/nfsd
rpcbind -w
rpc.mountd
rpc.nfsd -G 10 -L 10 4
exportfs -ra`;

/** The server vanishes as with a lost power supply; its threads are the kernel's and do not end with the host, so they are ended first. */
export async function killServer(hosts: Hosts): Promise<void> {
  const host = hosts.host(server.name);
  if (host.pid === undefined) return;
  await host.cut();
  await host.run('rpc.nfsd', ['0']);
  await host.powerOff();
}

/** Files that somebody else changes must not be mapped or sent from the kernel's cache (Apache, "Serving content from NFS"). */
const apacheConfiguration = (name: string): string => `ServerRoot ${httpdFolder}
ServerName ${name}
PidFile /run/httpd.pid
ErrorLog /var/log/httpd.log
Listen 80
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
StartServers 1
User www-data
Group www-data
DocumentRoot ${documentRoot}
EnableMMAP off
EnableSendfile off
Header always set Served-By ${name}
`;

/** Apache writes its process id when it is ready to serve. */
const apacheScript = (): string =>
  lsbScript({
    name: 'httpd',
    about: 'Apache, with its documents on NFS',
    pidFile: '/run/httpd.pid',
    start: `apache2 -f ${httpdFolder}/httpd.conf -k start && until running; do sleep 0.05; done`,
  });
