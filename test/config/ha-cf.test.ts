import { describe, expect, test } from 'vitest';
import { apiAuthInForce } from '../../src/config/apiauth.ts';
import { parseHaCf } from '../../src/config/ha-cf.ts';
import type { HaCf, Medium } from '../../src/config/settings.ts';
import { inEnglish } from './recorded.ts';

const usual = 'bcast eth0\nnode node1 node2\nauto_failback on\nlogfacility local0\n';

/** The settings of the usual file with more lines behind it. */
const settingsOf = (lines: string): HaCf => parseHaCf(`${usual}${lines}\n`, 'ha.cf').value;

/** What is said about lines that follow the usual ones, without the file's name and the usual line numbers. */
function told(lines: string): readonly string[] {
  return parseHaCf(`${usual}${lines}\n`, 'ha.cf').problems.map((problem) =>
    inEnglish({ ...problem, at: { ...problem.at, line: problem.at.line - 4 } }),
  );
}

const links = (media: readonly Medium[]): readonly string[] =>
  media.map((medium) => `${medium.kind} ${medium.iface} ${String(medium.port)}`);

describe('a clean ha.cf', () => {
  test('has nothing said about it', () => {
    expect(told('')).toEqual([]);
  });

  test('gets the defaults of C heartbeat', () => {
    expect(settingsOf('')).toMatchObject({
      keepalive: 1000,
      deadtime: 30_000,
      warntime: 15_000,
      initdead: 30_000,
      deadping: 30_000,
      maxRexmitDelay: 250,
      hopfudge: 1,
      msgfmt: 'classic',
      generationFrom: 'file',
      debug: 0,
      logBadpack: true,
    });
  });

  test('is read in spite of tabs, commas, comments, CR LF and form feeds', () => {
    const { value, problems } = parseHaCf(
      '\tnode ,node1,\tnode2 # two\r\nbcast\feth0,eth1\r\nauto_failback ON\r\nlogfile /var/log/ha-log#x',
      'ha.cf',
    );

    expect(problems).toEqual([]);
    expect(value.nodes).toEqual(['node1', 'node2']);
    expect(links(value.media)).toEqual(['bcast eth0 694', 'bcast eth1 694']);
    expect(value.logging.logfile).toBe('/var/log/ha-log');
  });

  test('takes node names in any case, and keeps the parameters as typed', () => {
    const { nodes, parameters } = parseHaCf('node NodeA\nauto_failback ON\n', 'ha.cf').value;

    expect(nodes).toEqual(['nodea']);
    expect(parameters.get('auto_failback')).toBe('ON');
  });
});

describe('derived values', () => {
  test.each([
    ['deadtime 20', 20_000],
    ['deadtime 10', 20_000],
    ['deadtime 6', 12_000],
    ['deadtime 5999ms', 12_000],
  ])('initdead follows from %s', (line, initdead) => {
    expect(settingsOf(line).initdead).toBe(initdead);
  });

  test('parameters have every default, and the derived times in ms', () => {
    const { parameters } = settingsOf('deadtime 4\nudpport 695\ncrm OFF');

    expect(Object.fromEntries(parameters)).toMatchObject({
      deadtime: '4',
      warntime: '2000ms',
      initdead: '12000ms',
      deadping: '4000ms',
      keepalive: '1000ms',
      udpport: '695',
      pacemaker: 'OFF',
      logfacility: 'local0',
      logfile: '/dev/null',
      debugfile: '/dev/null',
      cluster: 'linux-ha',
      debug: '0',
    });
    expect(
      ['node', 'bcast', 'crm', 'use_logd', 'env'].filter((name) => parameters.has(name)),
    ).toEqual([]);
  });

  test('-d sets the debug level where the file does not', () => {
    expect(parseHaCf('', 'ha.cf', 2).value).toMatchObject({ debug: 2 });
    expect(parseHaCf('', 'ha.cf', 2).value.parameters.get('debug')).toBe('2');
    expect(parseHaCf('debug 1', 'ha.cf', 2).value).toMatchObject({ debug: 1 });
  });
});

