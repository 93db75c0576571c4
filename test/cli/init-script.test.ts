/** `etc-ha.d/init.d/heartbeat` with a stand-in for the daemon: each row of the table in spec config 13. */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../etc-ha.d/init.d/heartbeat', import.meta.url));
const starting = 'Starting High-Availability services: ';
const stopping = 'Stopping High-Availability services: ';
const reloading = 'Reloading High-Availability services: ';
const waiting = 'Waiting to allow resource takeover to complete:';

/** Writes its words to `calls`, and answers as the file of the option says: a status, then what goes to stderr. */
const heartbeat = `#!/bin/sh
echo "heartbeat $*" >> "$HA_ROOT/calls"
answer=$HA_ROOT/answer\${1-}
[ -f "$answer" ] || exit 0
sed 1d "$answer" >&2
[ "\${1-}" != -s ] || echo 'heartbeat says something'
exit "$(head -n 1 "$answer")"
`;
const recorder = (name: string): string =>
  `#!/bin/sh\necho "${name} $*" >> "$HA_ROOT/calls"\n[ "$1" != verifyallidle ] || echo 'CRITICAL: Resource R is active, and should not be!' >&2\n`;

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly string[];
}

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'init-script-'));
  await put('bin/heartbeat', heartbeat, 0o755);
  await put('bin/hb_standby', recorder('hb_standby'), 0o755);
  await put('bin/sleep', recorder('sleep'), 0o755);
  await put('etc/ha.d/ha.cf', 'auto_failback on # as agreed\nkeepalive 1\ndeadtime 15\n');
  await put('etc/ha.d/haresources', '');
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function put(path: string, text: string, mode: number = 0o644): Promise<void> {
  const whole = join(root, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, text);
  await chmod(whole, mode);
}

/** How `heartbeat` with this option is to end; '' is the start. */
const answer = (option: string, status: number, stderr = ''): Promise<void> =>
  put(`answer${option}`, `${String(status)}\n${stderr}`);

