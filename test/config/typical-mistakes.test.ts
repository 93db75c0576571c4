/** The mistakes that people make (needs 5): each is told with its place and its mend. */
import { describe, expect, test } from 'vitest';
import { checkCloser, type CloserLook, seenWithoutRoot } from '../../src/config/closer-look.ts';
import { parseHosts } from '../../src/config/hosts-file.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { checkSurroundings, type Surroundings } from '../../src/config/surroundings.ts';
import { nodeName } from '../../src/units.ts';
import { inEnglish, machine, sourcesOf } from './recorded.ts';

interface Texts {
  readonly haCf?: string;
  readonly authKeys?: string;
  readonly haresources?: string;
  readonly extensions?: string;
  readonly mode?: number;
  readonly uid?: number;
}

const good = 'logfacility local0\nauto_failback on\nnode node1 node2\nbcast eth0\n';
const authKeys = 'auth 1\n1 sha1 k\n';
const bothNodes = parseHosts('172.16.100.6 node1\n172.16.100.7 node2\n', '/etc/hosts');
const look: CloserLook = {
  hostsFile: bothNodes,
  resolved: new Map(),
  atBoot: new Map(),
  storage: { occupied: new Set(), fstab: [], exports: [] },
  unseen: [],
};

interface Around {
  readonly machine?: Partial<Surroundings>;
  readonly look?: Partial<CloserLook>;
}

/** What `heartbeat --check` says on the machine of the recorded cases; lines without the directory. */
function check(texts: Texts, more: Around = {}): readonly string[] {
  const sources = sourcesOf({ haCf: good, authKeys, haresources: '', ...texts });
  const { understood, problems } = parseSettings(sources);
  if (understood === undefined) return problems.map(inEnglish);
  const around = { ...machine, ...more.machine };
  const told = [...problems, ...checkSurroundings(understood, around)];
  const closer = checkCloser(understood, around, told, { ...look, ...more.look });
  return [...told, ...closer].map(inEnglish).map((line) => line.replace('/etc/ha.d/', ''));
}

/** The lines of kinds that a file has only because of what is not carried out yet. */
const telling = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => !line.includes('does not carry it out yet'));

test('files without a mistake have nothing said about them', () => {
  expect(check({ haresources: 'node1 172.16.100.1/16/eth0:0 httpd\n' })).toEqual([]);
});

