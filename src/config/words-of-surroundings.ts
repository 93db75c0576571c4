/** English words for files that do not fit the machine. */
import type { Medium } from './settings.ts';
import type { CloserFaults, PluginFault, SurroundingsFaults, Unseen } from './problem.ts';
import { didYouMean, lineOf, listOf, type WordTable } from './problem-words.ts';
import type { StonithDevice } from './settings.ts';

/** C heartbeat looks at the interface of ucast only when it has already left its parent. */
function cInterfaceMissing(medium: Medium['kind'], iface: string): readonly string[] {
  switch (medium) {
    case 'bcast':
      return [
        `glib: Get broadcast for interface ${iface} failed: No such device`,
        `glib: IP interface [${iface}] does not exist`,
        `Illegal bcast [UDP/IP broadcast] in config file [${iface}]`,
      ];
    case 'mcast':
      return [
        `glib: Unable to retrieve local interface address for interface [${iface}] using ioctl(SIOCGIFADDR): No such device`,
        `glib: mcast device [${iface}] is invalid or not set up properly`,
      ];
    case 'ucast':
      return [`glib: ucast: interface [${iface}] does not exist`];
    case 'mcast6':
    case 'ucast6':
      return [];
  }
}

function cHostUnknown(medium: string, iface: string, host: string): readonly string[] {
  if (medium === 'ucast') {
    const c = 'glib: ucast: cannot resolve hostname';
    return [c, `glib: ucast: interface [${iface}] does not exist`];
  }
  const c = `glib: unknown host: ${host}`;
  return medium === 'ping' ? [c, `Illegal ping [ping membership] in config file [${host}]`] : [c];
}

const wantedParameters = (names: readonly string[]): string =>
  names.length === 0 ? 'it takes no parameters' : `it takes, in this order: ${names.join(' ')}`;

/** C finds it out by the parameters that it does not get. */
const cUnusable = (from: StonithDevice['from']): string =>
  from.kind === 'file' ? `Invalid Stonith config file [${from.path}]` : cParameters(from.text);

/** The blank before the parameters is part of them. */
const cParameters = (given: string): string =>
  `Invalid Stonith configuration parameter [${given === '' ? '' : ` ${given}`}]`;

const cAbsent = (path: string): readonly string[] => [
  `glib: external_run_cmd: stat(2) of ${path} failed: No such file or directory`,
  `glib: external_get_confignames: '${path.slice(path.lastIndexOf('/') + 1)} getconfignames' failed with rc -1`,
];

const pluginFaults: Readonly<Record<PluginFault, (path: string) => string>> = {
  absent: (path) => `there is no ${path}`,
  'not-executable': (path) => `${path} is not executable`,
  'writable-by-others': (path) =>
    `${path} found to be writable by group/others, NOT executing for security purposes.`,
  'no-answer': (path) => `${path} getconfignames gives no answer`,
};

