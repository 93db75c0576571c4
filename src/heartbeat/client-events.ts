/** What API clients are told, and as which kind of event (spec wire 5 and client-api 8). */
import type { Membership } from '../membership/state.ts';
import type { MembershipEffect } from '../membership/types.ts';
import { generationOf, isAfterGap, livePeers, unackedCount } from '../membership/views.ts';
import { type Field, type Message, valueOf } from '../message/messages.ts';
import type { NodeName } from '../units.ts';
import type { ClientEventKind, NodeEffect } from './effects.ts';

/** What the node keeps for its clients. */
export interface ForClients {
  /** Comings and goings of clients elsewhere that wait for the packets before them; bounded by a peer's 500 numbers. */
  readonly heldBack: readonly Message[];
  /** Nothing is taken from clients, for the others are far behind with what was sent. */
  readonly arePaused: boolean;
}

export const nothingForClients: ForClients = { heldBack: [], arePaused: false };

/** Unacknowledged messages beyond which clients have to wait (spec wire 6.5). */
const fullWindow = 250;

/** Consumed by the daemon; a `status` is told only where it changes something. */
const kept = new Set([
  'status',
  'reqnodes',
  'repnodes',
  'addnode',
  'delnode',
  'setweight',
  'setsite',
  'query-cstatus',
]);

export const isClientEvent = (type: string): boolean => !kept.has(type) && !type.startsWith('NS_');

/** What a message of this node's own is to its own clients; undefined for what only the daemon sees. */
export function ofOwnMessage(
  fields: readonly Field[],
  self: NodeName,
): ClientEventKind | undefined {
  const type = valueOf(fields, 't') ?? '';
  const dest = valueOf(fields, 'dest');
  if (dest !== undefined && dest.toLowerCase() !== self) return 'dropped';
  if (type === 'status') return 'no-change';
  return isClientEvent(type) ? 'keep' : undefined;
}

/** Whether the effects of a message tell clients of it as news. */
export function isNews(effects: readonly MembershipEffect[], message: Message): boolean {
  return effects.some((effect) => 'message' in effect && effect.message === message);
}

/** The coming or going of a client elsewhere waits until nothing is missing before it (spec client-api 8.1, rule 4). */
export function mustWait(membership: Membership, { fields, header }: Message): boolean {
  return valueOf(fields, 't') === 'hbapi-clstat' && isAfterGap(membership, header);
}

/** What clients get, or have to put up with, after a step of the cluster; what waits in vain is forgotten. */
export function settleClients(
  clients: ForClients,
  membership: Membership,
): { readonly clients: ForClients; readonly effects: readonly NodeEffect[] } {
  const arePaused = unackedCount(membership) > fullWindow;
  if (clients.heldBack.length === 0 && arePaused === clients.arePaused)
    return { clients, effects: [] };
  const heldBack = clients.heldBack.filter((message) => mustWait(membership, message));
  const due = clients.heldBack.filter(
    (message) => !heldBack.includes(message) && isOfThisLife(membership, message),
  );
  const told = due.map(({ fields }) => ({ kind: 'client-event', event: 'keep', fields }) as const);
  return {
    clients: { heldBack, arePaused },
    effects: arePaused === clients.arePaused ? told : [...told, ...pause(arePaused)],
  };
}

function isOfThisLife(membership: Membership, { header }: Message): boolean {
  const isAlive = livePeers(membership).includes(header.src);
  return isAlive && generationOf(membership, header.src) === header.hg;
}

function pause(arePaused: boolean): readonly NodeEffect[] {
  const text = `all clients are now ${arePaused ? 'paused' : 'resumed'}`;
  return [
    { kind: 'pause-clients', arePaused },
    { kind: 'log', line: { level: 'info', text } },
  ];
}