describe('a mistake of the files alone', () => {
  const mistakes: readonly (readonly [string, Texts, RegExp])[] = [
    [
      'an owner that is not in ha.cf',
      { haresources: 'lisa IPaddr::172.16.100.1/16/eth0 httpd\n' },
      /^haresources:1:1: error: Bad nodename .*\[lisa\]: the nodes of ha\.cf are node1 and node2; begin the line with the node/,
    ],
    [
      'an owner with a slip',
      { haresources: 'nod2 httpd\n' },
      /^haresources:1:1: error: .*did you mean "node2"\?$/,
    ],
    [
      'a forgotten owner',
      { haresources: '172.16.100.1/16/eth0:0 httpd\n' },
      /^haresources:1:1: error: .*the node is missing: write it before the first resource/,
    ],
    [
      'each host told to own the same address',
      { haresources: 'node1 172.16.100.1 httpd\nnode2 172.16.100.1 httpd\n' },
      /^haresources:2:7: error: 172\.16\.100\.1 is already the first resource of line 1.*join the groups/,
    ],
    [
      'one address in two groups, under two names',
      {
        haresources: 'node1 IPaddr::172.16.100.1 httpd\nnode2 mysqld 172.16.100.1/16/eth0\n',
      },
      /^haresources:2:14: warning: 172\.16\.100\.1 is already a resource of the group in line 1: two nodes could hold it at once; name it once/,
    ],
    [
      'a backslash that is missing',
      { haresources: 'node1 172.16.100.1\n  httpd\n' },
      /^haresources:2:3: error: .*if this line belongs to the one above, end that one with a backslash/,
    ],
    [
      'authkeys that others can read',
      { mode: 0o644 },
      /^authkeys:1:1: error: Bad permissions on keyfile .*mode is 644.*run: chmod 600 \/etc\/ha\.d\/authkeys$/,
    ],
    ['authkeys of another owner', { uid: 110 }, /^authkeys:1:1: warning: .*chown root/],
    [
      'a key with blanks and quotes',
      { authKeys: 'auth 1\n1 md5 "kkkk kk"\n' },
      /^authkeys:2:7: warning: .*only its first word counts, .*and the quote belongs to it; write it without blanks and quotes/,
    ],
    [
      'a key in quotes',
      { authKeys: 'auth 1\n1 md5 "kkkk"\n' },
      /^authkeys:2:7: warning: the quotes are part of the key/,
    ],
    [
      'ipfail without ping',
      { haCf: `${good}respawn hacluster /usr/lib/heartbeat/ipfail\n` },
      /^ha\.cf:5:19: warning: ipfail compares ping nodes, and there are none; add a ping line/,
    ],
    [
      'ucast without the peer',
      { haCf: `${good}ucast eth0\n` },
      /^ha\.cf:5:7: error: glib: ucast: \[eth0\] missing target .*such as: ucast eth0 192\.168\.1\.2$/,
    ],
    [
      'mcast with four operands, which C refuses too',
      { haCf: `${good}mcast eth0 225.0.0.1 694 1\n` },
      /^ha\.cf:5:26: error: glib: mcast \[eth0\] missing loop: write mcast INTERFACE GROUP PORT TTL LOOP, such as: mcast eth0 225\.0\.0\.15 694 1 0$/,
    ],
    [
      'the old word udp',
      { haCf: good.replace('bcast', 'udp') },
      /^ha\.cf:4:1: warning: .*write bcast$/,
    ],
    [
      'udpport after the medium',
      { haCf: `${good}udpport 695\n` },
      /^ha\.cf:5:9: warning: bcast eth0 in line 4 keeps port 694 although udpport says 695.*put udpport before/,
    ],
    [
      'warntime not below deadtime',
      { haCf: `${good}deadtime 5\nwarntime 10\n` },
      /^ha\.cf:6:10: warning: warntime \(10 s\) never warns before deadtime \(5 s\); write about half/,
    ],
    [
      'initdead below twice deadtime',
      { haCf: `${good}deadtime 20\ninitdead 30\n` },
      /^ha\.cf:6:10: warning: initdead \(30 s\) should be at least twice deadtime \(20 s\).*write initdead 40000ms/,
    ],
    [
      'deadtime too near to keepalive',
      { haCf: `${good}keepalive 2\ndeadtime 4\n` },
      /^ha\.cf:6:10: error: Dead time \[4000\] is too small .*write deadtime 4001ms or more/,
    ],
    [
      'no auto_failback',
      { haCf: good.replace('auto_failback on\n', '') },
      /^ha\.cf:1:1: warning: Deprecated 'legacy' .*auto_failback is not given, which means legacy: .*hb_standby and hb_takeover are refused; write auto_failback on/,
    ],
    [
      'an unknown logfacility',
      { haCf: good.replace('local0', 'local') },
      /^ha\.cf:1:13: error: Log facility\(local\) not valid: .*local6 and local7$/,
    ],
    [
      '// for a comment behind values',
      { haCf: good.replace('node2', 'node2 //second') },
      /^ha\.cf:3:18: warning: "\/\/second" begins no comment .*write # before it$/,
    ],
    [
      '// for a comment on a line of its own',
      { haCf: `${good}// media\n` },
      /^ha\.cf:5:1: error: Illegal directive \[\/\/\] .*a comment begins with #, nothing else does; write # before it/,
    ],
    [
      'a Chinese text for a comment',
      { haCf: `${good}keepalive 2 心跳间隔\n` },
      /^ha\.cf:5:13: warning: "心跳间隔" begins no comment/,
    ],
  ];

  test.each(mistakes)('%s', (_, texts, words) => {
    expect(telling(check(texts))).toContainEqual(expect.stringMatching(words));
  });
});