async function run(...words: string[]): Promise<Ran> {
  const env = {
    HA_ROOT: root,
    HEARTBEAT: join(root, 'bin/heartbeat'),
    HB_STANDBY: join(root, 'bin/hb_standby'),
    HA_NOARCHBIN: join(root, 'share'),
    PATH: '/usr/bin:/bin',
  };
  // Its own sleep, whatever the script puts in front of PATH: a function of the shell is found first.
  const shell = `sleep() { "$HA_ROOT/bin/sleep" "$@"; }; . "$0"`;
  const ended = await new Promise<Omit<Ran, 'calls'>>((resolve) => {
    execFile('sh', ['-c', shell, script, ...words], { env }, (error, stdout, stderr) => {
      resolve({ exit: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
  const calls = await readFile(join(root, 'calls'), 'utf8').catch(() => '');
  return { ...ended, calls: calls.split('\n').filter((line) => line !== '') };
}

const isThere = (path: string): Promise<boolean> =>
  access(join(root, path)).then(
    () => true,
    () => false,
  );

const isRunning = (): Promise<void> => answer('-s', 0);
const isStopped = (): Promise<void> => answer('-s', 3);

describe.each([['start'], ['stop'], ['status'], ['bogus']])('%s', (word) => {
  test('does nothing, and is content, without the program', async () => {
    await rm(join(root, 'bin/heartbeat'));
    expect(await run(word)).toEqual({ exit: 0, stdout: '', stderr: '', calls: [] });
  });

  test('does nothing without ha.cf', async () => {
    await rm(join(root, 'etc/ha.d/ha.cf'));
    expect(await run(word)).toEqual({
      exit: 0,
      stdout: `Heartbeat not configured: ${root}/etc/ha.d/ha.cf not found. Heartbeat failure [rc=1]. Failed.\n`,
      stderr: '',
      calls: [],
    });
  });
});

describe('start', () => {
  test('starts the daemon, and leaves the lock file', async () => {
    expect(await run('start')).toEqual({
      exit: 0,
      stdout: `${starting}Done.\n\n`,
      stderr: '',
      calls: ['heartbeat '],
    });
    expect(await isThere('var/lock/subsys/heartbeat')).toBe(true);
  });

  test('tells the status of a failure, and then the words of the daemon', async () => {
    await answer('', 6, 'ERROR: Illegal directive [bogus]\n');
    expect(await run('start')).toMatchObject({
      exit: 6,
      stdout: `${starting} Heartbeat failure [rc=6]. Failed.\n\nERROR: Illegal directive [bogus]\n`,
    });
    expect(await isThere('var/lock/subsys/heartbeat')).toBe(false);
  });

  test('runs the script of the administrator before and after', async () => {
    await put('etc/ha.d/resource.d/startstop', recorder('startstop'), 0o755);
    await answer('', 6);
    expect((await run('start')).calls).toEqual([
      'startstop pre-start',
      'heartbeat ',
      'startstop post-start 6',
    ]);
  });

  test('takes ipresources of old for haresources', async () => {
    await rm(join(root, 'etc/ha.d/haresources'));
    await put('etc/ha.d/ipresources', 'node1 172.16.100.1\n');
    await run('start');
    expect(await readFile(join(root, 'etc/ha.d/haresources'), 'utf8')).toBe('node1 172.16.100.1\n');
  });

  test('lets C’s resource manager complain about what is active, and starts', async () => {
    await put('share/ResourceManager', recorder('ResourceManager'), 0o755);
    await isStopped();
    const ran = await run('start');
    expect(ran).toMatchObject({ exit: 0, stdout: `${starting}Done.\n\n` });
    expect(ran.stderr).toContain('CRITICAL: Resource R is active, and should not be!');
    expect(ran.calls).toEqual(['heartbeat -s', 'ResourceManager verifyallidle', 'heartbeat ']);
  });

  test('of a daemon that runs is no reason for complaints', async () => {
    await put('share/ResourceManager', recorder('ResourceManager'), 0o755);
    await isRunning();
    expect(await run('start')).toMatchObject({
      exit: 0,
      stdout: `${starting}Done.\n\n`,
      stderr: '',
      calls: ['heartbeat -s', 'heartbeat '],
    });
  });
});

describe('stop', () => {
  test('stops the daemon, and takes the lock file away', async () => {
    await put('var/lock/subsys/heartbeat', '');
    await put('etc/ha.d/resource.d/startstop', recorder('startstop'), 0o755);
    await answer('-k', 0, 'INFO: Heartbeat already stopped.\n');
    expect(await run('stop')).toEqual({
      exit: 0,
      stdout: `${stopping}Done.\n\n`,
      stderr: '',
      calls: ['startstop pre-stop', 'heartbeat -k', 'startstop post-stop 0'],
    });
    expect(await isThere('var/lock/subsys/heartbeat')).toBe(false);
  });

  test('ends with the status of the daemon’s end, and says why', async () => {
    await put('var/lock/subsys/heartbeat', '');
    await answer('-k', 4, 'ERROR: Could not kill pid 7\n');
    expect(await run('stop')).toMatchObject({
      exit: 4,
      stdout: `${stopping} Heartbeat failure [rc=4]. Failed.\n\n`,
      stderr: 'ERROR: Could not kill pid 7\n',
    });
    expect(await isThere('var/lock/subsys/heartbeat')).toBe(true);
  });
});

test.each([[0], [1], [3]])(
  'status ends with the %i of the daemon, and its words',
  async (status) => {
    await answer('-s', status);
    expect(await run('status')).toEqual({
      exit: status,
      stdout: 'heartbeat says something\n',
      stderr: '',
      calls: ['heartbeat -s'],
    });
  },
);

describe.each([['reload'], ['force-reload']])('%s', (word) => {
  test('has the daemon read its files', async () => {
    await answer('-r', 0, 'info: Signalling heartbeat pid 7 to reread config files\n');
    expect(await run(word)).toEqual({
      exit: 0,
      stdout: `${reloading}Done.\n\n`,
      stderr: 'info: Signalling heartbeat pid 7 to reread config files\n',
      calls: ['heartbeat -r'],
    });
  });

  test('tells of files with errors', async () => {
    await answer('-r', 1, 'ha.cf:1:1: error\n');
    expect(await run(word)).toMatchObject({
      exit: 1,
      stdout: `${reloading} Heartbeat failure [rc=1]. Failed.\n\n`,
      stderr: 'ha.cf:1:1: error\n',
    });
  });
});

describe('restart', () => {
  test('leaves the other node time to take over, and calls no script of the administrator', async () => {
    await put('etc/ha.d/resource.d/startstop', recorder('startstop'), 0o755);
    expect(await run('restart')).toEqual({
      exit: 0,
      stdout: `${stopping}Done.\n\n${waiting}Done.\n\n${starting}Done.\n\n`,
      stderr: '',
      calls: ['heartbeat -k', 'sleep 25', 'heartbeat '],
    });
  });

  test.each([
    ['10s', '20'],
    ['500ms', '11'],
    ['2500ms', '13'],
    ['2000000us', '12'],
    ['1.5', '12'],
  ])('knows deadtime %s', async (deadtime, seconds) => {
    await put('etc/ha.d/ha.cf', `#deadtime 90\n deadtime\t${deadtime} # short\n`);
    expect((await run('restart')).calls).toContain(`sleep ${seconds}`);
  });

  test('knows the deadtime of a file that has none', async () => {
    await put('etc/ha.d/ha.cf', 'keepalive 1\n');
    expect((await run('restart')).calls).toContain('sleep 40');
  });

  test('ends with the status of the start', async () => {
    await answer('', 6);
    expect((await run('restart')).exit).toBe(6);
  });
});

describe('standby', () => {
  test.each([['on'], ['off']])('with auto_failback %s asks for it', async (failback) => {
    await isRunning();
    await put('etc/ha.d/ha.cf', `auto_failback ${failback}\n`);
    expect(await run('standby')).toEqual({
      exit: 0,
      stdout: `auto_failback: ${failback}\nAttempting to enter standby modeDone.\n`,
      stderr: '',
      calls: ['heartbeat -s', 'hb_standby '],
    });
  });

  test('with nice_failback of old asks for it, too', async () => {
    await isRunning();
    await put('etc/ha.d/ha.cf', 'nice_failback on\n');
    expect((await run('standby')).calls).toContain('hb_standby ');
  });

  test('needs a daemon that runs', async () => {
    await isStopped();
    expect(await run('standby')).toEqual({
      exit: 1,
      stdout: 'auto_failback: on\nHeartbeat is not currently running.\n',
      stderr: '',
      calls: ['heartbeat -s'],
    });
  });

  test('tells when it could not be asked for', async () => {
    await isRunning();
    await put('bin/hb_standby', '#!/bin/sh\nexit 2\n', 0o755);
    expect(await run('standby')).toMatchObject({
      exit: 2,
      stdout:
        'auto_failback: on\nAttempting to enter standby mode Heartbeat failure [rc=2]. Failed.\n',
    });
  });

  test.each([
    ['auto_failback legacy\n', 'auto_failback is set to legacy.  Cannot enter standby.'],
    ['keepalive 1\n', 'auto_failback defaulted to legacy.  Cannot enter standby.'],
    ['nice_failback off\n', 'nice_failback is disabled.  Cannot enter standby.'],
  ])('with %j is refused', async (haCf, why) => {
    await isRunning();
    await put('etc/ha.d/ha.cf', haCf);
    expect(await run('standby')).toEqual({
      exit: 1,
      stdout: `${why}\n`,
      stderr: '',
      calls: [],
    });
  });
});

test.each([[[]], [['bogus']], [['--help']]])('%j is answered with the usage', async (words) => {
  expect(await run(...words)).toEqual({
    exit: 1,
    stdout: `Usage: ${script} {start|stop|status|restart|reload|force-reload}\n`,
    stderr: '',
    calls: [],
  });
});

test('defaults of the distribution may say where the program is', async () => {
  await put('elsewhere/heartbeat', '#!/bin/sh\nexit 5\n', 0o755);
  await put('etc/default/heartbeat', `HEARTBEAT=${root}/elsewhere/heartbeat\n`);
  expect((await run('status')).exit).toBe(5);
});
