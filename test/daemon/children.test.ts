import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Respawn } from '../../src/config/settings.ts';
import { commandOf, findProgram, type ProgramPlaces } from '../../src/daemon/child-launch.ts';
import { childEnvironment, ManagedChildren } from '../../src/daemon/children.ts';
import { realWorld } from '../../src/daemon/running-node.ts';
import { keepDescriptorsToOurselves } from '../../src/native/descriptors.ts';
import { eventually } from '../hosts/eventually.ts';

let root: string;
let places: ProgramPlaces;
let log: string[];
let children: ManagedChildren | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hb-children-'));
  log = [];
  places = {
    helperDirectories: [join(root, 'libexec'), join(root, 'lib')],
    ownIpfail: join(root, 'ipfail.js'),
    passwd: join(root, 'passwd'),
  };
  const [uid, gid] = [String(process.getuid?.()), String(process.getgid?.())];
  await writeFile(places.passwd, `# users\nme:x:${uid}:${gid}:x:/:/bin/sh\nbroken:x:a:b\n`);
});
afterEach(async () => {
  children?.abandon();
  children = undefined;
  await rm(root, { recursive: true });
});

const at = { file: 'ha.cf', line: 1, column: 1 };

function line(command: string, ...args: readonly string[]): Respawn {
  return { kind: 'respawn', user: 'me', command, args, at };
}

async function program(name: string, body: string): Promise<string> {
  const path = join(root, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

async function start(...programs: readonly Respawn[]): Promise<ManagedChildren> {
  children = new ManagedChildren({
    programs,
    places,
    environment: { HA_CURHOST: 'node1', PATH: '/usr/bin:/bin' },
    world: realWorld,
    log: ({ level, text }) => log.push(`${level}: ${text}`),
    onFailfast: (words) => log.push(`failfast: ${words}`),
    onThrow: (error) => {
      throw error;
    },
  });
  await children.start();
  return children;
}

const read = (name: string): Promise<string> => readFile(join(root, name), 'utf8').catch(() => '');

async function openFiles(pid: string): Promise<readonly string[]> {
  const names = await readdir(`/proc/${pid}/fd`);
  const links = names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => 'closed'));
  return Promise.all(links);
}

async function written(name: string): Promise<string> {
  await eventually(`${name} is written`, async () => (await read(name)).endsWith('\n'), 5000);
  return (await read(name)).trimEnd();
}

describe('the program of a respawn line', () => {
  test('is the one that ha.cf names, with its arguments', async () => {
    const command = await program('bin/tool', ':');

    expect(await findProgram(line(command, 'a b', '$(c)'), places)).toEqual({
      ok: true,
      value: {
        uid: process.getuid?.(),
        gid: process.getgid?.(),
        file: command,
        args: ['a b', '$(c)'],
      },
    });
  });

  test('that is a helper of heartbeat is found where another distribution puts it', async () => {
    const there = await program('lib/dopd', ':');

    expect(await findProgram(line('/usr/nowhere/dopd'), places)).toMatchObject({
      ok: true,
      value: { file: there },
    });
  });

  test('that is no helper is not looked for elsewhere', async () => {
    await program('lib/tool', ':');

    expect(await findProgram(line('/usr/nowhere/tool'), places)).toEqual({
      ok: false,
      reason: '/usr/nowhere/tool is not installed',
    });
  });

  test('is our own ipfail where there is no other, run by this Node.js', async () => {
    const command = '/usr/nowhere/ipfail';
    expect(await findProgram(line(command), places)).toMatchObject({ ok: false });
    await writeFile(places.ownIpfail, '');
    expect(await findProgram(line(command, '-x'), places)).toMatchObject({
      value: { file: process.execPath, args: [places.ownIpfail, '-x'] },
    });
    const other = await program('libexec/ipfail', ':');
    expect(await findProgram(line(command), places)).toMatchObject({ value: { file: other } });
  });

  test.each(['nobody-here', 'broken'])('does not start for the user %s', async (user) => {
    const command = await program('bin/tool', ':');

    expect(await findProgram({ ...line(command), user }, places)).toMatchObject({ ok: false });
  });
});

describe('another user', () => {
  const wanted = { uid: 111, gid: 112, file: '/x/ipfail', args: ['-v'] };

  test('comes with all its groups, by setpriv', () => {
    expect(commandOf(wanted, '/usr/bin/setpriv', 0)).toEqual({
      file: '/usr/bin/setpriv',
      args: ['--reuid', '111', '--regid', '112', '--init-groups', '--', '/x/ipfail', '-v'],
    });
  });

  test('comes without further groups where setpriv is missing', () => {
    expect(commandOf(wanted, undefined, 0)).toEqual(wanted);
  });

  test('is no other user when we are it', () => {
    expect(commandOf(wanted, '/usr/bin/setpriv', 111)).toEqual({ file: '/x/ipfail', args: ['-v'] });
  });
});

