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
    'auto_failback on',
    ...nodePlans.map(({ name }) => `node ${name}`),
    '',
  ].join('\n');
}

/** haresources: node1 is where the service belongs. */
export const haresources = (): string => `node1 IPaddr::${serviceAddress}/16/eth0 httpd\n`;

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

/** The folder, on a host, with the links that the service's script needs: `node` and `lab.js`. */
export const httpdFolder = '/etc/lab-httpd';

/**
 * /etc/init.d/httpd: a web page that says which host answers. Its start returns when the server listens (the server then
 * closes its stdout), its stop when the server is gone.
 */
export const httpdScript = (): string => `#!/bin/sh
# httpd: the lab's web service, an LSB script
pid_file=/run/httpd.pid
running() { [ -f $pid_file ] && kill -0 "$(cat $pid_file)" 2>/dev/null; }
case $1 in
start)
  running && exit 0
  said=$(setsid ${httpdFolder}/node ${httpdFolder}/lab.js web-server $pid_file </dev/null 2>>/var/log/httpd.log &)
  [ "$said" = listening ]
  ;;
stop)
  running && kill "$(cat $pid_file)"
  tries=0
  while running; do
    [ $((tries += 1)) -gt 200 ] && exit 1
    sleep 0.02
  done
  rm -f $pid_file
  ;;
status)
  if running; then echo "httpd is running"; else echo "httpd is stopped"; exit 3; fi
  ;;
*)
  echo "usage: httpd {start|stop|status}" >&2
  exit 2
  ;;
esac
`;
