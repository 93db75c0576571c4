/** Messages with the right key and any content at all: of a broken peer, or of a program that has read authkeys. */
import { fc } from '../fast-check.ts';
import { expect, test } from 'vitest';
import { encodeDatagram } from '../../src/message/encode.ts';
import { text, type Field } from '../../src/message/messages.ts';
import { nextDeadline } from '../../src/heartbeat/deadline.ts';
import type { NodeState } from '../../src/heartbeat/state.ts';
import { sharedKeys, Wire, Witness } from './conversation.ts';

const runs = Number(process.env['HEARTBEAT_FUZZ'] ?? 150_000) / 500;

const types = [
  'status',
  'NS_st',
  'NS_rexmit',
  'NS_ackmsg',
  'NS_nackmsg',
  'reqnodes',
  'repnodes',
  'starting',
  'resource',
  'ask_resources',
  'hb_takeover',
  'ip-request',
  'ip-request-resp',
  'shutdone',
  'stonith',
  'addnode',
  'delnode',
  'setweight',
  'query-cstatus',
  'respond-cstatus',
  'hbapi-clstat',
  'never-heard-of',
  '',
];
const names = ['st', 'dt', 'protocol', 'dest', 'to_id', 'from_id', 'firstseq', 'lastseq', 'ackseq'];
const more = ['rsc_hold', 'isstable', 'rtype', 'info', 'nodelist', 'ipaddr', 'ok', 'weown', 'node'];
const words = [
  '0',
  '1',
  '-1',
  '7fffffff',
  'ffffffff',
  '100000000000000000',
  'x',
  '',
  'node1',
  'node2',
  'node3',
  'all',
  'none',
  'local',
  'foreign',
  'me',
  'other',
  'done',
  'active',
  'dead',
  'node1 node2',
  'x'.repeat(3000),
];

const field = fc
  .tuple(fc.constantFrom(...names, ...more), fc.constantFrom(...words))
  .map(([name, value]): Field => text(name, value));
const message = fc.record({
  t: fc.constantFrom(...types),
  src: fc.constantFrom('node2', 'node1', 'stranger', 'ping1'),
  uuid: fc.constantFrom('node2', 'node1', 'other'),
  seq: fc.constantFrom('1', '2', '20', '21', '30', '1000', '7fffffff', 'ffffffffff', '-3', 'z'),
  hg: fc.constantFrom('c7', 'c8', 'c9', '64', '7fffffff', '', '-1'),
  fields: fc.array(field, { maxLength: 6 }),
  wait: fc.constantFrom(0, 0, 0, 1, 100, 2500),
});

function seasoned(): NodeState {
  const node = new Witness('node1', 100);
  new Wire(node, new Witness('node2', 200)).pass(3000);
  return node.state;
}

/** The clock goes on; the peer says nothing by itself. */
function pass(node: Witness, from: number, duration: number): number {
  const end = from + duration;
  for (let due = nextDeadline(node.state); due <= end; due = nextDeadline(node.state)) {
    node.tell({ kind: 'tick' }, due);
    if (nextDeadline(node.state) === due) throw new Error('time stands still');
  }
  return end;
}

test('whatever an authentic message says, no step throws, and nothing grows without limit', () => {
  const state = seasoned();
  fc.assert(
    fc.property(fc.array(message, { maxLength: 80 }), (messages) => {
      const node = new Witness('node1', 100);
      node.state = state;
      let now = 4000;
      for (const { t, src, uuid, seq, hg, fields, wait } of messages) {
        const header = [text('t', t), text('src', src), text('seq', seq), text('hg', hg)];
        const rest = [text('ts', '65a0b0c0'), text('ttl', '3'), ...fields];
        const id = [{ type: 1, name: 'srcuuid', value: uuid.padEnd(16, '.') } as const];
        const encoded = encodeDatagram(
          [...header, ...id, ...rest],
          'netstring',
          sharedKeys.outbound,
        );
        if (!encoded.ok) continue;
        node.tell({ kind: 'datagram', link: 'eth0', bytes: encoded.value }, now);
        now = pass(node, now, wait);
      }
      expect(node.sent.length).toBeLessThan(5000);
    }),
    { numRuns: runs },
  );
}, 3_600_000);