describe('a mistake that only this machine shows', () => {
  const peer = '172.16.100.7';
  const vip = 'node1 172.16.100.1/16/eth0 httpd\n';
  const ucast = (...hosts: string[]): string =>
    good.replace('bcast eth0\n', hosts.map((host) => `ucast eth0 ${host}\n`).join(''));
  const renamed: Surroundings['interfaces'] = machine.interfaces
    .filter(({ name }) => name === 'lo' || name === 'eth0')
    .map((each) => (each.name === 'eth0' ? { ...each, name: 'ens33' } : each));

  const mistakes: readonly (readonly [string, Texts, Around, RegExp])[] = [
    [
      'a node that is not uname -n',
      {},
      { machine: { self: nodeName('node1.example.org') } },
      /^ha\.cf:3:6: error: Current node \[node1\.example\.org\] .*write node1\.example\.org in place of node1 .*or rename this host with hostnamectl set-hostname node1$/,
    ],
    [
      'a node that is not uname -n, in the place of a name that leads here',
      {},
      {
        machine: {
          self: nodeName('localhost.localdomain'),
          hosts: new Map([
            ['node1', ['172.16.100.6']],
            ['node2', [peer]],
          ]),
        },
      },
      /write localhost\.localdomain in place of node1 .* hostnamectl set-hostname node1$/,
    ],
    [
      'a node that is not uname -n, beside a peer of nearly the same name',
      { haCf: good.replace('node1 node2', 'node2 web') },
      { machine: { hosts: new Map([['node2', [peer]]]) } },
      /^ha\.cf:3:6: error: Current node \[node1\] .*: write node1 in place of the name that this machine has there \(or add "node node1"\), in the ha\.cf of every node$/,
    ],
    [
      'a node that is not uname -n, for which only another machine was named',
      { haCf: good.replace('node1 node2', 'node1.example.org web') },
      { machine: { hosts: new Map([['node1.example.org', [peer]]]) } },
      /: write node1 in place of the name that this machine has there \(or add "node node1"\), in the ha\.cf of every node$/,
    ],
    [
      'an interface that was renamed',
      {},
      { machine: { interfaces: renamed } },
      /^ha\.cf:4:7: error: .*IP interface \[eth0\] does not exist.*this machine has lo and ens33; did you mean "ens33"\?$/,
    ],
    [
      'an interface that was renamed, of a resource',
      { haresources: vip },
      { machine: { interfaces: renamed } },
      /^haresources:1:7: warning: this machine has no interface eth0, only lo and ens33; .*did you mean "ens33"\?$/,
    ],
    [
      'a renamed interface of ucast, guessed by the address of the peer',
      { haCf: ucast('10.0.0.7').replaceAll('eth0', 'wan') },
      {},
      /^ha\.cf:4:7: error: .*interface \[wan\] does not exist.*did you mean "eth1"\?$/,
    ],
    [
      'a ping node that is the service address',
      { haCf: `${good}ping 172.16.100.1\n`, haresources: vip },
      {},
      /^ha\.cf:5:6: warning: ping 172\.16\.100\.1: that address moves with the service/,
    ],
    [
      'a ping node that is the peer of ucast',
      { haCf: `${ucast(peer)}ping 172.16.0.1 ${peer}\n` },
      {},
      /^ha\.cf:5:17: warning: 172\.16\.100\.7 is the peer that ucast sends to: .*; ping the router instead$/,
    ],
    [
      'a ping node that is the peer by its name',
      { haCf: `${good}ping node2\n` },
      { machine: { hosts: new Map([['node2', [peer]]]) } },
      /^ha\.cf:5:6: warning: node2 is the node node2: /,
    ],
    [
      'a ping node that is the peer of /etc/hosts',
      { haCf: `${good}ping ${peer}\n` },
      {},
      /^ha\.cf:5:6: warning: 172\.16\.100\.7 is the node node2: /,
    ],
    [
      'a ping group with this machine in it',
      { haCf: `${good}ping_group both 172.16.100.6 ${peer}\n` },
      {},
      /^ha\.cf:5:12: warning: 172\.16\.100\.6 is an address of this machine and always answers/,
    ],
    [
      'ucast only to oneself',
      { haCf: ucast('172.16.100.6') },
      {},
      /^ha\.cf:4:7: warning: every ucast line names an address of this machine .*write the address of the peer too$/,
    ],
    [
      'ucast only to oneself, by a name',
      { haCf: ucast('node1') },
      { machine: { hosts: new Map([['node1', ['172.16.100.6']]]) } },
      /^ha\.cf:4:7: warning: every ucast line names an address of this machine \(node1\)/,
    ],
    [
      'ucast to the service address',
      { haCf: ucast('172.16.100.1'), haresources: vip },
      {},
      /^ha\.cf:4:7: warning: ucast 172\.16\.100\.1: that address moves with the service/,
    ],
    [
      'a helper in the directory of another system',
      { haCf: `${good}ping 172.16.0.1\nrespawn hacluster /usr/lib64/heartbeat/ipfail\n` },
      { machine: { noCommands: new Set(['/usr/lib64/heartbeat/ipfail']) } },
      /^ha\.cf:6:9: warning: .*this program of heartbeat is not there; the daemon starts without it$/,
    ],
    [
      'a script with a slip',
      { haresources: 'node1 httdp\n' },
      {},
      /^haresources:1:7: warning: there is no agent "httdp" .*did you mean "httpd"\?$/,
    ],
    [
      'a script in the wrong case',
      { haresources: 'node1 IPAddr::172.16.100.1\n' },
      {},
      /^haresources:1:7: warning: there is no agent "IPAddr" .*did you mean "IPaddr"\?$/,
    ],
    [
      'a netmask that is left out between its slashes',
      { haresources: 'node1 IPaddr::10.0.0.15//8/eth1:10\n' },
      {
        machine: {
          addressForms: new Map([['IPaddr::10.0.0.15//8/eth1:10', '10.0.0.15/8/eth1']]),
        },
      },
      /^haresources:1:7: warning: 10\.0\.0\.15\/\/8\/eth1:10 is read as 10\.0\.0\.15\/8\/eth1; write address\/prefix\/interface/,
    ],
    [
      'an address that is none',
      { haresources: 'node1 IPaddr::web\n' },
      { machine: { addressForms: new Map([['IPaddr::web', undefined]]) } },
      /^haresources:1:7: warning: IPaddr cannot make anything of web: /,
    ],
    [
      'a managed service that systemd starts at boot',
      { haresources: vip },
      { look: { atBoot: new Map([['httpd', { service: 'httpd', by: 'systemd' }]]) } },
      /^haresources:1:28: warning: httpd is managed by heartbeat, but the system starts it at boot too: .*run: systemctl disable httpd$/,
    ],
    [
      'a managed service that init starts at boot',
      { haresources: vip },
      { look: { atBoot: new Map([['httpd', { service: 'apache2', by: 'init' }]]) } },
      /starts the service apache2 at boot too: .*update-rc\.d apache2 disable \(Debian\) or chkconfig apache2 off \(Red Hat\)$/,
    ],
    [
      'a peer that /etc/hosts does not have',
      {},
      { look: { hostsFile: parseHosts('127.0.1.1 node1\n', '/etc/hosts') } },
      /^ha\.cf:3:6: warning: neither \/etc\/hosts nor the name service knows an IPv4 address of node node2; add a line to \/etc\/hosts/,
    ],
    [
      'nodes with the same address',
      {},
      { look: { hostsFile: parseHosts('# x\n172.16.100.6 node1 node2\n', '/etc/hosts') } },
      /^\/etc\/hosts:2:20: warning: the nodes node1 and node2 have the same address, 172\.16\.100\.6; give each its own/,
    ],
    [
      'a peer with the address of this machine',
      {},
      { look: { hostsFile: parseHosts('127.0.1.1 node1\n172.16.100.6 NODE2\n', '/etc/hosts') } },
      /^\/etc\/hosts:2:14: warning: node node2 is said to be 172\.16\.100\.6, an address of this machine/,
    ],
    [
      'an own name that leads elsewhere',
      {},
      { look: { hostsFile: parseHosts(`172.16.100.9 node1\n${peer} node2\n`, '/etc/hosts') } },
      /^\/etc\/hosts:1:14: warning: this node node1 is said to be 172\.16\.100\.9, but this machine has 172\.16\.100\.6 and 10\.0\.0\.6/,
    ],
    [
      'something that could not be looked into',
      {},
      { look: { unseen: [{ what: 'units', file: '/etc/ha.d/haresources' }] } },
      /^haresources:1:1: warning: not checked: the services that systemd starts: .*run the check as root$/,
    ],
  ];

  test.each(mistakes)('%s', (_, texts, around, words) => {
    expect(telling(check(texts, around))).toContainEqual(expect.stringMatching(words));
  });

  test('common forms of an address are no mistake', () => {
    const forms = ['172.16.100.1', '172.16.100.2/255.255.0.0', '172.16.100.3/16/eth0:0'];
    const haresources = forms.map((form) => `node1 ${form}\n`).join('');
    const addressForms = new Map(forms.map((form) => [form, 'whatever it means']));

    expect(check({ haresources }, { machine: { addressForms } })).toEqual([]);
  });

  test('a node with a loopback line beside its real one is no mistake', () => {
    const hostsFile = parseHosts(
      '127.0.1.1 node1\n172.16.100.6 node1\n172.16.100.7 node2\n',
      '/etc/hosts',
    );

    expect(check({}, { look: { hostsFile } })).toEqual([]);
  });

  test('a node that the name service knows need not be in /etc/hosts', () => {
    const hostsFile = parseHosts('172.16.100.6 node1\n', '/etc/hosts');
    const resolved = new Map([['node2', [peer]]]);

    expect(check({}, { look: { hostsFile, resolved } })).toEqual([]);
  });
});

