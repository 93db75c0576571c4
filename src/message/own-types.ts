/** Which words are the daemon's own (decisions: what named clients may send). */
import { isUnnumbered } from './fields.ts';

const ownTypes: ReadonlySet<string> = new Set([
  'status',
  'resource',
  'starting',
  'shutdone',
  'stonith',
  'ip-request',
  'ip-request-resp',
  'reqnodes',
  'repnodes',
]);

/**
 * Whether only the daemon itself may send messages of this type: they would change what nodes believe of each other.
 * `ask_resources` and `hb_takeover` are not among them, for `ipfail` and operators' tools send those.
 */
export const isDaemonsOwn = (type: string): boolean => ownTypes.has(type) || isUnnumbered(type);
