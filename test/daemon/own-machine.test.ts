import { expect, test } from 'vitest';
import { failfastWords, stopFailureHere } from '../../src/daemon/own-machine.ts';

const machine = (mayReboot: boolean): Parameters<typeof stopFailureHere>[1] => ({
  mayReboot: () => Promise.resolve(mayReboot),
  reboot: () => Promise.reject(new Error('a test never reboots')),
});

test.each([
  [undefined, true, 'reboot'],
  [undefined, false, 'hold'],
  ['reboot', true, 'reboot'],
  // A reboot from within a container would hit others.
  ['reboot', false, 'hold'],
  ['fence', true, 'fence'],
  ['fence', false, 'fence'],
  ['hold', true, 'hold'],
] as const)(
  '[failures] stop = %s where a reboot is allowed (%s) means %s',
  async (wanted, may, means) => {
    expect(await stopFailureHere(wanted, machine(may))).toBe(means);
  },
);

test("a program of failfast that failed reboots a machine of our own in C's words, and stops the node elsewhere", () => {
  expect(failfastWords('/x/ccm', true)).toBe('Rebooting system.  Reason: /x/ccm');
  expect(failfastWords('/x/ccm', false)).toMatch(/^\/x\/ccm has failed.*heartbeat stops instead$/);
});
