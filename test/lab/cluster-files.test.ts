import { describe, expect, test } from 'vitest';
import { authkeys, haCf, haresources } from '../../lab/cluster-files.ts';
import { parseOptions, type LabOptions } from '../../lab/options.ts';
import { scenarioOf } from '../../lab/scenarios.ts';

function optionsOf(...words: string[]): LabOptions {
  const parsed = parseOptions(words);
  if (parsed.kind !== 'options') throw new Error(parsed.kind);
  return parsed.options;
}

describe('ha.cf', () => {
  test('is the tutorial’s, with times that suit a watcher', () => {
    expect(haCf(optionsOf()).split('\n')).toEqual([
      'logfile /var/log/ha-log',
      'debugfile /var/log/ha-debug',
      'keepalive 500ms',
      'warntime 1500ms',
      'deadtime 3',
      'initdead 10',
      'bcast eth0',
      'auto_failback on',
      'node node1',
      'node node2',
      '',
    ]);
  });

  test('keeps initdead at twice the deadtime or more', () => {
    expect(haCf(optionsOf('--deadtime', '30'))).toContain('\ninitdead 60\n');
  });

  test('names both nodes as unicast targets, so that it is the same file on both', () => {
    expect(haCf(optionsOf('--media', 'ucast'))).toContain(
      '\nucast eth0 172.16.100.6\nucast eth0 172.16.100.7\n',
    );
  });

  test('uses the tutorial’s multicast group', () => {
    expect(haCf(optionsOf('--media', 'mcast'))).toContain('\nmcast eth0 225.0.0.15 694 1 0\n');
  });
});

test('authkeys carries a secret, but for crc', () => {
  expect(authkeys('md5', 'abc')).toBe('auth 1\n1 md5 abc\n');
  expect(authkeys('crc', 'abc')).toBe('auth 1\n1 crc\n');
});

test('haresources gives the address and the page to node1', () => {
  expect(haresources(scenarioOf(optionsOf()).group)).toBe(
    'node1 IPaddr::172.16.100.1/16/eth0 httpd\n',
  );
});
