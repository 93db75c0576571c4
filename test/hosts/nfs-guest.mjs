/** In a small machine with an NFS server (nfs-guest.sh): the built-in agent, act by act. Each result is a line of stdout. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { filesystem } from '../../dist/agents/filesystem.js';
import { runBuiltIn } from '../../dist/agents/run-built-in.js';

const point = '/var/www/html';
const args = ['172.16.100.10:/web/htdocs', point, 'nfs'];
const text = ['Filesystem', ...args].join('::');
const limit = 120_000;
const options = {
  environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
  directory: '/',
  limits: { start: limit, stop: limit, status: limit, probe: limit },
  log: (line) => say(`${line.level}: ${line.text}`),
};

const say = (words) => process.stdout.write(`${words}\n`);
const isMounted = () => readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${point} `);

async function act(action) {
  const call = { resource: { text, agent: 'Filesystem', args }, action };
  const { kind } = await runBuiltIn(filesystem, options, call, undefined);
  say(`${action} ${kind}`);
}

/** A process that works in the mounted folder. */
async function userOfMount() {
  const user = spawn('sh', ['-c', 'exec 3<index.html; echo; sleep 600'], { cwd: point });
  await once(user.stdout, 'data');
}

for (const action of ['status', 'start', 'start', 'status']) await act(action);
say(readFileSync(`${point}/index.html`, 'utf8').trim());
for (const action of ['stop', 'stop', 'status', 'start']) await act(action);
await userOfMount();
await act('stop');
await act('start');
await userOfMount();
execFileSync('ip', ['-n', 'nas', 'link', 'set', 'eth0', 'down']);
say('the server is gone');
await act('stop');
say(isMounted() ? 'still mounted' : 'nothing is mounted');
process.exit(0); // what waits in the kernel for the server is not waited for
