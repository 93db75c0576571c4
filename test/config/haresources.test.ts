import { describe, expect, test } from 'vitest';
import { parseHaresources, parseResource } from '../../src/config/haresources.ts';
import { nodeName } from '../../src/units.ts';
import { inEnglish } from './recorded.ts';

const known = { nodes: [nodeName('node1'), nodeName('node2')], pingNodes: [nodeName('router')] };
const at = { file: 'haresources', line: 1, column: 1 };
const parse = (text: string): ReturnType<typeof parseHaresources> =>
  parseHaresources(text, 'haresources', known);
const told = (text: string): readonly string[] => parse(text).problems.map(inEnglish);
const groups = (text: string): readonly string[] =>
  parse(text).value.map(({ owner, resources }) =>
    [owner, ...resources.map((resource) => resource.text)].join(' '),
  );

describe('a resource', () => {
  test.each([
    ['httpd', 'httpd', []],
    ['Filesystem::/dev/sdb1::/data::ext3', 'Filesystem', ['/dev/sdb1', '/data', 'ext3']],
    ['IPaddr::172.16.100.1/16/eth0', 'IPaddr', ['172.16.100.1/16/eth0']],
    ['172.16.100.1/16/eth0:0', 'IPaddr', ['172.16.100.1/16/eth0:0']],
    ['X::a::::b', 'X', ['a', 'b']],
    ['Filesystem::172.16.100.10:/web::/mnt', 'Filesystem', ['172.16.100.10:/web', '/mnt']],
    ['IPv6addr::2001:db8::1/64', 'IPv6addr', ['2001:db8', '1/64']],
  ])('%s is read as C reads it', (text, agent, args) => {
    expect(parseResource(text, at)).toEqual({ text, agent, args, at });
  });
});

describe('a group', () => {
  test('has a preferred node in small letters, a key, and places for everything', () => {
    expect(parse('# web\nNODE1\t172.16.100.1  httpd # last\n').value).toMatchObject([
      {
        owner: 'node1',
        key: '172.16.100.1',
        at: { line: 2, column: 1 },
        resources: [
          { at: { line: 2, column: 7 } },
          { agent: 'httpd', at: { line: 2, column: 21 } },
        ],
      },
    ]);
  });

  test.each([
    ['node1 a \\\n  b \\\n c\nnode2 d', ['node1 a b c', 'node2 d']],
    ['node1 htt\\\npd', ['node1 httpd']],
    ['node1 a # c \\\nnode2 b', ['node1 a', 'node2 b']],
    ['# comment \\\nnode2 b', ['node2 b']],
    ['node1 a \\\n b # c\nnode2 d', ['node1 a b', 'node2 d']],
    ['node1 a \\', ['node1 a']],
    ['node1 a\r\nnode2 b\r\n', ['node1 a', 'node2 b']],
    ['node1 a\n\n \t\nnode2 b', ['node1 a', 'node2 b']],
    ['node1\nnode2 b', ['node2 b']],
    ['router a', ['router a']],
  ])('%j', (text, expected) => {
    expect(groups(text)).toEqual(expected);
  });

  test('may continue, and its resources stand where they are written', () => {
    const [group] = parse('node1 a \\\n\tIPaddr::1.2.3.4').value;

    expect(group?.resources.map((resource) => resource.at)).toMatchObject([
      { line: 1, column: 7 },
      { line: 2, column: 2 },
    ]);
  });
});

describe('what is wrong with haresources', () => {
  test.each([
    [
      'nod1 httpd',
      'haresources:1:1: error: Bad nodename in haresources [nod1]: the nodes of ha.cf are node1 and node2; begin the line with the node that its resources prefer; did you mean "node1"?',
    ],
    [
      '192.168.1.100/24/eth0:0 haproxy',
      'haresources:1:1: error: Bad nodename in haresources [192.168.1.100/24/eth0:0]: the nodes of ha.cf are node1 and node2; the node is missing: write it before the first resource, or, if this line belongs to the one above, end that one with a backslash',
    ],
    [
      'node1 192.168.10.4\n  nginx',
      'haresources:2:3: error: Bad nodename in haresources [nginx]: the nodes of ha.cf are node1 and node2; if this line belongs to the one above, end that one with a backslash and nothing behind it',
    ],
    [
      'node1 a \\ \nhttpd',
      'haresources:2:1: error: Bad nodename in haresources [httpd]: the nodes of ha.cf are node1 and node2; if this line belongs to the one above, end that one with a backslash and nothing behind it',
    ],
    [
      'node1 a \\\r\nhttpd\r\n',
      'haresources:2:1: error: Bad nodename in haresources [httpd]: the nodes of ha.cf are node1 and node2; the backslash above is followed by a carriage return and joins nothing: convert the file with dos2unix',
    ],
    [
      'node1\\\n httpd',
      'haresources:1:1: error: Bad nodename in haresources [node1\\]: the nodes of ha.cf are node1 and node2; put a blank before the backslash; did you mean "node1"?',
    ],
    [
      'node1# httpd',
      'haresources:1:1: error: Bad nodename in haresources [node1#]: the nodes of ha.cf are node1 and node2; put a blank before #; did you mean "node1"?',
    ],
    [
      'node1 1.2.3.4 a\nnode2 1.2.3.4 b',
      'haresources:2:7: error: 1.2.3.4 is already the first resource of line 1, and groups are known by it alone; join the groups, or begin this one with another resource',
    ],
    [
      'node1 a\nnode2 b a',
      'haresources:2:9: warning: a is the first resource of line 1; C heartbeat mixes both groups up and starts neither, name it once',
    ],
    [
      'node1 a \\ b',
      'haresources:1:9: warning: this word is no resource and is ignored; a backslash joins lines only as the last character of a line',
    ],
    ['node1 a \\', 'haresources:1:9: warning: no line follows the backslash; remove it'],
    [
      'node1 a\r\n',
      'haresources:1:8: warning: lines end in carriage returns, which C heartbeat hands to the agents; they are ignored here, convert the file with dos2unix',
    ],
    [
      'node1 a \\\nb # c',
      'haresources:2:3: warning: C heartbeat takes a comment in a continued line for resources; move it to a line of its own above',
    ],
    [
      'node1',
      'haresources:1:1: warning: no resource follows node1; the line is ignored, complete or remove it',
    ],
    [
      'router a',
      'haresources:1:1: warning: router is a ping node and can own nothing; write a node',
    ],
  ])('%j', (text, line) => {
    expect(told(text)).toContain(line);
  });

  test.each([
    ['node1 192.168.10.4\nnginx', '2:1', 'if this line belongs to the one above, end that one'],
    ['// web\nnode1 a', '1:1', 'write # before it'],
    ['node1 a\n\nhttpd', '3:1', 'begin the line with the node'],
  ])('%j has the mend that fits', (text, place, mend) => {
    expect(told(text)).toEqual([
      expect.stringMatching(new RegExp(`^haresources:${place}: error: .*${mend}`)),
    ]);
  });

  test('a comment that is none is told before its words are taken for resources', () => {
    expect(told('node1 httpd // the web')).toEqual([
      'haresources:1:13: warning: "//" begins no comment and is read like any other word; a comment begins with # and nothing else: write # before it',
    ]);
  });

  test('every bad owner is told, not only the first', () => {
    expect(told('x a\ny b\n')).toHaveLength(2);
  });
});
