import { expect, test } from 'vitest';
import type { ResourceGroup } from '../../src/config/settings.ts';
import { lostGroups } from '../../src/daemon/lost-groups.ts';
import { nodeName } from '../../src/units.ts';

const at = { file: 'haresources', line: 1, column: 1 };

function group(owner: string, ...words: readonly [string, ...string[]]): ResourceGroup {
  const resources = words.map((text) => ({ text, agent: text, args: [], at }));
  return { owner: nodeName(owner), key: words[0], resources, at };
}

test.each<[string, readonly ResourceGroup[], readonly string[]]>([
  ['the same', [group('a', 'ip', 'httpd'), group('b', 'disk')], []],
  [
    'another order and one more',
    [group('b', 'disk'), group('a', 'ip', 'httpd'), group('a', 'x')],
    [],
  ],
  ['a group less', [group('a', 'ip', 'httpd')], ['disk']],
  ['a resource less', [group('a', 'ip'), group('b', 'disk')], ['ip']],
  ['another owner', [group('b', 'ip', 'httpd'), group('b', 'disk')], ['ip']],
])('%s', (_, after, lost) => {
  expect(lostGroups([group('a', 'ip', 'httpd'), group('b', 'disk')], after)).toEqual(lost);
});
