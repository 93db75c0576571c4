/** Datagrams that were authentic once, recorded on the wire and sent again: they are history, whatever they say. */
import { describe, expect, test } from 'vitest';
import { clusterNodes, holding } from '../../src/heartbeat/views.ts';
import { text } from '../../src/message/messages.ts';
import { Wire, Witness } from './conversation.ts';

const statusOf = (node: Witness, name: string): string | undefined =>
  clusterNodes(node.state).find((one) => one.name === name)?.status;

/** Sends everything recorded to the node, over and over, one datagram a millisecond. */
function replay(recorded: readonly Uint8Array[], node: Witness, wire: Wire): () => void {
  let next = 0;
  return () => {
    const bytes = recorded[next % recorded.length];
    next += 1;
    if (bytes !== undefined) node.tell({ kind: 'datagram', link: 'eth0', bytes }, wire.now);
  };
}

describe('a recorded life of the peer', () => {
  test('does not keep it alive once it is dead: the survivor takes over in time', () => {
    const node = new Witness('node1', 100);
    const peer = new Witness('node2', 200);
    const wire = new Wire(node, peer);
    wire.pass(10_000);
    wire.leave(peer);
    wire.pass(3000, replay([...peer.sent], node, wire));
    expect(statusOf(node, 'node2')).toBe('dead');
    expect([...node.running].sort()).toEqual(['mail', 'web']);
    wire.pass(60_000, replay([...peer.sent], node, wire));
    expect(statusOf(node, 'node2')).toBe('dead');
    expect(holding(node.state)).toBe('all');
    expect([...node.running].sort()).toEqual(['mail', 'web']);
  });

  test('with its stop in it changes nothing in the life that follows', () => {
    const node = new Witness('node1', 100);
    const first = new Witness('node2', 200);
    const wire = new Wire(node, first);
    wire.pass(6000);
    first.tell({ kind: 'stop' }, wire.now);
    wire.pass(5000);
    wire.leave(first);
    const second = new Witness('node2', 201);
    wire.join(second);
    wire.pass(10_000);
    expect(statusOf(node, 'node2')).toBe('active');
    const held = [[...node.running].sort(), [...second.running].sort()];
    node.lines.length = 0;
    const quiet = node.sent.length;
    wire.pass(10_000);
    const usual = node.sent.length - quiet;
    wire.pass(10_000, replay([...first.sent], node, wire));
    expect(statusOf(node, 'node2')).toBe('active');
    expect([[...node.running].sort(), [...second.running].sort()]).toEqual(held);
    // Nothing is answered, nothing asked for again.
    expect(node.sent.length - quiet - usual).toBe(usual);
  });

  test('of its present life is not acted upon a second time', () => {
    const node = new Witness('node1', 100);
    const peer = new Witness('node2', 200);
    const wire = new Wire(node, peer);
    wire.pass(10_000);
    const moved = [text('t', 'ask_resources'), text('rsc_hold', 'all'), text('info', 'me')];
    peer.tell({ kind: 'local-message', fields: moved }, wire.now);
    wire.pass(3000);
    expect([...node.running].sort()).toEqual(['mail', 'web']);
    node.tell({ kind: 'local-message', fields: moved }, wire.now);
    wire.pass(3000);
    expect([...peer.running].sort()).toEqual(['mail', 'web']);
    // Among them: its wish to go standby, and its `done`.
    wire.pass(20_000, replay([...peer.sent], node, wire));
    expect([...node.running]).toEqual([]);
    expect([...peer.running].sort()).toEqual(['mail', 'web']);
  });
});
