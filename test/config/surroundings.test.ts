import { describe, expect, test } from 'vitest';
import { questionsOf, type Surroundings } from '../../src/config/surroundings.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { nodeName } from '../../src/units.ts';
import { inEnglish, judge, machine, sourcesOf } from './recorded.ts';

const usual = 'bcast eth0\nnode node1 node2\nauto_failback on\nlogfacility local0\n';
const authKeys = 'auth 1\n1 sha1 k\n';

/** What is said of files that are good in themselves, on the machine of the recorded cases. */
function told(
  more: { readonly haCf?: string; readonly haresources?: string },
  around: Partial<Surroundings> = {},
): readonly string[] {
  const haCf = more.haCf ?? usual;
  const sources = sourcesOf({ haCf, authKeys, haresources: more.haresources ?? '' });
  return judge(sources, { ...machine, ...around }).problems.map(inEnglish);
}

describe('files that fit the machine', () => {
  test('have nothing said about them, and give settings', () => {
    const haresources = 'node1 IPaddr::172.16.100.1/16/eth0 httpd\n';
    const { settings, problems } = judge(
      sourcesOf({ haCf: usual, authKeys, haresources }),
      machine,
    );

    expect(problems).toEqual([]);
    expect(settings?.haresources).toHaveLength(1);
    expect(settings?.extensions.scriptLimits.start).toBe(120_000);
  });
});

describe('files that do not fit the machine', () => {
  test('the own name is missing', () => {
    expect(told({}, { self: nodeName('node1.example.com') })).toEqual([
      '/etc/ha.d/ha.cf:2:6: error: Current node [node1.example.com] not in configuration!: uname -n says node1.example.com, the node lines say node1 and node2; both must be the same word: write node1.example.com in place of node1 in the ha.cf of every node, or rename this host with hostnamectl set-hostname node1',
    ]);
    expect(told({}, { self: nodeName('web') })).toEqual([
      expect.stringContaining('(or add "node web"), in the ha.cf of every node'),
    ]);
  });

  test.each([
    [
      'bcast eth9',
      /1:7: error: .*IP interface \[eth9\] does not exist: .*this machine has lo, eth0, eth1 and eth2; write one of these, in every line that names it$/,
    ],
    ['bcast eth2', /1:7: error: .*eth2 exists, but has no broadcast address/],
    [
      'mcast eth2 225.0.0.15 694 1 0',
      /1:7: warning: eth2 has no IPv4 address yet; the link is opened as soon as it has one$/,
    ],
    [
      'mcast eth9 225.0.0.15 694 1 0',
      /1:7: error: .*mcast device \[eth9\] is invalid or not set up properly: /,
    ],
    ['ucast eth9 10.0.0.7', /1:7: error: .*interface \[eth9\] does not exist/],
    [
      'ucast eth0 no-such-host.invalid',
      /1:7: error: .*cannot resolve hostname.*write the address, or add the name to \/etc\/hosts$/,
    ],
    [
      'ucast eth0 172.16.100.6',
      /1:7: warning: every ucast line names an address of this machine \(172\.16\.100\.6\)/,
    ],
  ])('%s', (medium, words) => {
    const haCf = `${medium}\nnode node1 node2\nauto_failback on\nlogfacility local0\n`;

    expect(told({ haCf })).toEqual([expect.stringMatching(words)]);
  });

  test('a comment that is none is told before it is looked for as an interface', () => {
    expect(told({ haCf: usual.replace('eth0', '//去掉前面的#') })).toEqual([
      expect.stringMatching(/1:7: warning: "\/\/去掉前面的" begins no comment.*write # before it$/),
      expect.stringMatching(/1:7: error: .*IP interface \[\/\/去掉前面的\] does not exist/),
    ]);
  });

  test('the own address beside the one of the peer is normal', () => {
    const haCf = `ucast eth0 172.16.100.6\nucast eth0 172.16.100.7\n${usual.replace(/^.*\n/, '')}`;

    expect(told({ haCf })).toEqual([]);
  });

  test.each([
    [
      'node1 IPaddr::172.16.100.1 httdp',
      /1:28: warning: there is no agent "httdp" .*did you mean "httpd"\?$/,
    ],
    [
      'node1 IPAddr::172.16.100.1',
      /1:7: warning: there is no agent "IPAddr" .*did you mean "IPaddr"\?$/,
    ],
    [
      'node1 192.168.7.1',
      /1:7: warning: no interface of this machine is in the network of 192\.168\.7\.1/,
    ],
    [
      'node1 192.168.7.1/24/eth7:0',
      /1:7: warning: this machine has no interface eth7, only lo, eth0, eth1 and eth2/,
    ],
  ])('haresources: %s', (haresources, words) => {
    expect(told({ haresources })).toEqual([expect.stringMatching(words)]);
  });

  test('a service address is named where a machine must be', () => {
    const lines = told({
      haCf: `${usual}ping 172.16.100.1 10.0.0.6\nucast eth0 172.16.100.1\n`,
      haresources: 'node1 172.16.100.1\n',
    });

    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringContaining('ping 172.16.100.1: that address moves with the service'),
        expect.stringContaining('ucast 172.16.100.1: that address moves with the service'),
        expect.stringContaining('10.0.0.6 is an address of this machine'),
      ]),
    );
  });

  test('a program of heartbeat that is not there is no error, another one is', () => {
    const commands = ['/usr/lib64/heartbeat/ipfail', '/opt/watch'];
    const haCf = `${usual}ping 10.0.0.1\nrespawn hacluster ${commands[0] ?? ''}\nrespawn root ${commands[1] ?? ''} -v\n`;
    const lines = told({ haCf }, { noCommands: new Set(commands) });

    expect(lines.filter((line) => line.includes('is not executable'))).toEqual([
      expect.stringMatching(/6:9: warning: .*the daemon starts without it$/),
      expect.stringMatching(
        /7:9: error: Client child command \[\/opt\/watch -v\] is not executable/,
      ),
    ]);
  });

  test('stonith_host counts on its own host only', () => {
    const of = (host: string): readonly string[] =>
      told({ haCf: `${usual}stonith_host ${host} shh x\n` }).filter((line) =>
        line.includes('error'),
      );

    expect(of('node2')).toEqual([]);
    expect(of('NODE1')).toEqual([
      expect.stringMatching(/5:20: error: Invalid Stonith type \[shh\]: .*did you mean "ssh"\?$/),
    ]);
  });
});

