import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { checkPeer, checkStorageHost, type PeerView } from '../../src/config/peer-look.ts';
import type { Problem } from '../../src/config/problem.ts';
import { nodeName } from '../../src/units.ts';
import { inEnglish, sourcesOf } from './recorded.ts';

const haCf = 'logfacility local0\nauto_failback on\nnode node1 node2\nbcast eth0\n';
const haresources = 'node1 172.16.100.1 Filesystem::nfs:/mydata::/mydata::nfs mysqld\n';

interface There {
  readonly haCf?: string;
  readonly haresources?: string;
  readonly sums?: Readonly<Partial<Record<string, string | undefined>>>;
  readonly name?: string;
  readonly users?: readonly (readonly [string, number])[];
  readonly told?: PeerView['told'];
  /** What node1 says of node2, and node2 of node1. */
  readonly statuses?: readonly [string, string];
  readonly toldHere?: readonly Problem[];
}

/** What is said of node2, which is set up as node1 but for what is given. */
function told(there: There): readonly string[] {
  const texts = { haCf, haresources };
  const { understood } = parseSettings(sourcesOf({ ...texts, authKeys: 'auth 1\n1 crc\n' }));
  if (understood === undefined) throw new Error('the files of this node are good');
  const files = (['ha.cf', 'authkeys', 'haresources', 'extensions.ini'] as const).map((role) => {
    const here = role === 'extensions.ini' ? undefined : `sum of ${role}`;
    const isChanged = there.sums !== undefined && role in there.sums;
    const texts: Partial<Record<string, string>> = {
      'ha.cf': there.haCf ?? haCf,
      haresources: there.haresources ?? haresources,
    };
    return {
      ...{ role, file: `/etc/ha.d/${role}`, here, textThere: texts[role] },
      there: isChanged ? there.sums[role] : here,
    };
  });
  const users = new Map([['mysql', 3306]]);
  const [ofPeer, ofSelf] = there.statuses ?? ['', ''];
  const known = (node: string, status: string) => new Map(status === '' ? [] : [[node, status]]);
  const self = nodeName('node1');
  const own = {
    ...{ ...understood, haCfFile: '/etc/ha.d/ha.cf', self, users },
    statuses: known('node2', ofPeer),
  };
  const view: PeerView = {
    ...{ node: nodeName('node2'), name: there.name ?? 'node2', files },
    statuses: known('node1', ofSelf),
    ...{ users: new Map(there.users ?? users), told: 'told' in there ? there.told : [] },
  };
  return checkPeer(own, view, there.toldHere ?? [])
    .map(inEnglish)
    .map((line) => line.replace('/etc/ha.d/', ''));
}

const said = {
  ...({ file: '/etc/ha.d/haresources', line: 1, column: 7, severity: 'warning' } as const),
  ...{ message: 'there is none', mend: 'mend it' },
};

