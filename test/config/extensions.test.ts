import { describe, expect, test } from 'vitest';
import { parseExtensions } from '../../src/config/extensions.ts';
import { readIni } from '../../src/config/ini.ts';
import { inEnglish } from './recorded.ts';

const told = (text: string): readonly string[] =>
  parseExtensions(text, 'extensions.ini').problems.map(inEnglish);

describe('an INI file', () => {
  test('is sections, keys and values with their places', () => {
    const { entries, problems } = readIni('; c\n[ a ]\n x = 1 ; one\r\n# c\n[b]\ny=a=b#c', 'f');

    expect(problems).toEqual([]);
    expect(entries).toMatchObject([
      {
        section: 'a',
        key: 'x',
        at: { line: 3, column: 2 },
        value: { text: '1', at: { column: 6 } },
      },
      { section: 'b', key: 'y', value: { text: 'a=b#c', at: { line: 6, column: 3 } } },
    ]);
  });
});

describe('extensions.ini', () => {
  test('may be empty: every setting has its default', () => {
    expect(parseExtensions('', 'extensions.ini')).toMatchObject({
      value: {
        addressProbe: false,
        acceptCrc: false,
        fencing: { timeout: 60_000, delay: 0 },
        scriptLimits: { start: 120_000, stop: 60_000, status: 20_000 },
        quorum: { plugins: undefined, policy: 'ignore', tiebreak: 0, release: 5_000 },
        splitBrain: { onHeal: 'yield', wait: 3_500 },
      },
      problems: [],
    });
  });

  test('sets what it names', () => {
    const text =
      '[address]\nprobe = yes\n[auth]\naccept_crc = yes\n[scripts]\nstart_timeout = 5min\nstop_timeout=90\nstatus_timeout = 500ms\n[fencing]\ntimeout = 90s\ndelay = 0\n[split-brain]\non_heal = log\nwait = 5\n[quorum]\nplugins = weight:twonodes\npolicy = stop\ntiebreak = ping:2\nrelease = 3s\n';

    expect(parseExtensions(text, 'extensions.ini')).toMatchObject({
      value: {
        addressProbe: true,
        acceptCrc: true,
        fencing: { timeout: 90_000, delay: 0 },
        scriptLimits: { start: 300_000, stop: 90_000, status: 500 },
        quorum: {
          plugins: ['weight', 'twonodes'],
          policy: 'stop',
          tiebreak: 2,
          release: 3_000,
        },
        splitBrain: { onHeal: 'log', wait: 5_000 },
      },
      problems: [],
    });
  });

  test('an agent has limits of its own, under any name', () => {
    const text = '[agent Filesystem]\nstop_timeout = 2min\n[agent  httpd]\nstatus_timeout = 3\n';

    expect(parseExtensions(text, 'extensions.ini')).toMatchObject({
      value: {
        agentLimits: new Map([
          ['Filesystem', { stop: 120_000 }],
          ['httpd', { status: 3000 }],
        ]),
      },
      problems: [],
    });
  });

  test('services are watched as the sections for all, a group and a resource say', () => {
    const text =
      '[monitor]\ninterval = 10s\n[monitor group 10.0.0.1]\nthen = report\n[monitor  Filesystem::a::/b]\ninterval = 0\ntimeout = 500ms\nrestarts = 0\n';
    const { value, problems } = parseExtensions(text, 'extensions.ini');

    expect(problems).toEqual([]);
    expect([...value.monitoring]).toMatchObject([
      ['', { interval: 10_000, restarts: undefined, at: { line: 1 } }],
      ['group 10.0.0.1', { interval: undefined, then: 'report', at: { line: 3 } }],
      ['Filesystem::a::/b', { interval: 0, timeout: 500, restarts: 0 }],
    ]);
  });

  test('failback waits for nothing unless it is told to', () => {
    const failback = (text: string): unknown => parseExtensions(text, 'f').value.failback;
    expect(failback('')).toEqual({ hold: 0, limit: 0, within: 3_600_000 });
    expect(failback('[failback]\nhold = 60s\nlimit = 3\nwithin = 0.5h')).toEqual({
      hold: 60_000,
      limit: 3,
      within: 1_800_000,
    });
  });

  test.each([
    [
      '[monitor httpd]\ninterwal = 3',
      'extensions.ini:2:1: error: [monitor httpd] has no key interwal; its keys are interval, timeout, restarts and then; did you mean "interval"?',
    ],
    [
      '[monitor]\nthen = reboot',
      'extensions.ini:2:8: error: "reboot" cannot be used for then of [monitor]; write failover or report',
    ],
    [
      '[monitor]\nrestarts = -1',
      'extensions.ini:2:12: error: "-1" cannot be used for restarts of [monitor]; write a number from 0 to 999',
    ],
    [
      '[agent httpd]\nstop_timout = 3',
      'extensions.ini:2:1: error: [agent httpd] has no key stop_timout; its keys are start_timeout, stop_timeout and status_timeout; did you mean "stop_timeout"?',
    ],
    [
      '[agent httpd]\nstop_timeout = long',
      'extensions.ini:2:16: error: "long" cannot be used for stop_timeout of [agent httpd]; write a time up to a day, such as 90s, 500ms or 2min',
    ],
    [
      '[autn]',
      'extensions.ini:1:1: error: there is no section [autn]; the sections are address, auth, failback, failures, fencing, monitor, quorum, scripts and split-brain; did you mean "auth"?',
    ],
    [
      '[scripts]\nstart_timout = 3',
      'extensions.ini:2:1: error: [scripts] has no key start_timout; its keys are start_timeout, stop_timeout and status_timeout; did you mean "start_timeout"?',
    ],
    [
      '[auth]\naccept_crc = perhaps',
      'extensions.ini:2:14: error: "perhaps" cannot be used for accept_crc of [auth]; write yes or no',
    ],
    [
      '[quorum]\nplugins = majority:all',
      'extensions.ini:2:11: error: "majority:all" cannot be used for plugins of [quorum]; write majority, weight and twonodes in the order in which they are asked, such as majority:twonodes',
    ],
    [
      '[quorum]\ntiebreak = ping:0',
      'extensions.ini:2:12: error: "ping:0" cannot be used for tiebreak of [quorum]; write none, ping or ping:N (N of the ping nodes of ha.cf have to answer)',
    ],
    [
      '[split-brain]\non_heal = fight',
      'extensions.ini:2:11: error: "fight" cannot be used for on_heal of [split-brain]; write yield, restart or log',
    ],
    [
      '[scripts]\nstop_timeout = 0',
      'extensions.ini:2:16: error: "0" cannot be used for stop_timeout of [scripts]; write a time up to a day, such as 90s, 500ms or 2min',
    ],
    [
      '[failures]\nstop = shoot',
      'extensions.ini:2:8: error: "shoot" cannot be used for stop of [failures]; write fence, reboot or hold',
    ],
    [
      '[fencing]\ndelay = soon',
      'extensions.ini:2:9: error: "soon" cannot be used for delay of [fencing]; write a time up to a day, such as 0, 5s or 1500ms',
    ],
    [
      'accept_crc = yes',
      'extensions.ini:1:1: error: accept_crc stands in no section; write its [section] in a line above',
    ],
    [
      '[auth]\naccept_crc',
      'extensions.ini:2:1: error: "accept_crc" is neither [section] nor key = value; a comment begins with ; or #',
    ],
    [
      '[auth]\naccept_crc=no\naccept_crc=yes',
      'extensions.ini:3:1: error: accept_crc was already given in line 2; remove one',
    ],
  ])('%j is refused', (text, line) => {
    expect(told(text)).toEqual([line]);
  });
});
