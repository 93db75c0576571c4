/** What runs in a small machine (virtual-machine.ts) before its job does. */

/** The name under which the machine's files are shared. */
export const rootShare = 'rootfs';

/**
 * Process 1 of the first root, whose only program is busybox: loads the modules, puts memory over the machine's files, which
 * it has read-only, and goes there.
 */
export const firstStage: string = `#!/bin/busybox sh
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod $module || echo "cannot load $module"; done
mount -t virtiofs -o ro ${rootShare} /low || { echo 'no root file system'; poweroff -f; }
mount -t tmpfs -o mode=755 tmpfs /upper
mkdir /upper/changes /upper/work
mount -t overlay -o lowerdir=/low,upperdir=/upper/changes,workdir=/upper/work overlay /new || poweroff -f
mkdir -p /new/machine
cp /job /second-stage /new/machine
for folder in proc sys dev; do mount --move /$folder /new/$folder; done
exec switch_root /new /bin/bash /machine/second-stage </new/dev/console >/new/dev/console 2>&1
`;

/**
 * Goes on with every program of the machine at hand. The job's output goes to the second serial line, its exit status to the third.
 * /var/www is made because many machines have none, and a document root is to be mounted there.
 */
export const secondStage = `
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /dev/pts /dev/shm /machine/tmp /var/www
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=1777 tmpfs /machine/tmp
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/resource-agents /run/heartbeat
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
hostname machine
ip link set lo up
stty raw -echo </dev/ttyS1
mapfile -d '' -t words </machine/job
cd /
setsid env -i "\${words[@]}" </dev/null >/dev/ttyS1 2>&1
status=$?
stty -F /dev/ttyS1 sane
echo "$status" >/dev/ttyS2
busybox poweroff -f
`;
