import { expect, test } from 'vitest';
import { hasAllUsers } from '../../lab/requirements.ts';

test.each([
  ['         0          0 4294967295\n', true],
  ['         0       1000          1\n', false],
  ['         0     100000      65536\n', false],
])('the user map %j has every user: %j', (map, all) => {
  expect(hasAllUsers(map)).toBe(all);
});