export const wordsOfSurroundings: WordTable<SurroundingsFaults> = {
  'own-name-missing': ({ self, nodes, suggestion }) => ({
    c: [`Current node [${self}] not in configuration!`],
    what: `uname -n says ${self}, the node lines say ${listOf(nodes)}`,
    mend:
      'both must be the same word' +
      (suggestion === undefined
        ? `: write ${self} in place of the name that this machine has there (or add "node ${self}"), in the ha.cf of every node`
        : `: write ${self} in place of ${suggestion} in the ha.cf of every node, or rename this host with hostnamectl set-hostname ${suggestion}`),
  }),
  'interface-missing': ({ medium, iface, known, suggestion }) => ({
    c: cInterfaceMissing(medium, iface),
    what: `this machine has ${listOf(known)}`,
    mend:
      suggestion === undefined
        ? 'write one of these, in every line that names it'
        : `did you mean "${suggestion}"?`,
  }),
  'no-broadcast-address': ({ iface }) => ({
    c: [
      `glib: Get broadcast for interface ${iface} failed: Cannot assign requested address`,
      `glib: IP interface [${iface}] does not exist`,
      `Illegal bcast [UDP/IP broadcast] in config file [${iface}]`,
    ],
    what: `${iface} exists, but has no broadcast address`,
    mend: 'give it an IPv4 address, or use ucast',
  }),
  'no-address-yet': ({ iface }) => ({
    what: `${iface} has no IPv4 address yet`,
    mend: 'the link is opened as soon as it has one',
  }),
  'host-unknown': ({ medium, iface, host }) => ({
    c: cHostUnknown(medium, iface, host),
    what: `the name "${host}" has no IPv4 address`,
    mend: 'write the address, or add the name to /etc/hosts',
  }),
  'ucast-only-to-self': ({ hosts }) => ({
    what: `every ucast line names an address of this machine (${listOf(hosts)}): the peer is never heard, and both would own everything`,
    mend: 'write the address of the peer too',
  }),
  'host-is-service-address': ({ directive, host }) => ({
    what: `${directive} ${host}: that address moves with the service of haresources`,
    mend: 'write the address of a machine that stays',
  }),
  'ping-is-own-address': ({ host }) => ({
    what: `${host} is an address of this machine and always answers`,
    mend: 'ping the router instead',
  }),
  'ping-is-node': ({ host, node }) => ({
    what:
      `${host} is ${node === undefined ? 'the peer that ucast sends to' : `the node ${node}`}: ` +
      'a dead peer and a lost network look alike',
    mend: 'ping the router instead',
  }),
  'unknown-user': ({ directive, user }) => ({
    c: [`Invalid uid [${user}] specified for client child`],
    mend: `write the name of a user of this machine: ${directive} USER /full/path/to/program`,
  }),
  'unknown-id': ({ list, id, ids, client }) => ({
    c: [
      list === 'uid' ? `Invalid user id name [${id}]` : `Invalid group name [${id}]`,
      `Bad ${list} list [${ids.join(',')}]`,
      `Invalid apiauth directive [${client} ${list}=${ids.join(',')}]`,
    ],
    what: `this machine has no such ${list === 'uid' ? 'user' : 'group'}`,
    mend: 'add it, or mend the list',
  }),
  'not-executable': ({ command, args, helper }) => ({
    c: [`Client child command [${[command, ...args].join(' ')}] is not executable`],
    ...(helper
      ? {
          what: 'this program of heartbeat is not there',
          mend: 'the daemon starts without it',
        }
      : {
          what: 'no such program, or its mode has no x',
          mend: 'mend the path, or remove the line',
        }),
  }),
  'stonith-type': ({ type, suggestion }) => ({
    c: [`Invalid Stonith type [${type}]`],
    mend: `"stonith -L" lists the types${didYouMean(suggestion)}`,
  }),
  'stonith-parameters': ({ given, names }) => ({
    c: [cParameters(given)],
    mend: wantedParameters(names),
  }),
  'stonith-file': ({ file, names, why }) => ({
    c: [
      ...(why === 'unreadable' ? [`glib: Cannot open ${file}`] : []),
      `Invalid Stonith config file [${file}]`,
    ],
    mend: `its first line that is no comment counts; ${wantedParameters(names)}`,
  }),
  'stonith-script': ({ from, path, type, why }) => ({
    c: [...(why === 'absent' ? cAbsent(path) : []), cUnusable(from)],
    what: `${type} cannot be used: ${pluginFaults[why](path)}`,
    mend: 'mend the name, or install the script on every node that has this line',
  }),
  'stonith-command': ({ type }) => ({
    c: [`Invalid Stonith type [${type}]`],
    what: 'this type needs the program stonith, which is not there',
    mend: 'install the package cluster-glue',
  }),
  'stonith-suicide': () => ({
    what: 'suicide can only reset this very node: no takeover would ever follow',
    mend: 'use a device that resets the other nodes',
  }),
  'stonith-replaced': ({ type, by }) => ({
    what: `${type} is not used: a node has one device, and a later line for this node names ${by}`,
    mend: 'remove one of the lines',
  }),
  'agent-missing': ({ agent, suggestion }) => ({
    what:
      `there is no agent "${agent}" in /etc/ha.d/resource.d, /etc/init.d or systemd: ` +
      'the group would start, fail here and give everything up',
    mend: `mend the name, or install it on every node${didYouMean(suggestion)}`,
  }),
  'bad-arguments': ({ agent, why }) => ({
    what: `${agent} cannot be given these arguments: ${why}; the group would start, fail here and give everything up`,
    mend: 'mend the arguments',
  }),
  'address-interface-missing': ({ iface, known, suggestion }) => ({
    what: `this machine has no interface ${iface}, only ${listOf(known)}`,
    mend: `the address cannot be taken here${didYouMean(suggestion)}`,
  }),
  'address-without-network': ({ address }) => ({
    what: `no interface of this machine is in the network of ${address}`,
    mend: `write mask and interface, such as IPaddr::${address}/24/eth0`,
  }),
  'address-twice': ({ address, before }) => ({
    what: `${address} is already a resource of the group in ${lineOf(before)}: two nodes could hold it at once`,
    mend: 'name it once, or join the groups',
  }),
  'address-form': ({ written, means }) => ({
    what: `${written} is read as ${means}`,
    mend: 'write address/prefix/interface, such as IPaddr::172.16.100.1/16/eth0, which every heartbeat understands',
  }),
  'address-not-understood': ({ written }) => ({
    what: `IPaddr cannot make anything of ${written}: the group would start, fail here and give everything up`,
    mend: 'write address/prefix/interface, such as IPaddr::172.16.100.1/16/eth0',
  }),
};

