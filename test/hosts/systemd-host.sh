#!/bin/bash
# systemd-host FOLDER PROJECT: the first process of a machine in namespaces of its own, which becomes systemd. Its root is this machine's behind an
# overlay in memory, so that nothing it writes stays. FOLDER is left to it as a place for the overlay;
# PROJECT is seen at its own path, whatever it is mounted from.
# Its control groups are below one of that folder's name.
set -eu
work=$1
if [ $# = 2 ]; then
  mount --make-rprivate /
  mount -t cgroup2 cgroup2 "$work"
  mkdir "$work/${work##*/}"
  echo 0 > "$work/${work##*/}/cgroup.procs"
  exec unshare --cgroup "$0" "$@" inside
fi
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$work/root"
cd "$work/root"
mkdir -p ".$2"
mount --rbind "$2" ".$2"
mount -t proc proc proc
# What is the kernel's is not for it to set.
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
for each in null zero full random urandom tty; do touch dev/$each; mount --bind /dev/$each dev/$each; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs run
mount -t cgroup2 cgroup2 sys/fs/cgroup
hostname node1
echo node1 > etc/hostname
rm -rf var/lib/heartbeat var/log/ha-log var/log/journal etc/ha.d etc/systemd/system/*.wants
mkdir -p etc/ha.d/resource.d
ip link set lo up
ip link add eth0 type veth peer name peer0
ip link set eth0 up
ip link set peer0 up
ip addr add 172.16.100.6/16 broadcast 172.16.255.255 dev eth0
# Only what our unit asks for by itself is to run here, not what this machine happens to have.
ln -sf /lib/systemd/system/basic.target etc/systemd/system/default.target
for each in systemd-udevd systemd-udev-trigger systemd-timesyncd systemd-tmpfiles-setup systemd-sysctl lvm2-monitor logd; do
  ln -sf /dev/null etc/systemd/system/$each.service
done
exec env -i PATH="$PATH" container=other TERM=dumb chroot . /lib/systemd/systemd