test.skipIf(process.getuid?.() !== 0)('root starts a child with the ids of its user', async () => {
  await writeFile(places.passwd, 'hb:x:65534:65534:x:/:/bin/sh\n');
  const out = join(root, 'ids');
  await writeFile(out, '', { mode: 0o666 });
  // The directory must be open to that user.
  const command = await program('ids.sh', `id -u >${out}; id -g >>${out}; exec sleep 60`);
  await chmod(root, 0o755);
  await chmod(out, 0o666);
  await start({ ...line(command), user: 'hb' });
  await eventually('both ids', async () => (await read('ids')).split('\n').length > 2, 5000);

  expect(await read('ids')).toBe('65534\n65534\n');
});

describe('a child at work', () => {
  test('has our environment, /dev/null, a group of its own, and no other descriptor', async () => {
    const command = await program(
      'look',
      [
        `cd ${root}`,
        'env | grep ^HA_ >environment',
        'cut -d" " -f5 /proc/$$/stat >group; echo $$ >pid',
        'exec sleep 60',
      ].join('\n'),
    );
    await keepDescriptorsToOurselves();
    await start(line(command));
    const pid = await written('pid');

    expect(await read('environment')).toBe('HA_CURHOST=node1\n');
    await eventually(
      'it has become sleep, with the three standard streams and no more',
      async () => (await openFiles(pid)).join(' ') === '/dev/null /dev/null /dev/null',
      5000,
      async () => (await openFiles(pid)).join(' '),
    );
    expect((await read('group')).trim()).toBe(pid);
    expect(log.at(-1)).toContain(`(pid ${pid})`);
  });

  test('gets its arguments as they are, never through a shell', async () => {
    const command = await program(
      'arguments',
      `printf '<%s>' "$@" >${root}/arguments.out; echo >>${root}/arguments.out; exec sleep 60`,
    );
    await start(line(command, '$(id)', ';', '*', 'a  b'));

    expect(await written('arguments.out')).toBe('<$(id)><;><*><a  b>');
  });

  test('is started again, and stopped for good with the whole of its group', async () => {
    const command = await program(
      'twice',
      `echo $$ >>${root}/lives; [ "$(wc -l <${root}/lives)" = 2 ] || exit 7\nsleep 600 & echo $! >${root}/grandchild; wait`,
    );
    const started = await start(line(command));
    const grandchild = await written('grandchild');
    await started.stop();

    expect((await read('lives')).trim().split('\n')).toHaveLength(2);
    expect(log.join('\n')).toMatch(/WARN: Managed .*twice process \d+ exited with return code 7\./);
    expect(log.at(-1)).toMatch(/^info: Managed .*twice .*killed by signal 15 \[SIGTERM/);
    await eventually(
      'the group is gone',
      async () => {
        const stat = await readFile(`/proc/${grandchild}/stat`, 'latin1').catch(() => ') Z');
        return /\) [ZX]/.test(stat);
      },
      5000,
    );
  });

  test('stopped in the reverse of their order', async () => {
    const wait = (name: string): Promise<string> =>
      program(
        name,
        `trap 'echo ${name} >>${root}/ends; exit 0' TERM; echo up >${root}/${name}.up; while :; do sleep 0.05; done`,
      );
    const programs = [line(await wait('first')), line(await wait('second'))];
    const started = await start(...programs);
    await Promise.all([written('first.up'), written('second.up')]);
    await started.stop();

    expect(await read('ends')).toBe('second\nfirst\n');
  });

  test('that is missing is told, and keeps nobody from starting', async () => {
    const command = await program('there', `echo up >${root}/up; exec sleep 60`);
    await start(line('/usr/nowhere/dopd', '-x'), line(command));
    await written('up');

    expect(log[0]).toBe(
      'WARN: child client "/usr/nowhere/dopd -x" is not started: /usr/nowhere/dopd is not installed',
    );
  });

  test('with nothing to start there is nothing to stop', async () => {
    const started = await start();

    await expect(started.stop()).resolves.toBeUndefined();
    expect(log).toEqual([]);
  });
});

test('children do not see what is for scripts alone', () => {
  const ofScripts = { HA_LOGD: 'no', HA_NICEFAILBACK: 'yes', HA_CURHOST: 'node1' };

  expect(childEnvironment(ofScripts, undefined)).toEqual({ HA_CURHOST: 'node1' });
  expect(childEnvironment(ofScripts, '/r')).toEqual({ HA_CURHOST: 'node1', HA_ROOT: '/r' });
});