describe('/etc/hosts', () => {
  test('is read with places, names in small letters, IPv4 alone', () => {
    const text = '# 1.2.3.4 a\n::1 localhost\n 10.0.0.1\tNode1 n1 # n2\n10.0.0.2\n';

    expect(parseHosts(text, 'hosts')).toEqual([
      { name: 'node1', address: '10.0.0.1', at: { file: 'hosts', line: 3, column: 11 } },
      { name: 'n1', address: '10.0.0.1', at: { file: 'hosts', line: 3, column: 17 } },
    ]);
  });
});

test('a service that is to be watched and is not in haresources is no service', () => {
  const haresources = 'node1 172.16.100.1/16/eth0:0 httpd\n';
  const extensions =
    '[monitor httdp]\n[monitor httpd]\n[monitor IPaddr]\n[monitor group 172.16.100.1/16/eth0:0]\n[monitor group httpd]\n';
  const told = check({ haresources, extensions });
  expect(told).toEqual([
    expect.stringMatching(/^extensions.ini:1:1: warning: \[monitor httdp\] fits nothing/),
    expect.stringMatching(/^extensions.ini:5:1: warning: \[monitor group httpd\] fits nothing/),
  ]);
});

test('files that are closed to this user were not checked, which is no error of theirs; ha.cf must be read', () => {
  const closed = (file: string) => ({ kind: 'unreadable', file, why: 'permission' }) as const;
  const { problems } = parseSettings({
    haCf: closed('ha.cf'),
    authKeys: closed('authkeys'),
    haresources: closed('haresources'),
    extensions: closed('extensions.ini'),
  });

  expect(seenWithoutRoot(problems).map(inEnglish)).toEqual([
    expect.stringMatching(/^ha\.cf:1:1: error: Cannot open config file/),
    'authkeys:1:1: warning: not checked: authkeys: only root may read it; run the check as root',
    'extensions.ini:1:1: warning: not checked: extensions.ini: this user may not read it; run the check as root',
  ]);
});
