/** The tutorial's first cluster: an address and a page that says who answers. */
import { join } from 'node:path';
import { Client } from './client.ts';
import { httpdFolder, lsbScript, serviceAddress } from './cluster-files.ts';
import type { Host } from './hosts.ts';
import { labProgram } from './project.ts';
import type { Scenario } from './scenario.ts';

/** The page comes from a small server of the lab's own, which needs nothing installed. */
export const web: Scenario = {
  group: `IPaddr::${serviceAddress}/16/eth0 httpd`,
  clientDoes: 'asks every 5 ms',
  mountPoint: undefined,
  servers: [],
  ownFolders: [],
  needs: [],
  install: async (host) => {
    await host.writeFile('/etc/init.d/httpd', httpdScript(), 0o755);
    await mustLink(host, process.execPath, 'node');
    await mustLink(host, labProgram, 'lab.js');
  },
  prepare: () => Promise.resolve(),
  setUp: () => Promise.resolve(),
  tearDown: () => Promise.resolve(),
  openClient: (host, pace, ended) => new Client(host, { pace, ended }),
};

/** Its start returns when the server listens (the server then closes its stdout), its stop when the server is gone. */
const httpdScript = (): string =>
  lsbScript({
    name: 'httpd',
    about: "the lab's web service",
    pidFile: '/run/httpd.pid',
    start: `said=$(setsid ${httpdFolder}/node ${httpdFolder}/lab.js web-server $pid_file </dev/null 2>>/var/log/httpd.log &)
  [ "$said" = listening ]`,
  });

async function mustLink(host: Host, target: string, name: string): Promise<void> {
  await host.run('mkdir', ['-p', httpdFolder]);
  await host.mustRun('ln', ['-sfn', '--', target, join(httpdFolder, name)]);
}
