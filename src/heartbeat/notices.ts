/** What clients and the scripts of `rc.d` are told that no message says, and which messages the scripts are told of. */
import { type Field, type NodeStatus, text, valueOf } from '../message/messages.ts';
import type { NodeName } from '../units.ts';
import { isClientEvent } from './client-events.ts';
import type { NodeEffect } from './effects.ts';

/**
 * What C's own scripts of these names do, this daemon does itself: run as well, `status` would take a dead node's groups
 * a second time, and `hb_takeover` ask for a second standby. The rest are the types for which C runs no script.
 */
const carriedOut = new Set([
  ...['status', 'ip-request', 'ip-request-resp', 'hb_takeover', 'ask_resources'],
  ...['starting', 'resource', 'shutdone'],
]);

/** Whether scripts are told of messages of this type (spec resources 9, wire 5). */
export const isNotice = (type: string): boolean => isClientEvent(type) && !carriedOut.has(type);

/** What the script of that type in rc.d is told of a message; undefined where none is. `status` is our own. */
export function noticeOf(fields: readonly Field[], status: NodeStatus): NodeEffect | undefined {
  const type = valueOf(fields, 't') ?? '';
  return isNotice(type) ? { kind: 'notify', type, fields, status } : undefined;
}

/** Made up locally, as the C daemon does; never on the wire (spec client-api 8.2). */
export const deathNotice = (node: NodeName, wall: number): readonly Field[] => [
  text('t', 'status'),
  text('seq', '1'),
  text('ts', wall.toString(16)),
  text('src', node),
  text('st', 'dead'),
];

/** The scripts of a death do nothing for a ping node, which they know by `info` (spec membership 7). */
export const pingDeathNotice = (node: NodeName, wall: number): readonly Field[] => [
  ...deathNotice(node, wall),
  text('info', 'ping'),
];

/** All that clients hear of a node that was removed. */
export const removalNotice = (node: NodeName): readonly Field[] => [
  text('t', 'delnode'),
  text('node', node),
];

/** The same for a link. */
export const linkNotice = (node: NodeName, link: string, status: string): readonly Field[] => [
  text('t', 'ifstat'),
  text('node', node),
  text('ifname', link),
  text('st', status),
];
