import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parsePropagateOptions, type PropagatePlan } from '../../src/cli/propagate-options.ts';
import { propagate } from '../../src/cli/propagate.ts';
import { lookScript, readLook } from '../../src/cli/remote-script.ts';
import { nodeName } from '../../src/units.ts';
import { StandInNodes } from './stand-in-nodes.ts';

const haCf = (deadtime: number): string =>
  `auto_failback on\nkeepalive 1\ndeadtime ${String(deadtime)}\nwarntime 5\ninitdead 60\nbcast eth0\nlogfile /var/log/ha-log\nnode node1 node2 node3\n`;
const haresources = 'node1 172.16.100.1/16/eth0 httpd\n';
const secret = 'correct-horse-battery-staple';
const keys = `auth 1\n1 sha1 ${secret}\n`;
const files = { 'ha.cf': haCf(10), 'authkeys:600': keys, haresources };
const plan: PropagatePlan = {
  nodes: [],
  isDryRun: false,
  isAgreed: true,
  isForced: false,
  isBatch: false,
  limitSeconds: 10,
};

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  /** Without the warnings about the files. */
  readonly stderr: string;
  readonly warnings: readonly string[];
  readonly questions: readonly string[];
}

let nodes: StandInNodes;
beforeEach(async () => {
  nodes = await StandInNodes.open();
  await nodes.node('here', files);
});
afterEach(async () => {
  await nodes.close();
});

async function run(differs: Partial<PropagatePlan> = {}, answer?: boolean): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  const questions: string[] = [];
  const warnings: string[] = [];
  const ask = (question: string): Promise<boolean> => {
    questions.push(question);
    return Promise.resolve(answer === true);
  };
  const exit = await propagate(
    { ...plan, ...differs },
    {
      configDir: nodes.directory('here'),
      self: nodeName('node1'),
      language: 'en',
      ask: answer === undefined ? undefined : ask,
      print: (line) => (said.stdout += `${line}\n`),
      complain: (line) => {
        if (line.includes(': warning: ')) warnings.push(line);
        else said.stderr += `${line}\n`;
      },
    },
  );
  return { exit, ...said, questions, warnings };
}

const read = (node: string, file: string): Promise<string> =>
  readFile(join(nodes.directory(node), file), 'utf8');

async function modeOf(node: string, file: string): Promise<string> {
  const { mode } = await stat(join(nodes.directory(node), file));
  return (mode & 0o7777).toString(8);
}

