/** apache with the server of Debian, on ports of this machine's loopback, and beside the agent of resource-agents. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apache, apacheIn } from '../../src/agents/apache.ts';
import { parseListeners, serverProcesses } from '../../src/agents/apache-processes.ts';
import { isServing, parseServerWords } from '../../src/agents/apache-words.ts';
import { seconds } from '../../src/units.ts';
import { type OneAgent, oneAgent } from './run-one.ts';
import { builtIns, environment } from './run-built-in.ts';
import { temporaryDirectory } from './temp-directory.ts';

const exec = promisify(execFile);
const program = '/usr/sbin/apache2';
const modules = '/usr/lib/apache2/modules';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface Site {
  readonly config: string;
  readonly pidFile: string;
  readonly port: number;
}

/** A configuration of its own; what still runs of it at the test's end is killed. */
async function site(more = ''): Promise<Site> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const config = join(directory, 'apache.conf');
  const pidFile = join(directory, 'pid');
  const load = ['mpm_event', 'authz_core', 'authz_host', 'status'].map(
    (name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`,
  );
  const lines = [
    ...load,
    `Listen 127.0.0.1:${String(port)}`,
    'ServerName 127.0.0.1',
    `PidFile ${pidFile}`,
    `DefaultRuntimeDir ${directory}`,
    `ErrorLog ${directory}/error.log`,
    `DocumentRoot ${directory}`,
    'User www-data',
    'Group www-data',
    'StartServers 1',
    '<Location /server-status>',
    'SetHandler server-status',
    'Require all granted',
    '</Location>',
    more,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  // The server's children run as another user.
  await chmod(directory, 0o755);
  onTestFinished(() => signalAll(config, 'SIGKILL'));
  return { config, pidFile, port };
}

async function signalAll(config: string, signal: NodeJS.Signals): Promise<void> {
  for (const pid of await serverProcesses({ program, config, isDefault: false })) {
    process.kill(pid, signal);
  }
}

async function answer(port: number): Promise<string> {
  const url = `http://127.0.0.1:${String(port)}/server-status?auto`;
  const got = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined);
  return got === undefined ? 'nobody' : String(got.status);
}

const limits = { start: seconds(15), stop: seconds(4), status: seconds(4), probe: seconds(1) };
const ours = (): OneAgent => oneAgent(apache, '');

