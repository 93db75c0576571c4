/** The files of the tutorial's web cluster, as an operator would write them. */
import { durationMillis, type LabOptions } from './options.ts';

export interface ClusterNodePlan {
  readonly name: string;
  readonly address: string;
}

/** The two nodes of the tutorial. */
export const nodePlans: readonly [ClusterNodePlan, ClusterNodePlan] = [
  { name: 'node1', address: '172.16.100.6' },
  { name: 'node2', address: '172.16.100.7' },
];

/** The address that moves, and the port of the page. */
export const serviceAddress = '172.16.100.1';
export const servicePort = 80;

/** ha.cf, the same on both nodes. */
export function haCf(options: LabOptions): string {
  const deadtime = durationMillis(options.deadtime) ?? 0;
  return [
    'logfile /var/log/ha-log',
    'debugfile /var/log/ha-debug',
    `keepalive ${options.keepalive}`,
    `warntime ${String(Math.round(deadtime / 2))}ms`,
    `deadtime ${options.deadtime}`,
    // At least 10 s, or the C heartbeat warns.
    `initdead ${String(Math.ceil(Math.max(10_000, 2 * deadtime) / 1000))}`,
    ...mediaLines(options.media),
    `auto_failback ${options.autoFailback}`,
    ...nodePlans.map(({ name }) => `node ${name}`),
    '',
  ].join('\n');
}

/** haresources: node1 is where the service belongs. */
export const haresources = (group: string): string => `node1 ${group}\n`;

/** authkeys, which must have mode 0600. */
export function authkeys(method: LabOptions['auth'], secret: string): string {
  return `auth 1\n1 ${method === 'crc' ? 'crc' : `${method} ${secret}`}\n`;
}

function mediaLines(media: LabOptions['media']): readonly string[] {
  switch (media) {
    case 'bcast':
      return ['bcast eth0'];
    case 'mcast':
      return ['mcast eth0 225.0.0.15 694 1 0'];
    case 'ucast':
      // Both nodes have the same file; a node passes over the line with its own address.
      return nodePlans.map(({ address }) => `ucast eth0 ${address}`);
  }
}

/** The folder, on a host, with what the script of the web service needs. */
export const httpdFolder = '/etc/lab-httpd';

interface ServiceScript {
  readonly name: string;
  readonly about: string;
  /** The file with the id of the service's process, which leads a process group. */
  readonly pidFile: string;
  /** Commands that end with success once the service works; `$pid_file` names the file, and `running` tells whether it runs. */
  readonly start: string;
}

/** An LSB script in /etc/init.d. Its stop returns when the service is gone; who does not end within five seconds is killed. */
export function lsbScript({ name, about, pidFile, start }: ServiceScript): string {
  return `#!/bin/sh
# ${name}: ${about}, an LSB script
pid_file=${pidFile}
pid() { cat $pid_file 2>/dev/null; }
running() { [ -n "$(pid)" ] && kill -0 "$(pid)" 2>/dev/null; }
case $1 in
start)
  running && exit 0
  ${start}
  ;;
stop)
  leader=$(pid)
  running && kill "$leader"
  tries=0
  while [ -n "$leader" ] && kill -0 "$leader" 2>/dev/null; do
    [ $((tries += 1)) = 250 ] && kill -KILL -- "-$leader"
    [ $tries -gt 500 ] && exit 1
    sleep 0.02
  done
  rm -f $pid_file
  ;;
status)
  if running; then echo "${name} is running"; else echo "${name} is stopped"; exit 3; fi
  ;;
*)
  echo "usage: ${name} {start|stop|status}" >&2
  exit 2
  ;;
esac
`;
}