describe('nodes without files, or with others', () => {
  beforeEach(async () => {
    await nodes.node('node2', {});
    await nodes.node('node3', { ...files, 'ha.cf': haCf(30), 'authkeys:600': 'auth 1\n1 crc\n' });
  });

  test('get all of them, with their modes, and nothing else is left there', async () => {
    expect(await run()).toMatchObject({ exit: 0, stderr: '' });
    for (const node of ['node2', 'node3']) {
      expect(await readdir(nodes.directory(node))).toEqual(['authkeys', 'ha.cf', 'haresources']);
      expect(await read(node, 'ha.cf')).toBe(haCf(10));
      expect(await read(node, 'authkeys')).toBe(keys);
      expect(await read(node, 'haresources')).toBe(haresources);
      expect(await modeOf(node, 'authkeys')).toBe('600');
      expect(await modeOf(node, 'ha.cf')).toBe('644');
    }
  });

  test('are shown with what differs, and not with a key', async () => {
    const { stdout, stderr } = await run();
    expect(stdout).toContain(
      'node2:\n  authkeys       added\n  haresources    added\n  ha.cf          added\nnode3:\n',
    );
    expect(stdout).toContain(
      'node3:\n  authkeys       changed\n  haresources    same\n  ha.cf          changed\n' +
        `--- node3:/etc/ha.d/ha.cf\n+++ ${join(nodes.directory('here'), 'ha.cf')}\n`,
    );
    expect(stdout).toContain('-deadtime 30\n+deadtime 10\n');
    expect(stdout).toContain('Propagating HA configuration files to node node3.\n');
    expect(stdout + stderr).not.toContain(secret);
    expect(stdout + stderr).not.toContain('crc');
  });

  test('are all shown before anything is copied', async () => {
    const { stdout } = await run();
    expect(stdout.indexOf('Propagating')).toBeGreaterThan(stdout.indexOf('+deadtime 10'));
  });

  test('stay as they are with --dry-run', async () => {
    expect(await run({ isDryRun: true })).toMatchObject({ exit: 0 });
    expect(await readdir(nodes.directory('node2'))).toEqual([]);
    expect(await read('node3', 'ha.cf')).toBe(haCf(30));
  });

  test('are copied to after a yes', async () => {
    const ran = await run({ isAgreed: false }, true);
    expect(ran).toMatchObject({ exit: 0, questions: ['Copy to node2, node3? [y/N] '] });
    expect(await read('node2', 'ha.cf')).toBe(haCf(10));
  });

  test('stay as they are after a no', async () => {
    expect(await run({ isAgreed: false }, false)).toMatchObject({ exit: 1 });
    expect(await readdir(nodes.directory('node2'))).toEqual([]);
  });

  test('are not touched when nobody can be asked', async () => {
    expect(await run({ isAgreed: false })).toMatchObject({ exit: 2, stdout: '' });
    expect(await nodes.calls()).toEqual([]);
  });

  test('may be chosen by name', async () => {
    expect(await run({ nodes: ['NODE3'] })).toMatchObject({ exit: 0 });
    expect(await readdir(nodes.directory('node2'))).toEqual([]);
    expect(await read('node3', 'ha.cf')).toBe(haCf(10));
  });

  test.each([
    ['node1', 'node1 is this machine'],
    ['node9', 'node9 is no node of ha.cf'],
  ])('do not include %s', async (name, why) => {
    expect(await run({ nodes: [name] })).toMatchObject({
      exit: 2,
      stderr: `ha_propagate: ${why}\n`,
    });
  });

  test('get extensions.ini too, where this machine has one', async () => {
    await nodes.node('here', { 'extensions.ini': '[auth]\naccept_crc = no\n' });
    expect(await run()).toMatchObject({ exit: 0 });
    expect(await read('node2', 'extensions.ini')).toBe('[auth]\naccept_crc = no\n');
  });

  test('keep a file that this machine lacks, and are told of it', async () => {
    await nodes.node('node3', { 'extensions.ini': '[auth]\n' });
    expect((await run()).stdout).toContain('  extensions.ini only there, stays as it is\n');
    expect(await read('node3', 'extensions.ini')).toBe('[auth]\n');
  });

  test('are called with every argument apart, as root, and never asked with --batch', async () => {
    await run({ isBatch: true, nodes: ['node2'] });
    const [first = '', second = '', third = ''] = await nodes.calls();
    expect(first).toBe('ssh -T -o ConnectTimeout=10 -o BatchMode=yes root@node2 sh -s');
    expect(second).toBe(first);
    expect(third).toMatch(
      /^scp -q -o ConnectTimeout=10 -o BatchMode=yes .*\/authkeys .* root@node2:\/etc\/ha\.d\/\.ha_propagate\.[0-9a-f]{16}\/$/,
    );
  });
});

test('nodes that have the same are left alone without a question', async () => {
  await nodes.node('node2', files);
  await nodes.node('node3', files);
  const ran = await run({ isAgreed: false }, false);
  expect(ran).toMatchObject({ exit: 0, questions: [], stderr: '' });
  expect(await nodes.calls()).toHaveLength(2);
});

test('only the permissions differ: they are mended', async () => {
  await nodes.node('node2', files);
  await nodes.node('node3', { ...files, 'authkeys:644': keys, 'authkeys:640': keys });
  expect((await run()).stdout).toContain('  authkeys       same, but mode 640 becomes 600\n');
  expect(await modeOf('node3', 'authkeys')).toBe('600');
});

