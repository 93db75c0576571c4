import { describe, expect, test } from 'vitest';
import {
  facilityNumber,
  fileLine,
  type Stamp,
  syslogComplaint,
  syslogDatagram,
} from '../../src/daemon/log-format.ts';

// The C daemon's own lines (spec config 8); the time is local, so it is made from local parts.
const stamp: Stamp = {
  time: new Date(2026, 10, 22, 13, 34, 52),
  host: 'Node1',
  program: 'heartbeat',
  pid: 4711,
};
const line = { level: 'info', text: 'Link node1:eth0 up.' } as const;

describe('a line of the log', () => {
  test('stands in files as syslog would write it', () => {
    expect(fileLine(line, stamp, true)).toBe(
      'Nov 22 13:34:52 Node1 heartbeat: [4711]: info: Link node1:eth0 up.\n',
    );
  });

  test('has the slash date when syslogmsgfmt is off', () => {
    expect(fileLine(line, stamp, false)).toBe(
      'heartbeat[4711]: 2026/11/22_13:34:52 info: Link node1:eth0 up.\n',
    );
  });

  test('has two digits and a zero for a day below ten in files, and a blank in syslog', () => {
    const early = { ...stamp, time: new Date(2026, 0, 3, 1, 2, 3) };

    expect(fileLine(line, early, true)).toMatch(/^Jan 03 01:02:03 /);
    expect(syslogDatagram(line, early, 16).toString()).toMatch(/^<134>Jan {2}3 01:02:03 /);
  });

  test.each([
    ['ERROR', 131],
    ['WARN', 132],
    ['notice', 133],
    ['info', 134],
    ['debug', 135],
  ] as const)('of level %s goes to local0 with priority %i', (level, priority) => {
    expect(syslogDatagram({ level, text: 'x' }, stamp, 16).toString()).toBe(
      `<${String(priority)}>Nov 22 13:34:52 heartbeat: [4711]: ${level}: x\0`,
    );
  });

  test('is cut at 5119 bytes of text, and never inside a character', () => {
    const long = fileLine({ level: 'info', text: `${'x'.repeat(5118)}ä` }, stamp, true);

    expect(long.endsWith('x\n')).toBe(true);
    expect(long.split('info: ')[1]).toHaveLength(5119);
  });

  test('stays one line whatever a peer put into it', () => {
    const forged = fileLine({ level: 'WARN', text: 'bad\nNov 22 x\u001b[2J\r' }, stamp, true);

    expect(forged.trimEnd()).toMatch(/WARN: bad\\nNov 22 x\\x1b\[2J\\x0d$/);
    expect(forged.split('\n')).toHaveLength(2);
  });
});

test('the log complains about itself to facility user at level err', () => {
  expect(syslogComplaint('Failed to open log file /x: Permission denied', stamp).toString()).toBe(
    '<11>Nov 22 13:34:52 heartbeat: [4711]: Failed to open log file /x: Permission denied\0',
  );
});

describe('a facility', () => {
  test.each([
    ['kern', 0],
    ['user', 1],
    ['daemon', 3],
    ['auth', 4],
    ['security', 4],
    ['authpriv', 10],
    ['ftp', 11],
    ['local0', 16],
    ['local7', 23],
  ])('%s is number %i', (name, number) => {
    expect(facilityNumber(name)).toBe(number);
  });

  test.each(['none', 'local8', 'LOCAL0', ''])('%s is none of syslog', (name) => {
    expect(facilityNumber(name)).toBeUndefined();
  });
});
