/** Which messages the scripts of `rc.d` are told about (spec resources 9, wire 5). */
import { isClientEvent } from './client-events.ts';

/**
 * What C's own scripts of these names do, this daemon does itself: run as well, `status` would take a dead node's groups
 * a second time, and `hb_takeover` ask for a second standby. The rest are the types for which C runs no script.
 */
const carriedOut = new Set([
  ...['status', 'ip-request', 'ip-request-resp', 'hb_takeover', 'ask_resources'],
  ...['starting', 'resource', 'shutdone'],
]);

export const isNotice = (type: string): boolean => isClientEvent(type) && !carriedOut.has(type);