describe('a node that fails', () => {
  beforeEach(async () => {
    await nodes.node('node2', {});
    await nodes.node('node3', {});
  });

  test.each([
    ['ssh: connect to host node2 port 22: Connection refused', /there: .* \(ssh: connect /],
    ['ssh: connect to host node2 port 22: Connection timed out', /cannot be reached/],
    ['ssh: connect to host node2 port 22: No route to host', /cannot be reached/],
    ['ssh: Could not resolve hostname node2: Name or service not known', /\/etc\/hosts/],
    ['Host key verification failed.', /ssh root@node2" once/],
    ['root@node2: Permission denied (publickey,password).', /ssh-copy-id root@node2/],
    [
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\nHost key verification failed.',
      /ssh-keygen -R node2/,
    ],
    ['something \x1b[31melse', /ssh: something {2}\[31melse$/],
    ['', /ssh: no word of why/],
  ])('is told in words that help: %j', async (stderr, words) => {
    await nodes.trouble('node2', { stderr });
    const ran = await run();
    expect(ran.exit).toBe(1);
    expect(ran.stderr.trimEnd()).toMatch(/^node2: ERROR: [^\n]*$/);
    expect(ran.stderr.trimEnd()).toMatch(words);
  });

  test('does not keep the others from their files', async () => {
    await nodes.trouble('node2', { stderr: 'Permission denied' });
    expect(await run()).toMatchObject({ exit: 1 });
    expect(await read('node3', 'ha.cf')).toBe(haCf(10));
  });

  test('is given up after its limit, when it does not answer', async () => {
    await nodes.trouble('node2', 'hangs');
    const ran = await run({ limitSeconds: 2 });
    expect(ran).toMatchObject({
      exit: 1,
      stderr: 'node2: ERROR: not done within 2 s (--timeout)\n',
    });
    expect(await read('node3', 'ha.cf')).toBe(haCf(10));
  });

  test('is left as it was when the copy takes too long', async () => {
    await nodes.trouble('node2', 'scp-hangs');
    expect(await run({ limitSeconds: 1, nodes: ['node2'] })).toMatchObject({ exit: 1 });
    expect(await readdir(nodes.directory('node2'))).toEqual([]);
  });

  test('keeps its old files, all of them, when one arrives broken', async () => {
    await nodes.node('node2', { ...files, 'ha.cf': haCf(30), haresources: '' });
    await nodes.spoil('node2');
    const ran = await run({ nodes: ['node2'] });
    expect(ran).toMatchObject({ exit: 1 });
    expect(ran.stderr).toBe('node2: ERROR: ssh: ha.cf arrived broken\n');
    expect(await readdir(nodes.directory('node2'))).toEqual(['authkeys', 'ha.cf', 'haresources']);
    expect(await read('node2', 'ha.cf')).toBe(haCf(30));
    expect(await read('node2', 'haresources')).toBe('');
  });

  test('may lack heartbeat', async () => {
    await rm(nodes.directory('node2'), { recursive: true });
    expect((await run()).stderr).toContain('node2: ERROR: there is no /etc/ha.d on it');
  });

  test('may be another machine than one thinks', async () => {
    process.env['CALLED'] = 'web7';
    const ran = await run({ nodes: ['node2'] });
    delete process.env['CALLED'];
    expect(ran.stderr).toBe('node2: WARN: this machine calls itself "web7"\n');
  });

  test('where ssh is not installed', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = join(nodes.stage, 'inner');
    const ran = await run({ nodes: ['node2'] });
    process.env['PATH'] = path;
    expect(ran).toMatchObject({
      exit: 1,
      stderr: 'node2: ERROR: ssh is not installed on this machine: install openssh-client\n',
    });
  });
});

describe('files of this machine', () => {
  beforeEach(async () => {
    await nodes.node('node2', {});
    await nodes.node('node3', {});
  });

  test('with errors are not spread', async () => {
    await nodes.node('here', { haresources: 'nobody 172.16.100.1\n' });
    const ran = await run();
    expect(ran).toMatchObject({ exit: 1, stdout: '' });
    expect(ran.stderr).toMatch(/haresources:1:1: error: .*nobody/);
    expect(ran.stderr).toContain('have errors: nothing was done. Mend them, or say --force.');
    expect(await nodes.calls()).toEqual([]);
  });

  test('with warnings are spread, and told of', async () => {
    const ran = await run();
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.warnings).toEqual([expect.stringMatching(/ha\.cf:8:18: warning: .*two nodes/)]);
  });

  test('with errors are spread with --force, and told of', async () => {
    await nodes.node('here', { haresources: 'nobody 172.16.100.1\n' });
    const ran = await run({ isForced: true });
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.stderr).toMatch(/haresources:1:1: error: /);
    expect(await read('node2', 'haresources')).toBe('nobody 172.16.100.1\n');
  });

  test('that everybody may read are errors, and --force spreads the keys for root alone', async () => {
    await nodes.node('here', { 'authkeys:644': keys });
    expect(await run()).toMatchObject({ exit: 1 });
    expect(await run({ isForced: true })).toMatchObject({ exit: 0 });
    expect(await modeOf('node2', 'authkeys')).toBe('600');
  });

  test.each(['ha.cf', 'authkeys'])('without %s there is nothing to give', async (file) => {
    await rm(join(nodes.directory('here'), file));
    const ran = await run({ isForced: true });
    expect(ran).toMatchObject({ exit: 1, stdout: '' });
    expect(ran.stderr).toContain('HA Linux not configured on this node.  Can not propagate.');
  });

  test('may name a node that is nothing for a command line', async () => {
    const text = `${haCf(10)}node -oProxyCommand=reboot\nnode a;b\n`;
    await nodes.node('here', { 'ha.cf': text });
    const ran = await run({ isForced: true });
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain('-oproxycommand=reboot: ERROR: this is no host name\n');
    expect(ran.stderr).toContain('a;b: ERROR: this is no host name\n');
    expect((await nodes.calls()).join('\n')).not.toContain('reboot');
  });
});