describe('the questions to the system', () => {
  test('are all that must be looked up, each once', () => {
    const haCf = `${usual}ucast eth0 peer\nucast eth1 peer\nping router\nping6 fe80::1\nrespawn hacluster /bin/x\napiauth x uid=hacluster gid=haclient\n`;
    const { understood } = parseSettings(sourcesOf({ haCf, authKeys, haresources: '' }));

    expect(understood && questionsOf(understood, nodeName('node1'))).toEqual({
      hosts: ['peer', 'router'],
      users: ['hacluster'],
      groups: ['haclient'],
      commands: ['/bin/x'],
    });
  });
});

describe('a file that cannot be read', () => {
  test('is an error of its own, and the others are still judged', () => {
    const { settings, problems } = judge(sourcesOf({ haCf: usual, authKeys: 'auth 1\n' }), machine);

    expect(settings).toBeUndefined();
    expect(problems.map(({ kind }) => kind)).toEqual(['auth-key-not-found', 'cannot-open']);
  });

  test('no extensions.ini is no fault, but one that may not be read is', () => {
    const sources = sourcesOf({ haCf: usual, authKeys, haresources: '' });
    const closed = { kind: 'unreadable', file: 'extensions.ini', why: 'permission' } as const;

    expect(judge(sources, machine).settings).toBeDefined();
    expect(judge({ ...sources, extensions: closed }, machine).problems).toMatchObject([
      { kind: 'cannot-open', role: 'extensions.ini', why: 'permission' },
    ]);
  });

  test('and one of more than a mebibyte is not parsed', () => {
    const { problems } = judge(
      sourcesOf({ haCf: '#'.repeat(1_048_577), authKeys, haresources: '' }),
      machine,
    );

    expect(problems.map(({ kind }) => kind)).toEqual(['file-too-large']);
  });
});
