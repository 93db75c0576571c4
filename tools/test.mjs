#!/usr/bin/env node
/**
 * `npm test`: everything, from a fresh clone on a fresh Debian machine. Installs what the tests need, or says exactly what to install;
 * nothing is skipped. `npm test -- FILTER` runs the test files whose path contains FILTER.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const isRoot = process.getuid?.() === 0;

/** A program of each package that the tests use, and where Debian has it. */
const needed = [
  { package: 'heartbeat', program: '/usr/libexec/heartbeat/heartbeat' },
  { package: 'iproute2', program: 'ip' },
  { package: 'net-tools', program: 'ifconfig' },
  { package: 'nftables', program: 'nft' },
  { package: 'iptables', program: 'iptables' },
  { package: 'util-linux', program: 'unshare' },
  { package: 'cluster-glue', program: '/usr/sbin/stonith' },
  { package: 'procps', program: 'pgrep' },
  { package: 'openssh-client', program: 'ssh' },
  { package: 'openssh-server', program: '/usr/sbin/sshd' },
  { package: 'systemd', program: '/lib/systemd/systemd' },
  { package: 'curl', program: 'curl' },
  { package: 'python3', program: 'python3' },
  { package: 'mariadb-server', program: '/usr/sbin/mariadbd' },
  { package: 'apache2-bin', program: '/usr/sbin/apache2' },
  // The small machine for what the running kernel has not, and what is tested in it.
  { package: 'qemu-system-x86', program: 'qemu-system-x86_64' },
  { package: 'linux-image-cloud-amd64', program: '/usr/share/doc/linux-image-cloud-amd64' },
  { package: 'busybox-static', program: 'busybox' },
  { package: 'kmod', program: 'modprobe' },
  { package: 'udev', program: '/lib/systemd/systemd-udevd' },
  { package: 'lvm2', program: 'vgchange' },
  { package: 'mdadm', program: 'mdadm' },
  { package: 'drbd-utils', program: 'drbdadm' },
  { package: 'nfs-kernel-server', program: '/usr/sbin/rpc.nfsd' },
];

/** Where Debian's maintainer scripts ask whether they may start a service: 101 is no. */
const servicePolicy = '/usr/sbin/policy-rc.d';

function isThere(program) {
  if (program.startsWith('/')) return existsSync(program);
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return places.some((place) => existsSync(join(place, program)));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (error !== undefined) console.error(`npm test: ${command}: ${error.message}`);
  return status ?? 1;
}

function must(command, args) {
  const status = run(command, args);
  if (status !== 0) process.exit(status);
}

function installPackages() {
  const missing = needed.filter((one) => !isThere(one.program)).map((one) => one.package);
  if (missing.length === 0) return;
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (!isRoot || !isThere('apt-get')) {
    console.error(
      `npm test: missing: ${missing.join(' ')}. As root: apt-get update && apt-get ${install.join(' ')}`,
    );
    process.exit(1);
  }
  console.error(`npm test: installing ${missing.join(' ')}`);
  must('apt-get', ['update', '--quiet']);
  const status = withoutServices(() => run('apt-get', install));
  if (status !== 0) process.exit(status);
}

/** The tests want programs, not daemons on this machine. */
function withoutServices(install) {
  if (existsSync(servicePolicy)) return install();
  writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(servicePolicy);
  }
}

if (!isRoot) {
  console.error(
    'npm test: the tests make hosts in network namespaces and run whole daemons on them: run it as root (sudo npm test)',
  );
  process.exit(1);
}
installPackages();
if (!existsSync('node_modules/.package-lock.json')) must('npm', ['ci', '--no-audit', '--no-fund']);
must('npm', ['run', '--silent', 'build']);
must('npx', ['vitest', 'run', ...process.argv.slice(2)]);
