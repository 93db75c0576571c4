/** Words for files that do not fit the machine. */
import type { SurroundingsFaults } from './problem.ts';
import { didYouMean, listOf, type WordTable, type Words } from './problem-words.ts';

/** C heartbeat looks at the interface of ucast only when it has already left its parent. */
function interfaceMissing(medium: 'bcast' | 'mcast' | 'ucast', iface: string, text: string): Words {
  switch (medium) {
    case 'bcast':
      return {
        c: [
          `glib: Get broadcast for interface ${iface} failed: No such device`,
          `glib: IP interface [${iface}] does not exist`,
          `Illegal bcast [UDP/IP broadcast] in config file [${iface}]`,
        ],
        text,
      };
    case 'mcast':
      return {
        c: [
          `glib: Unable to retrieve local interface address for interface [${iface}] using ioctl(SIOCGIFADDR): No such device`,
          `glib: mcast device [${iface}] is invalid or not set up properly`,
        ],
        text,
      };
    case 'ucast':
      return { c: [`glib: ucast: interface [${iface}] does not exist`], text };
  }
}

function hostUnknown(medium: string, iface: string, host: string): Words {
  const text = `the name "${host}" has no IPv4 address; write the address, or add the name to /etc/hosts`;
  if (medium === 'ucast') {
    const c = 'glib: ucast: cannot resolve hostname';
    return { c: [c, `glib: ucast: interface [${iface}] does not exist`], text };
  }
  const c = `glib: unknown host: ${host}`;
  if (medium !== 'ping') return { c: [c], text };
  return { c: [c, `Illegal ping [ping membership] in config file [${host}]`], text };
}

export const wordsOfSurroundings: WordTable<SurroundingsFaults> = {
  'own-name-missing': ({ self, nodes, suggestion }) => ({
    c: [`Current node [${self}] not in configuration!`],
    text:
      `uname -n says ${self}, the node lines say ${listOf(nodes)}; both must be the same word` +
      (suggestion === undefined
        ? `: add "node ${self}", in the ha.cf of every node`
        : `: write ${self} in place of ${suggestion} in the ha.cf of every node, or rename this host with hostnamectl set-hostname ${suggestion}`),
  }),
  'interface-missing': ({ medium, iface, known, suggestion }) =>
    interfaceMissing(
      medium,
      iface,
      iface.startsWith('//')
        ? `"${iface}" is taken for an interface: // begins no comment, write # before it`
        : `this machine has ${listOf(known)}${didYouMean(suggestion)}`,
    ),
  'no-broadcast-address': ({ iface }) => ({
    c: [
      `glib: Get broadcast for interface ${iface} failed: Cannot assign requested address`,
      `glib: IP interface [${iface}] does not exist`,
      `Illegal bcast [UDP/IP broadcast] in config file [${iface}]`,
    ],
    text: `${iface} exists, but has no broadcast address; give it an IPv4 address, or use ucast`,
  }),
  'no-address-yet': ({ iface }) => ({
    text: `${iface} has no IPv4 address yet; the link is opened as soon as it has one`,
  }),
  'host-unknown': ({ medium, iface, host }) => hostUnknown(medium, iface, host),
  'ucast-only-to-self': ({ hosts }) => ({
    text:
      `every ucast line names an address of this machine (${listOf(hosts)}): the peer is never heard, and both would own everything; ` +
      'write the address of the peer too',
  }),
  'host-is-service-address': ({ directive, host }) => ({
    text: `${directive} ${host}: that address moves with the service of haresources; write the address of a machine that stays`,
  }),
  'ping-is-own-address': ({ host }) => ({
    text: `${host} is an address of this machine and always answers; ping the router instead`,
  }),
  'unknown-user': ({ directive, user }) => ({
    c: [`Invalid uid [${user}] specified for client child`],
    text: `write the name of a user of this machine: ${directive} USER /full/path/to/program`,
  }),
  'unknown-id': ({ list, id, ids, client }) => ({
    c: [
      list === 'uid' ? `Invalid user id name [${id}]` : `Invalid group name [${id}]`,
      `Bad ${list} list [${ids.join(',')}]`,
      `Invalid apiauth directive [${client} ${list}=${ids.join(',')}]`,
    ],
    text: `this machine has no such ${list === 'uid' ? 'user' : 'group'}; add it, or mend the list`,
  }),
  'not-executable': ({ command, args, helper }) => ({
    c: [`Client child command [${[command, ...args].join(' ')}] is not executable`],
    text: helper
      ? 'this program of heartbeat is not there; the daemon starts without it'
      : 'no such program, or its mode has no x; mend the path, or remove the line',
  }),
  'stonith-type': ({ type, suggestion }) => ({
    c: [`Invalid Stonith type [${type}]`],
    text: `"stonith -L" lists the types${didYouMean(suggestion)}`,
  }),
  'agent-missing': ({ agent, suggestion }) => ({
    text:
      `there is no agent "${agent}" in /etc/ha.d/resource.d, /etc/init.d or systemd: the group would start, fail here and give ` +
      `everything up; mend the name, or install it on every node${didYouMean(suggestion)}`,
  }),
  'address-interface-missing': ({ iface, known }) => ({
    text: `this machine has no interface ${iface}, only ${listOf(known)}; the address cannot be taken here`,
  }),
  'address-without-network': ({ address }) => ({
    text: `no interface of this machine is in the network of ${address}; write mask and interface, such as IPaddr::${address}/24/eth0`,
  }),
};
