/** OCF agents: those of Debian's resource-agents, run as they are. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtIns, cannotStart, environment, startsAndStopsTwice } from './run-built-in.ts';
import { temporaryDirectory } from './temp-directory.ts';
import { parseOcf } from '../../src/agents/ocf.ts';

describe('OCF::provider:type', () => {
  test('runs the agent Dummy, each act also when repeated', async () => {
    const { run } = builtIns({
      environment: { ...environment, HA_RSCTMP: '/run/resource-agents' },
    });
    const state = join(await temporaryDirectory(), 'state');
    const resource = `OCF::heartbeat:Dummy::state=${state}::fake=a b`;

    await startsAndStopsTwice(run, resource);
  });

  test.each([
    [
      'heartbeat:../x',
      '"heartbeat:../x" is not provider:type, as in OCF::heartbeat:Dummy::state=/run/dummy',
    ],
    ['heartbeat:Dummy::state', '"state" is not key=value'],
  ])('%s cannot be started, and is stopped', async (args, why) => {
    const { agents, run } = builtIns();
    const resource = `OCF::${args}`;

    await cannotStart(run, resource, why);
    expect(await agents.find({ agent: 'OCF', args: args.split('::') })).toEqual({
      ok: false,
      reason: { kind: 'bad-arguments', agent: 'OCF', why },
    });
  });

  test('is not found when there is no such agent, also by a stop', async () => {
    const { agents, lines, run } = builtIns();
    const path = '/usr/lib/ocf/resource.d/heartbeat/Nope';

    expect(await run('stop', 'OCF::heartbeat:Nope')).toEqual({ kind: 'not-found' });
    expect(lines).toEqual([`ERROR: Cannot locate resource script ${path}`]);
    expect(await agents.find({ agent: 'OCF', args: ['heartbeat:Nope'] })).toEqual({
      ok: false,
      reason: { kind: 'bad-arguments', agent: 'OCF', why: `there is no ${path}` },
    });
  });

  test('hands its parameters over under the names of the standard', () => {
    expect(parseOcf('/ocf', ['heartbeat:IPaddr2', 'ip=10.0.0.1', 'nic=a=b'])).toMatchObject({
      value: {
        path: '/ocf/resource.d/heartbeat/IPaddr2',
        settings: {
          OCF_RESOURCE_INSTANCE: 'IPaddr2_ip_10.0.0.1_nic_a_b',
          OCF_RESKEY_ip: '10.0.0.1',
          OCF_RESKEY_nic: 'a=b',
        },
      },
    });
  });
});
