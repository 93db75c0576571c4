import { describe, expect, test } from 'vitest';
import { type Acts, perform } from '../../src/daemon/perform.ts';
import type { Outcome } from '../../src/haresources/types.ts';
import type { NodeEffect, NodeEvent } from '../../src/heartbeat/effects.ts';
import { text } from '../../src/message/messages.ts';
import { nodeName } from '../../src/units.ts';

const resource = {
  text: 'IPaddr::10.0.0.1',
  agent: 'IPaddr',
  args: ['10.0.0.1'],
  at: { file: 'haresources', line: 1, column: 7 },
};

const check = { device: 'x', fault: undefined, hosts: undefined };

/** Acts that only note what they were asked for. */
function noted(outcome: Outcome = { kind: 'done' }): { acts: Acts; notes: string[] } {
  const notes: string[] = [];
  const acts: Acts = {
    send: (datagram) => notes.push(`send ${String(datagram.length)}`),
    ping: (node, datagram) => notes.push(`ping ${node} ${String(datagram.length)}`),
    run: (job) => {
      notes.push(`run ${String(job.id)}`);
      return Promise.resolve(outcome);
    },
    fence: (node) => {
      notes.push(`fence ${node}`);
      return Promise.resolve({ kind: 'ok' });
    },
    cancelFence: (node) => notes.push(`cancel ${node}`),
    checkDevice: () => {
      notes.push('check');
      return Promise.resolve(check);
    },
    reserve: (generation) => {
      notes.push(`reserve ${String(generation)}`);
      return Promise.resolve(generation < 9);
    },
    announce: ({ text: name }) => notes.push(`announce ${name}`),
    introduce: ({ text: name }) => notes.push(`introduce ${name}`),
    publish: (fields, event) => notes.push(`publish ${String(fields.length)} ${event}`),
    pauseClients: (arePaused) => notes.push(`pause ${String(arePaused)}`),
    notify: ({ type }) => notes.push(`notify ${type}`),
    answerQuery: ({ client }) => notes.push(`query ${client}`),
    rememberDeleted: (nodes) => notes.push(`deleted ${nodes.map(({ name }) => name).join(' ')}`),
    openClients: () => notes.push('open clients'),
    log: (line) => notes.push(`log ${line.text}`),
    restart: ({ owners }) => notes.push(`restart ${owners.join(' ')}`),
    cannotStop: (how) => notes.push(`cannot stop: ${how}`),
    exit: () => notes.push('exit'),
  };
  return { acts, notes };
}

describe('an effect of the node', () => {
  test.each<[NodeEffect, string]>([
    [{ kind: 'send', datagram: new Uint8Array(3) }, 'send 3'],
    [{ kind: 'cancel-fence', node: nodeName('node2') }, 'cancel node2'],
    [{ kind: 'ping', node: nodeName('10.0.0.1'), datagram: new Uint8Array(4) }, 'ping 10.0.0.1 4'],
    [{ kind: 'announce', resource }, 'announce IPaddr::10.0.0.1'],
    [{ kind: 'introduce', resource }, 'introduce IPaddr::10.0.0.1'],
    [{ kind: 'client-event', event: 'keep', fields: [text('t', 'status')] }, 'publish 1 keep'],
    [{ kind: 'pause-clients', arePaused: true }, 'pause true'],
    [
      { kind: 'client-query', from: nodeName('node2'), client: 'ipfail', asker: 'ipfail' },
      'query ipfail',
    ],
    [{ kind: 'notify', type: 'ifstat', fields: [], status: 'active' }, 'notify ifstat'],
    [
      {
        kind: 'remember-deleted',
        nodes: [{ name: nodeName('node3'), uuid: undefined, weight: 100, site: '' }],
      },
      'deleted node3',
    ],
    [{ kind: 'became-active' }, 'open clients'],
    [{ kind: 'log', line: { level: 'info', text: 'hello' } }, 'log hello'],
    [
      { kind: 'restart', kept: { owners: [nodeName('node1')], takenOver: [], failbackDue: false } },
      'restart node1',
    ],
    [{ kind: 'cannot-stop', how: 'fence' }, 'cannot stop: fence'],
    [{ kind: 'exit' }, 'exit'],
  ])('%o is carried out once', (effect, note) => {
    const { acts, notes } = noted();

    perform(effect, acts, () => {
      throw new Error('brings no event');
    });

    expect(notes).toEqual([note]);
  });

  test('an attempt to reset a node brings its outcome as an event', async () => {
    const { acts, notes } = noted();
    const events: NodeEvent[] = [];

    perform({ kind: 'fence', attempt: 3, node: nodeName('node2') }, acts, (event) =>
      events.push(event),
    );
    expect(notes).toEqual(['fence node2']);

    await expect
      .poll(() => events)
      .toEqual([{ kind: 'fenced', attempt: 3, outcome: { kind: 'ok' } }]);
  });

  test('a look at the device brings what it has shown', async () => {
    const { acts, notes } = noted();
    const events: NodeEvent[] = [];

    perform({ kind: 'check-device' }, acts, (event) => events.push(event));
    expect(notes).toEqual(['check']);

    await expect.poll(() => events).toEqual([{ kind: 'device-checked', check }]);
  });

  test('run brings the outcome of its job as an event, and not within the step', async () => {
    const { acts, notes } = noted({ kind: 'stopped' });
    const events: NodeEvent[] = [];
    const job = { id: 7, group: 'IPaddr::10.0.0.1', resource, action: 'status' as const };

    perform({ kind: 'run', job }, acts, (event) => events.push(event));
    expect(notes).toEqual(['run 7']);
    expect(events).toEqual([]);

    await expect
      .poll(() => events)
      .toEqual([{ kind: 'ran', job: 7, outcome: { kind: 'stopped' } }]);
  });
});

describe('a generation', () => {
  test.each([
    [8, [{ kind: 'generation-reserved', generation: 8 }]],
    [9, []],
  ])('%i is told reserved only when it is on the disk', async (generation, told) => {
    const { acts } = noted();
    const events: NodeEvent[] = [];

    perform({ kind: 'reserve-generation', generation }, acts, (event) => events.push(event));
    await new Promise(setImmediate);

    expect(events).toEqual(told);
  });
});