describe('auto_failback', () => {
  test.each([
    ['auto_failback on', 'on'],
    ['auto_failback No', 'off'],
    ['auto_failback LEGACY', 'legacy'],
    ['', 'legacy'],
    ['nice_failback on', 'legacy'],
    ['nice_failback off', 'legacy'],
    ['auto_failback on\nnice_failback on', 'off'],
    ['nice_failback on\nauto_failback on', 'on'],
    ['auto_failback legacy\nnice_failback on', 'legacy'],
  ])('%j means %s, as in C', (lines, expected) => {
    expect(parseHaCf(lines, 'ha.cf').value.autoFailback).toBe(expected);
  });
});

describe('the port of a medium', () => {
  test('is the one in force when its kind is first used', () => {
    const lines = 'ucast eth0 10.0.0.2\nudpport 695\nbcast eth1\nucast eth1 10.0.1.2';
    const { value, problems } = parseHaCf(lines, 'ha.cf');

    expect(links(value.media)).toEqual(['ucast eth0 694', 'bcast eth1 695', 'ucast eth1 694']);
    expect(problems.filter(({ kind }) => kind === 'port-after-medium')).toMatchObject([
      { at: { line: 2, column: 9 }, iface: 'eth0', port: 694, wanted: 695 },
      { at: { line: 2, column: 9 }, iface: 'eth1', port: 694, wanted: 695 },
    ]);
  });

  test('is told when udpport comes too late, and not when it says the same', () => {
    expect(told('udpport 695')).toEqual([
      'ha.cf:1:9: warning: bcast eth0 in line 1 keeps port 694 although udpport says 695, as in C heartbeat; put udpport before the first medium',
    ]);
    expect(told('udpport 694')).toEqual([]);
  });

  test('of mcast is its own', () => {
    const { media } = settingsOf('mcast eth1 225.0.0.15 700 1 1');

    expect(media.at(-1)).toMatchObject({ group: '225.0.0.15', port: 700, ttl: 1, loop: true });
  });
});

