/** English words for what differs on another node. */
import type { PeerFaults } from './problem.ts';
import { listOf, type WordTable } from './problem-words.ts';

const accountOf = (uid: number | undefined): string =>
  uid === undefined ? 'has no such user' : `has uid ${String(uid)}`;

const copyIt = 'run: ha_propagate';

export const wordsOfPeers: WordTable<PeerFaults> = {
  'peer-not-asked': ({ peer, why }) => ({
    what: `not checked: ${peer} cannot be asked: ${why}`,
    mend: `make "ssh root@${peer}" work without a password, or run the check there`,
  }),
  'peer-not-checked': ({ peer }) => ({
    what: `node ${peer} runs C heartbeat, which cannot check itself: only its files and accounts were compared`,
    mend: 'look there by hand at what starts at boot, at the scripts and the mount points',
  }),
  'peer-has-other-name': ({ peer, name }) => ({
    what: `the machine that answers as ${peer} has the uname -n ${name}`,
    mend: `mend /etc/hosts, or rename that machine with hostnamectl set-hostname ${peer}`,
  }),
  'peer-file': ({ peer, role, is }) => {
    switch (is) {
      case 'missing':
        return { what: `node ${peer} has no ${role}`, mend: copyIt };
      case 'only-there':
        return {
          what: `node ${peer} has ${role}, this node has none`,
          mend: `copy it from there, or remove it on ${peer}`,
        };
      case 'different':
        return {
          what:
            role === 'authkeys'
              ? `node ${peer} has other keys: unless only keys differ that are not in use, the nodes will not believe each other`
              : `${role} is not the same on node ${peer}`,
          mend: `see what differs with ha_propagate --dry-run, then ${copyIt}`,
        };
    }
  },
  'peer-nodes-differ': ({ peer, nodes }) => ({
    what: `ha.cf of node ${peer} has the nodes ${listOf(nodes)}: a node that is not listed is not believed`,
    mend: 'write the same node lines on every node',
  }),
  'peer-not-heard': ({ speaker, listener, port }) => ({
    what: `heartbeat runs on ${speaker}, but ${listener} hears nothing from it and takes it for dead`,
    mend: `open UDP port ${String(port)} on ${listener} (such as: ufw allow ${String(port)}/udp), and see that the media of both ha.cf lead to each other`,
  }),
  'peer-failback-differs': ({ peer, here, there }) => ({
    what: `auto_failback is ${here} here and ${there} on node ${peer}`,
    mend: 'write the same on every node',
  }),
  'group-owner-differs': ({ peer, key, here, there }) => ({
    what: `the group ${key} belongs to ${here} here, but to ${there} in haresources of node ${peer}: both nodes would start it`,
    mend: `haresources must be the same on every node; ${copyIt}`,
  }),
  'account-differs': ({ peer, user, here, there }) => ({
    what: `the user ${user} ${accountOf(here)} here, ${peer} ${accountOf(there)}: its files move with the group, and would belong to somebody else`,
    mend: `give it the same number everywhere, such as: usermod -u ${String(here ?? there ?? 306)} ${user}`,
  }),
  'peer-problem': ({ peer, message, mend }) => ({ what: message, mend: `on ${peer}: ${mend}` }),
};