describe('the answer of the other node', () => {
  const answer =
    'ha_propagate-1\nname node2\nfile ha.cf 644 abc\ntext ha.cf\nbm9kZSBh\nCg==\nend of answer\n';
  const view = {
    name: 'node2',
    files: new Map([['ha.cf', { mode: 0o644, sum: 'abc' }]]),
    texts: new Map([['ha.cf', Buffer.from('node a\n')]]),
  };

  test.each([
    ['alone', answer],
    ['after the greeting of a shell', `Welcome!\nfile ha.cf 600 def\n${answer}`],
    ['with other line ends', answer.replaceAll('\n', '\r\n')],
  ])('is understood %s', (_what, text) => {
    expect(readLook(text)).toEqual({ ok: true, value: view });
  });

  test.each([
    ['nothing', ''],
    ['a shell that is none', 'This account is not available.\n'],
    ['one that is cut off', answer.slice(0, -8)],
  ])('may be %s', (_what, text) => {
    expect(readLook(text)).toEqual({ ok: false, reason: 'garbled' });
  });

  test('is not asked for the keys', () => {
    expect(lookScript).toMatch(/for file in ha\.cf haresources; do\n.*\n.*\n.*base64/);
  });
});

describe('the command line', () => {
  test('has no need of anything', () => {
    const { value } = Object.assign({ value: undefined }, parsePropagateOptions([]));
    expect(value).toEqual({ ...plan, isAgreed: false, limitSeconds: 60 });
  });

  test('takes all options, and nodes', () => {
    const words = ['--dry-run', '--yes', '--force', '--batch', '--timeout', '5', 'node2', 'node3'];
    expect(parsePropagateOptions(words)).toEqual({
      ok: true,
      value: {
        nodes: ['node2', 'node3'],
        isDryRun: true,
        isAgreed: true,
        isForced: true,
        isBatch: true,
        limitSeconds: 5,
      },
    });
  });

  test('tells the exit codes with --help', () => {
    const parsed = parsePropagateOptions(['--help']);
    expect(parsed.ok ? undefined : parsed.reason.status).toBe(0);
    expect(parsed.ok ? '' : parsed.reason.text).toContain('Exit codes: 0 all nodes');
  });

  test.each([['--bogus'], ['--timeout=0'], ['--timeout=soon'], ['--timeout=9999']])(
    '%s is wrong',
    (word) => {
      expect(parsePropagateOptions([word])).toMatchObject({ ok: false, reason: { status: 2 } });
    },
  );
});