describe('what is wrong is told with its place and the mend:', () => {
  test.each([
    [
      'keepalve 2',
      'ha.cf:1:1: error: Illegal directive [keepalve] in ha.cf: no directive of that name exists; mend or remove the line; did you mean "keepalive"?',
    ],
    [
      '  keepalive=2',
      'ha.cf:1:3: error: Illegal directive [keepalive=2] in ha.cf: a directive and its value are separated by blanks, not by = : or a comma; put a blank in its place; did you mean "keepalive"?',
    ],
    [
      'keepalive 2s',
      'ha.cf:1:11: error: "2s" cannot be used for keepalive; write 2: a number without a unit is seconds',
    ],
    [
      'warntime soon',
      'ha.cf:1:10: error: Warn time [soon] is invalid: "soon" cannot be used for warntime; write seconds as a number alone, such as 2, or milliseconds with ms behind, such as 200ms',
    ],
    ['udp eth1', "ha.cf:1:1: warning: WARNING: directive 'udp' replaced by 'bcast': write bcast"],
    [
      'deadtime 2',
      'ha.cf:1:10: error: Dead time [2000] is too small compared to keeplive [1000]: it must be more than twice keepalive; write deadtime 2001ms or more, better five times keepalive',
    ],
    [
      'mcast eth0 225.0.0.15 694 1',
      'ha.cf:1:27: error: glib: mcast [eth0] missing loop: write mcast INTERFACE GROUP PORT TTL LOOP, such as: mcast eth0 225.0.0.15 694 1 0',
    ],
    [
      'ucast eth0',
      'ha.cf:1:7: error: glib: ucast: [eth0] missing target IP address/hostname: write ucast INTERFACE HOST, one line for each peer, such as: ucast eth0 192.168.1.2',
    ],
    [
      'ucast eth0 10.0.0.2 // the peer',
      'ha.cf:1:21: warning: "//" begins no comment and is read like any other word; a comment begins with # and nothing else: write # before it',
    ],
    [
      'node node3 ;spare',
      'ha.cf:1:12: warning: ";spare" begins no comment and is read like any other word; a comment begins with # and nothing else: write # before it',
    ],
    [
      'keepalive 2 心跳间隔',
      'ha.cf:1:13: warning: "心跳间隔" begins no comment and is read like any other word; a comment begins with # and nothing else: write # before it',
    ],
    [
      'logfacility local',
      'ha.cf:1:13: error: Log facility(local) not valid: "local" cannot be used for logfacility; write one of none, auth, authpriv, cron, daemon, ftp, kern, lpr, mail, news, security, syslog, user, uucp, local0, local1, local2, local3, local4, local5, local6 and local7',
    ],
    [
      'crm respawn',
      'ha.cf:1:5: error: crm respawn: this daemon is the resource manager of haresources and does not start Pacemaker; remove the line and describe the resources in haresources, or run Pacemaker on Corosync',
    ],
    [
      'serial /dev/ttyS0',
      'ha.cf:1:8: error: serial /dev/ttyS0: this daemon has no serial medium yet, and without it a link you count on would be missing; remove the line, and add a second network link (bcast, mcast or ucast) in its place',
    ],
    [
      'uuidfrom nodename',
      'ha.cf:1:1: warning: uuidfrom is accepted, but this version does not carry it out yet; do not rely on it',
    ],
    [
      'logfile "/var/log/ha-log"',
      'ha.cf:1:9: warning: the quotes of "/var/log/ha-log" belong to the name of the logfile; write it without them',
    ],
    [
      'node NODE2',
      'ha.cf:1:6: warning: node2 was already named in line 2; this one is ignored, remove it',
    ],
    [
      'bcast eth0',
      'ha.cf:1:7: warning: bcast eth0 was already given in line 1; this one is ignored, remove it',
    ],
    ['hopfudge 2x', 'ha.cf:1:10: warning: only 2 of "2x" is used for hopfudge; write 2'],
    [
      'apiauth ipfail user=root',
      'ha.cf:1:16: error: Missing uid or gid in apiauth: Invalid apiauth directive [ipfail user=root]: "user=root" is no uid= or gid= list; write apiauth CLIENT uid=name,name gid=name,name (one list is enough), without blanks in a list',
    ],
  ])('%j', (line, words) => {
    expect(told(line)).toContain(words);
  });

  test('a node that follows a backslash', () => {
    const { problems } = parseHaCf('bcast eth0\nnode node1 \\\n  node2\n', 'ha.cf');

    expect(problems.filter(({ kind }) => kind === 'unknown-directive')).toMatchObject([
      { at: { line: 3, column: 3 }, hint: 'continuation' },
    ]);
  });

  test.each([
    ['deadtime 10\ninitdead 15', 'initdead-below-twice-deadtime', 'warning'],
    ['deadtime 4\ninitdead 9', 'initdead-short', 'warning'],
    ['initdead 20', 'initdead-below-deadtime', 'error'],
    ['warntime 30', 'warntime-too-long', 'warning'],
    ['deadping 2', 'dead-time-too-small', 'error'],
    ['autojoin any', 'autojoin-refused', 'error'],
    ['node node3', 'more-than-two-nodes', 'warning'],
    ['bcast lo', 'loopback-medium', 'warning'],
    ['use_logd on', 'logd-beside-files', 'warning'],
    ['logfile ha-log', 'relative-file', 'warning'],
    ['keepalive', 'value-missing', 'warning'],
    ['keepalive 2 3', 'several-values', 'warning'],
    ['keepalive 2\nkeepalive 3', 'repeated', 'warning'],
    ['baud 9600 19200', 'given-twice', 'error'],
    ['respawn hacluster /usr/libexec/heartbeat/ipfail', 'ipfail-without-ping', 'warning'],
    ['respawn', 'respawn-incomplete', 'error'],
    ['stonith_host node1', 'stonith-incomplete', 'error'],
    ['ping_group routers', 'ping-group-incomplete', 'error'],
    ['env A', 'env-without-value', 'warning'],
    ['deadtime 2000000000', 'bad-value', 'error'],
  ])('%j is %s', (lines, kind, severity) => {
    const { problems } = parseHaCf(`${usual}${lines}\n`, 'ha.cf');

    expect(problems).toContainEqual(expect.objectContaining({ kind, severity }));
  });

  test('all of it in one run, in the order of the text', () => {
    const { problems } = parseHaCf('foo\nkeepalive x\nbar 1\n', 'ha.cf');

    expect(problems.filter(({ severity }) => severity === 'error').map(({ kind }) => kind)).toEqual(
      ['unknown-directive', 'no-media', 'no-nodes', 'bad-value', 'unknown-directive'],
    );
  });

  test('control characters of the file do not reach the terminal', () => {
    expect(told('\u001b[2Jfoo\u0007')[0]).toMatch(
      /^ha\.cf:1:1: error: Illegal directive \[\\x1b\[2Jfoo\\x07\]/,
    );
  });
});

describe('without any log target', () => {
  const bare = 'bcast eth0\nnode node1 node2\nauto_failback on\n';

  test.each([
    ['', 'warning'],
    ['logfacility none\n', 'warning'],
    ['use_logd off\n', 'error'],
  ])('%j is told as %s', (line, severity) => {
    expect(parseHaCf(bare + line, 'ha.cf').problems).toMatchObject([
      { kind: 'no-log-target', severity },
    ]);
  });

  test('use_logd alone is enough', () => {
    expect(parseHaCf(`${bare}use_logd yes\n`, 'ha.cf').problems).toEqual([]);
  });
});

describe('directives without effect here', () => {
  test.each(['realtime off', 'coredumps no', 'use_apphbd off', 'uuidfrom file', 'autojoin none'])(
    '%s loses nothing and is not warned of',
    (line) => {
      expect(told(line)).toEqual([]);
    },
  );

  test.each([...['coredumps on', 'compression bz2', 'uuidfrom nodename']])(
    '%s is accepted with a warning',
    (line) => {
      expect(told(line)).toEqual([
        expect.stringMatching(/^ha\.cf:1:1: warning: \w+ is accepted, but/),
      ]);
    },
  );
});

describe('apiauth', () => {
  test('keeps the lists of the file and adds what is built in', () => {
    const haCf = settingsOf('apiauth ipfail gid=haclient uid=hacluster,root,');
    const inForce = apiAuthInForce(haCf);

    expect(haCf.apiAuth).toMatchObject([
      { client: 'ipfail', uids: ['hacluster', 'root'], gids: ['haclient'] },
    ]);
    expect(inForce.map((entry) => entry.client)).toEqual([
      ...['ipfail', 'ccm', 'ping', 'lha-snmpagent', 'anon'],
    ]);
    expect(inForce.at(-1)).toMatchObject({ uids: ['root'], gids: ['haclient'] });
  });
});

describe('env', () => {
  test('adds up, and a value may hold an equals sign', () => {
    expect([...settingsOf('env A=1 B=x=y,C=\nenv A=2').env]).toEqual([
      ['A', '2'],
      ['B', 'x=y'],
      ['C', ''],
    ]);
  });
});

/** Seen in the environment of a child of C heartbeat 3.0.6 that ran with exactly this file. */
describe('the parameters', () => {
  const file =
    'keepalive 200ms\ndeadtime 1\ninitdead 1\nlogfacility local0\nauto_failback ON\ncrm OFF\nudpport 694,695\n' +
    'bcast eth0\nnode node1\nnode node2\n';
  const seen =
    'auto_failback=ON autojoin=none baud=19200 cluster=linux-ha compression=zlib compression_threshold=2 conn_logd_time=60 ' +
    'coredumps=true deadping=1000ms deadtime=1 debug=0 debugfile=/dev/null enable_config_writes=on hbgenmethod=file hopfudge=1 ' +
    'initdead=1 keepalive=200ms log_badpack=true logfacility=local0 logfile=/dev/null max_rexmit_delay=250 memreserve=6500 ' +
    'msgfmt=classic pacemaker=OFF realtime=true record_config_changes=on record_pengine_inputs=on syslogmsgfmt=true ' +
    'traditional_compression=no udpport=695 uuidfrom=file warntime=500ms';

  test('are those of C, neither more nor less', () => {
    const { parameters } = parseHaCf(file, 'ha.cf').value;
    const ours = [...parameters].map(([name, value]) => `${name}=${value}`);

    expect(ours.sort()).toEqual(seen.split(' '));
  });
});
