#!/bin/bash
# In a small machine: the kernel's NFS server in a network of its own, then the built-in agent Filesystem against it.
# nfs-guest.sh NODE FOLDER   NODE is Node.js, FOLDER this one.
set -e
modprobe -a nfsd nfs
ip netns add nas
ip link add eth0 type veth peer name eth0 netns nas
ip address add 172.16.100.6/16 dev eth0
ip link set eth0 up
ip -n nas address add 172.16.100.10/16 dev eth0
ip -n nas link set eth0 up
ip -n nas link set lo up
mkdir -p /nas
mount -t tmpfs tmpfs /nas
mkdir -p /nas/web/htdocs
echo "from the export" >/nas/web/htdocs/index.html
printf '[exports]\nrootdir=/nas\n' >/etc/nfs.conf
echo '/web/htdocs 172.16.0.0/255.255.0.0(rw,no_root_squash,no_subtree_check,fsid=1)' >/etc/exports
mount -t tmpfs tmpfs /var/lib/nfs
mkdir -p /var/lib/nfs/{sm,sm.bak,rpc_pipefs,v4recovery} /run/rpcbind
touch /var/lib/nfs/{etab,rmtab,state}
# In its own mount namespace: /proc/fs/nfsd belongs to the network in which it is mounted.
nsenter --net=/run/netns/nas unshare --mount bash -ec '
mount -t nfsd nfsd /proc/fs/nfsd
rpcbind -w
rpc.mountd
rpc.nfsd -G 10 -L 10 2
exportfs -ra'
exec "$1" "$2/nfs-guest.mjs"