const openBooks: Readonly<Record<Unseen, string>> = {
  authkeys: 'authkeys: only root may read it',
  haresources: 'haresources: this user may not read it',
  'extensions.ini': 'extensions.ini: this user may not read it',
  hosts: '/etc/hosts: it cannot be read',
  units: 'the services that systemd starts: systemctl gives no answer',
  fstab: '/etc/fstab: it cannot be read',
  exports: '/etc/exports: it cannot be read',
};

export const wordsOfCloserLook: WordTable<CloserFaults> = {
  'not-looked-at': ({ what }) => ({
    what: `not checked: ${openBooks[what]}`,
    mend: 'run the check as root',
  }),
  'enabled-at-boot': ({ agent, service, by }) => ({
    what: `${agent} is managed by heartbeat, but the system starts ${service === agent ? 'it' : `the service ${service}`} at boot too: it would run on both nodes`,
    mend: `run: ${by === 'systemd' ? `systemctl disable ${service}` : `update-rc.d ${service} disable (Debian) or chkconfig ${service} off (Red Hat)`}`,
  }),
  'mount-point-not-empty': ({ directory }) => ({
    what: `${directory} is not empty and nothing is mounted there: what is in it disappears behind the file system, and services read the wrong files where it is not mounted`,
    mend: 'move the files away',
  }),
  'mounted-at-boot': ({ directory, fstab, line }) => ({
    what: `${directory} is mounted by heartbeat, but line ${String(line)} of ${fstab} mounts it at boot too: both nodes would write to it`,
    mend: 'remove that line, or add noauto to its options',
  }),
  'export-squashes-root': ({ directory, client }) => ({
    what: `${directory} is exported to ${client === '' ? 'everybody' : client} without no_root_squash: root of the nodes may not write there, and services such as mysqld fail`,
    mend: `add no_root_squash to its options, such as ${directory} ${client}(rw,no_root_squash), and run: exportfs -r`,
  }),
  'node-without-address': ({ node }) => ({
    what: `neither /etc/hosts nor the name service knows an IPv4 address of node ${node}`,
    mend: `add a line to /etc/hosts on every node, such as: 172.16.100.7 ${node}`,
  }),
  'nodes-share-address': ({ nodes, address }) => ({
    what: `the nodes ${listOf(nodes)} have the same address, ${address}`,
    mend: 'give each its own in /etc/hosts, the same lines on every node',
  }),
  'peer-has-own-address': ({ node, address }) => ({
    what: `node ${node} is said to be ${address}, an address of this machine`,
    mend: 'write the address of that machine in /etc/hosts',
  }),
  'own-name-elsewhere': ({ node, address, own }) => ({
    what: `this node ${node} is said to be ${address}, but this machine has ${listOf(own)}`,
    mend: 'write the right address in /etc/hosts, the same lines on every node',
  }),
};
