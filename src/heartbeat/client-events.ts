/** Which messages API clients hear of by default (spec wire 5 and client-api 8.2). */

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