describe('apache', () => {
  test('starts and stops the server, each act also when repeated', async () => {
    const { config, port } = await site();
    const { lines, run } = ours();
    const resource = `apache::${config}`;

    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await answer(port)).toBe('200');
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'running' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await answer(port)).toBe('nobody');
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(lines.filter((line) => !line.startsWith('info: '))).toEqual([]);
  });

  test('stops what the OCF agent has started, and is stopped by it', async () => {
    const { config, port } = await site();
    const { run } = builtIns({
      environment: { ...environment, HA_RSCTMP: '/run/resource-agents' },
    });
    const theirs = `OCF::heartbeat:apache::configfile=${config}::httpd=${program}`;
    const own = `apache::${config}`;

    for (const [starts, stops] of [
      [own, theirs],
      [theirs, own],
    ] as const) {
      expect(await run('start', starts)).toEqual({ kind: 'done' });
      expect(await answer(port)).toBe('200');
      expect(await run('status', stops)).toEqual({ kind: 'running' });
      expect(await run('stop', stops)).toEqual({ kind: 'done' });
      expect(await answer(port)).toBe('nobody');
      expect(await run('status', starts)).toEqual({ kind: 'stopped' });
    }
  }, 60_000);

  test('a server that has stopped answering is failed, is not started twice, and is stopped all the same', async () => {
    const { config, pidFile, port } = await site();
    const { lines, run } = oneAgent(apache, '', { limits });
    const resource = `apache::${config}`;
    await run('start', resource);
    await signalAll(config, 'SIGSTOP');
    // Children made meanwhile; the first process makes none any more.
    await signalAll(config, 'SIGSTOP');

    expect(await run('status', resource)).toEqual({
      kind: 'failed',
      code: 1,
      why: `apache runs, but does not answer on 127.0.0.1 port ${String(port)}`,
    });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(lines.filter((line) => line.includes('has not ended'))).toHaveLength(2);
    expect(await readFile(pidFile, 'latin1')).toMatch(/^\d+\n$/);
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
  });

  test('children without their server are stopped, also without a pid file and with a broken configuration', async () => {
    const { config, pidFile, port } = await site();
    const { run } = oneAgent(apache, '', { limits });
    const resource = `apache::${config}`;
    await run('start', resource);
    process.kill(Number(await readFile(pidFile, 'latin1')), 'SIGKILL');
    await exec('rm', [pidFile]);
    await writeFile(config, 'Nonsense\n');

    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await answer(port)).toBe('nobody');
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });

  test('a server that was started with other words is found by its pid file', async () => {
    const { config } = await site();
    const resource = `apache::${config}`;
    const directory = join(config, '..');
    await exec(program, ['-d', directory, '-f', 'apache.conf', '-k', 'start']);

    const { run } = ours();
    await expect.poll(() => run('status', resource)).toEqual({ kind: 'running' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });

  test('a test of the configuration is not taken for the server', async () => {
    const { config } = await site();
    const { run } = ours();
    const resource = `apache::${config}`;
    const held = spawn(program, ['-f', config, '-t'], { stdio: 'ignore' });
    held.kill('SIGSTOP');
    onTestFinished(() => void held.kill('SIGKILL'));

    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    expect(await run('start', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'running' });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });

  test('a server of another configuration that shares the pid file is neither taken nor stopped', async () => {
    const one = await site();
    const other = await site(`PidFile ${one.pidFile}`);
    const { run } = ours();
    await run('start', `apache::${one.config}`);

    expect(await run('status', `apache::${other.config}`)).toEqual({ kind: 'stopped' });
    expect(await run('stop', `apache::${other.config}`)).toEqual({ kind: 'done' });
    expect(await answer(one.port)).toBe('200');
  });

  test('what cannot be started is said with the words of the server', async () => {
    const { config } = await site('Listen nowhere');
    const { run } = ours();
    const taken = await site();
    const holder = await listener(taken.port);

    expect(await run('start', `apache::${config}`)).toMatchObject({
      code: 1,
      why: expect.stringContaining('AH00526: Syntax error on line') as string,
    });
    expect(await run('start', `apache::${taken.config}`)).toMatchObject({
      code: 1,
      why: expect.stringContaining('Address already in use') as string,
    });
    expect(await run('start', 'apache::/nope.conf')).toEqual({
      kind: 'failed',
      code: 5,
      why: 'there is no /nope.conf',
    });
    expect(await run('stop', 'apache::/nope.conf')).toEqual({ kind: 'done' });
    expect(await run('status', 'apache::/nope.conf')).toEqual({ kind: 'stopped' });
    holder.kill();
  });

  test('without a configuration that of the distribution is taken: httpd of Red Hat', async () => {
    const { config, port } = await site();
    const httpd = join(await temporaryDirectory(), 'httpd');
    await copyFile(program, httpd);
    const { run } = oneAgent(
      apacheIn([
        { program: '/nonexistent/apache2', config: '/nonexistent/apache2.conf' },
        { program: httpd, config: '/nonexistent/httpd.conf' },
        { program: httpd, config },
      ]),
      '',
    );

    expect(await run('start', 'apache')).toEqual({ kind: 'done' });
    expect(await answer(port)).toBe('200');
    expect(await run('status', 'apache')).toEqual({ kind: 'running' });
    expect(await run('stop', 'apache')).toEqual({ kind: 'done' });
    expect(await answer(port)).toBe('nobody');
  });

  test('settings of Debian are read from the file beside the configuration, and its directories are made', async () => {
    const { config, port } = await site('Define own ${OWN_NAME}\nAddModuleInfo ${OWN_NAME}');
    const text = await readFile(config, 'latin1');
    await writeFile(
      config,
      text
        .replace(/^AddModuleInfo.*$/m, '')
        .replace(/^PidFile.*$/m, 'PidFile ${APACHE_RUN_DIR}/pid'),
    );
    const directory = join(config, '..');
    const runDirectory = join(directory, 'run');
    await writeFile(
      join(directory, 'envvars'),
      `export OWN_NAME=site APACHE_RUN_DIR=${runDirectory}\n`,
    );
    const { run } = ours();

    expect(await run('start', `apache::${config}`)).toEqual({ kind: 'done' });
    expect(await answer(port)).toBe('200');
    expect(await readFile(join(runDirectory, 'pid'), 'latin1')).toMatch(/^\d+\n$/);
    expect(await run('stop', `apache::${config}`)).toEqual({ kind: 'done' });
  });

  test('where none is installed it is stopped and cannot be started', async () => {
    const { run } = oneAgent(apacheIn([]), '');

    expect(await run('status', 'apache')).toEqual({ kind: 'stopped' });
    expect(await run('stop', 'apache')).toEqual({ kind: 'done' });
    expect(await run('start', 'apache')).toMatchObject({ kind: 'failed', code: 5 });
  });

  test.each([
    ['apache::httpd.conf', '"httpd.conf" is not a configuration file from / on'],
    ['apache::/a::/b', 'at most one argument: apache::/etc/apache2/apache2.conf'],
  ])('%s cannot be started, and is stopped', async (resource, why) => {
    const { run } = ours();

    expect(await run('start', resource)).toEqual({ kind: 'failed', code: 2, why });
    expect(await run('stop', resource)).toEqual({ kind: 'done' });
    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
  });
});

/** Another program that has the port already. */
async function listener(port: number): Promise<ChildProcess> {
  const script = `require('node:net').createServer().listen(${String(port)}, '127.0.0.1', () => console.log())`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test.each([
  ['-k start', true],
  ['-k restart', true],
  ['-DFOREGROUND', true],
  ['-D t -T', true],
  ['-t', false],
  ['-D DUMP_RUN_CFG -tS', false],
  ['-kstop', false],
  ['-k graceful-stop', false],
  ['-V', false],
])('%s: a server, or not', (text, expected) => {
  expect(isServing(parseServerWords(['apache2', ...text.split(' ')]))).toBe(expected);
});

test('addresses are read as the kernel writes them', () => {
  const line = (local: string, state: string, inode: string): string =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0 0 10 0`;
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    line('016410AC:0050', '0A', '11'),
    line('00000000:01BB', '0A', '12'),
    line('0100007F:0051', '01', '13'),
    line('0100007F:0052', '0A', '14'),
    line('00000000000000000000000000000000:0050', '0A', '15'),
    line('B80D01200000000000000000010000FF:0050', '0A', '16'),
  ].join('\n');

  expect(parseListeners(table, new Set(['11', '12', '13', '15', '16']))).toEqual([
    { address: '172.16.100.1', port: 80 },
    { address: '127.0.0.1', port: 443 },
    { address: '::1', port: 80 },
    { address: '2001:db8:0:0:0:0:ff00:1', port: 80 },
  ]);
});