describe('another node', () => {
  test('that is set up alike has nothing said about it', () => {
    expect(told({})).toEqual([]);
  });

  test('is not said to be unheard while its daemon, or the one here, does not run', () => {
    expect(told({ statuses: ['dead', ''] })).toEqual([]);
    expect(told({ statuses: ['', 'dead'] })).toEqual([]);
    expect(told({ statuses: ['active', 'up'] })).toEqual([]);
  });

  test('may have an ha.cf with other addresses', () => {
    expect(told({ haCf: haCf.replace('eth0', 'eth1'), sums: { 'ha.cf': 'other' } })).toEqual([]);
  });

  const differences: readonly (readonly [string, There, RegExp])[] = [
    [
      'each node is told to own the same address',
      { haresources: haresources.replace('node1', 'node2') },
      /^haresources:1:1: error: the group 172\.16\.100\.1 belongs to node1 here, but to node2 in haresources of node node2: both nodes would start it; .*ha_propagate$/,
    ],
    [
      'other node lines',
      { haCf: haCf.replace('node node1 node2', 'node node2 node3') },
      /^ha\.cf:3:6: error: ha\.cf of node node2 has the nodes node2 and node3: .*; write the same node lines on every node$/,
    ],
    [
      'another auto_failback',
      { haCf: haCf.replace('failback on', 'failback off') },
      /^ha\.cf:1:1: warning: auto_failback is on here and off on node node2/,
    ],
    [
      'another haresources',
      { sums: { haresources: 'other' } },
      /^haresources:1:1: warning: haresources is not the same on node node2; see what differs with ha_propagate --dry-run, then run: ha_propagate$/,
    ],
    [
      'other keys',
      { sums: { authkeys: 'other' } },
      /^authkeys:1:1: warning: node node2 has other keys: /,
    ],
    [
      'no keys',
      { sums: { authkeys: undefined } },
      /^authkeys:1:1: warning: node node2 has no auth/,
    ],
    [
      'settings of its own',
      { sums: { 'extensions.ini': 'x' } },
      /^extensions\.ini:1:1: warning: node node2 has extensions\.ini, this node has none; /,
    ],
    [
      'another uid of mysql',
      { users: [['mysql', 27]] },
      /^haresources:1:1: warning: the user mysql has uid 3306 here, node2 has uid 27: .*; give it the same number everywhere, such as: usermod -u 3306 mysql$/,
    ],
    ['no user mysql', { users: [] }, /: the user mysql has uid 3306 here, node2 has no such user/],
    [
      'a daemon that is not heard here, because of a closed port',
      { statuses: ['dead', 'active'] },
      /^ha\.cf:4:7: warning: heartbeat runs on node2, but node1 hears nothing from it .*; open UDP port 694 on node1 /,
    ],
    [
      'a daemon that does not hear this one',
      { statuses: ['active', 'dead'] },
      /^ha\.cf:4:7: warning: heartbeat runs on node1, but node2 hears nothing from it .*; open UDP port 694 on node2 /,
    ],
    [
      'another name',
      { name: 'web2' },
      /^ha\.cf:3:6: error: the machine that answers as node2 has the uname -n web2; mend \/etc\/hosts, or rename/,
    ],
    [
      'a fault of its own',
      { told: [{ ...said, kind: 'agent-missing' }] },
      /^node2:haresources:1:7: warning: there is none; on node2: mend it$/,
    ],
    [
      'no check of its own',
      { told: undefined },
      /^ha\.cf:3:6: warning: node node2 runs C heartbeat, which cannot check itself/,
    ],
  ];

  test.each(differences)('is told of: %s', (_, there, words) => {
    expect(told(there)).toEqual([expect.stringMatching(words)]);
  });

  test('is not told of for what the same file has here, unless it concerns the machine', () => {
    const { file, line, column, severity } = said;
    const at = { file, line, column };
    const toldHere: readonly Problem[] = [
      { kind: 'group-empty', severity, at, node: 'node1' },
      { kind: 'agent-missing', severity, at, agent: 'httdp', suggestion: 'httpd' },
    ];
    const rows = ['group-empty', 'agent-missing', 'key-twice'].map((kind) => ({
      ...said,
      kind,
      message: kind,
    }));

    const lines = told({ toldHere, told: rows });

    expect(lines.map((each) => each.replace(/^.*warning: |;.*/g, ''))).toEqual([
      'agent-missing',
      'key-twice',
    ]);
  });
});

describe('the machine that a file system is mounted from', () => {
  const own = (mysql: number) => {
    const { understood } = parseSettings(
      sourcesOf({ haCf, haresources, authKeys: 'auth 1\n1 crc\n' }),
    );
    if (understood === undefined) throw new Error('the files of this node are good');
    const facts = {
      haCfFile: 'ha.cf',
      self: nodeName('node1'),
      statuses: new Map<string, string>(),
    };
    return { ...understood, ...facts, users: new Map([['mysql', mysql]]) };
  };
  const lines = (exports: string, users: readonly (readonly [string, number])[] = []) =>
    checkStorageHost(own(27), { host: 'nfs', users: new Map(users), exports }).map(inEnglish);

  test('is told of when its export keeps root out, with the line there', () => {
    expect(lines('/other *(rw)\n/mydata/ 172.16.0.0/16(rw)\n')).toEqual([
      expect.stringMatching(
        /^nfs:\/etc\/exports:2:10: warning: \/mydata\/ is exported to .* without no_root_squash: /,
      ),
    ]);
    expect(lines('/mydata 172.16.0.0/16(rw,no_root_squash)\n')).toEqual([]);
  });

  test('is told of when an account has another number there, but not when it is not there', () => {
    expect(lines('', [['mysql', 3306]])).toEqual([
      expect.stringMatching(/: warning: the user mysql has uid 27 here, nfs has uid 3306: /),
    ]);
    expect(lines('', [['mysql', 27]])).toEqual([]);
    expect(lines('', [['www-data', 33]])).toEqual([]);
  });
});
