/** Words that the story and the live view share. */
import { nodePlans, serviceAddress } from './cluster-files.ts';
import type { LabOptions } from './options.ts';

const titles = { ours: 'ha-heartbeat', c: 'C heartbeat' } as const;

/** One line that says who runs what, and how. */
export function describeSetting(options: LabOptions): string {
  const [first, second] = nodePlans;
  const nodes = [
    `${first.name} ${first.address} ${titles[options.implementations[0]]}`,
    `${second.name} ${second.address} ${titles[options.implementations[1]]}`,
  ];
  return `${nodes.join(' | ')} | ${describeTiming(options)} | http://${serviceAddress}/`;
}

/** The medium, the signature and the times. */
export function describeTiming(options: LabOptions): string {
  const { media, auth, keepalive, deadtime } = options;
  return `${media} eth0, ${auth}, keepalive ${keepalive}, deadtime ${deadtime}`;
}
