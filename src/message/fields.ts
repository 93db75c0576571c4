/** The wire's short names, in words (spec wire 4 and 5). */
export const wire = {
  type: 't',
  source: 'src',
  sourceUuid: 'srcuuid',
  destination: 'dest',
  destinationUuid: 'destuuid',
  sequence: 'seq',
  generation: 'hg',
  time: 'ts',
  load: 'ld',
  timeToLive: 'ttl',
  auth: 'auth',
  status: 'st',
  deadTime: 'dt',
  protocol: 'protocol',
  acknowledged: 'ackseq',
  first: 'firstseq',
  last: 'lastseq',
  info: 'info',
  nodes: 'nodelist',
  deletedNodes: 'delnodelist',
  hold: 'rsc_hold',
  reach: 'rtype',
  stable: 'isstable',
  address: 'ipaddr',
  weOwn: 'weown',
  ok: 'ok',
  node: 'node',
  result: 'result',
} as const;

/** Types that begin so carry no sequence number and no load (spec wire 0). */
export const isUnnumbered = (type: string): boolean => type.startsWith('NS_');
