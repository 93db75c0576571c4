/** `heartbeat --check --peer` beside stand-ins for the other nodes. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askPeers } from '../../src/cli/ask-peers.ts';
import { askScript, readAnswer } from '../../src/cli/remote-check.ts';
import { type AskPeers, checkConfig } from '../../src/daemon/check-config.ts';
import { ownName } from '../../src/daemon/own-name.ts';
import { type Paths, paths } from '../../src/daemon/paths.ts';
import { nodeName } from '../../src/units.ts';
import { StandInNodes } from './stand-in-nodes.ts';

const haresources = 'node1 IPaddr::127.0.0.9/8/lo\n';
const haCf =
  'logfacility local0\nauto_failback on\nmcast lo 225.0.0.15 694 1 0\nnode node1 node2\n';
const files = { 'ha.cf': haCf, 'authkeys:600': 'auth 1\n1 md5 secret\n', haresources };
let nodes: StandInNodes;
let where: Paths;
beforeEach(async () => {
  nodes = await StandInNodes.open();
  where = paths(join(nodes.stage, 'here'));
  await nodes.node('here', { ...files, nodeinfo: 'node1\n' });
  await writeFile(join(where.systemDir, 'hosts'), '127.0.0.1 node1\n192.0.2.7 node2\n');
  await nodes.node('node2', files);
  await onPeer('getent', 'echo mysql:x:27:27:MySQL Server:/x:/y');
  await onPeer(
    'heartbeat',
    'case $1 in -V) echo "3.0.6 (node: ha-heartbeat)";; *) echo "[]";; esac',
  );
});
afterEach(() => nodes.close());

/** A program of the other nodes. */
const onPeer = (name: string, script: string): Promise<void> => program('inner', name, script);

/** A program of the other nodes (`inner`), or of this one. */
async function program(where: 'inner' | 'bin', name: string, script: string): Promise<void> {
  const path = join(nodes.stage, where, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

const ask: AskPeers = (others, storageHosts) =>
  askPeers(others, storageHosts, { configDir: where.configDir, language: 'en' });

async function told(): Promise<readonly string[]> {
  expect(await ownName(where.nodeInfo)).toBe('node1');
  const options = { manageResources: true, debug: 0 };
  const { stdout = '' } = await checkConfig(where, options, 'text', ask);
  return stdout.split('\n').slice(0, -2);
}

describe('heartbeat --check --peer', () => {
  test('has nothing to say of a node that is set up alike', async () => {
    expect(await told()).toEqual([]);
    expect(await nodes.calls()).toEqual([
      expect.stringMatching(/^ssh -T .*BatchMode=yes root@node2 sh -s$/),
      expect.stringMatching(/^ssh -T .*BatchMode=yes root@node2 sh -s$/),
    ]);
  });

  test('compares the files', async () => {
    await nodes.node('node2', { haresources: haresources.replace('node1', 'node2') });

    expect((await told()).map((line) => line.replace(/^.*\/ha\.d\//, ''))).toEqual([
      expect.stringMatching(
        /^haresources:1:1: error: the group IPaddr::127.0.0.9\/8\/lo belongs to node1/,
      ),
      expect.stringMatching(/^haresources:1:1: warning: haresources is not the same on node node2/),
    ]);
  });

  test('compares the accounts of services whose files move', async () => {
    const moving = 'node1 Filesystem::nfs:/mydata::/nowhere/mydata::nfs mysql\n';
    for (const node of ['here', 'node2']) await nodes.node(node, { haresources: moving });
    await program('bin', 'getent', 'echo mysql:x:3306:3306::/x:/y');

    expect(await told()).toContainEqual(
      expect.stringMatching(
        /haresources:1:1: warning: the user mysql has uid 3306 here, node2 has uid 27/,
      ),
    );
  });

  test('asks the machine that file systems are mounted from, of its accounts and exports', async () => {
    const moving = 'node1 Filesystem::storage:/mydata::/nowhere/mydata::nfs mysql\n';
    for (const node of ['here', 'node2']) await nodes.node(node, { haresources: moving });
    await program('bin', 'getent', 'echo mysql:x:3306:3306::/x:/y');

    const { answers } = await ask([], ['storage']);

    expect(answers).toMatchObject([
      { kind: 'storage', view: { host: 'storage', users: new Map([['mysql', 27]]) } },
    ]);
    expect(await told()).toContainEqual(
      expect.stringMatching(/warning: the user mysql has uid 3306 here, storage has uid 27/),
    );
  });

  test('passes on what the check of the other node says', async () => {
    const row = `{"file": "/etc/ha.d/haresources", "line": 1, "column": 7, "severity": "error", "kind": "x", "message": "no httdp", "mend": "write httpd"}`;
    await onPeer(
      'heartbeat',
      `case $* in -V) echo "3.0.6 (node: ha-heartbeat)";; "--check --json") echo '[${row}]'; exit 2;; esac`,
    );

    expect(await told()).toEqual([
      'node2:/etc/ha.d/haresources:1:7: error: no httdp; on node2: write httpd',
    ]);
  });

  test('never gives --check to C heartbeat, and says that it cannot be asked', async () => {
    await onPeer('heartbeat', `echo "$*" >> "$STAGE/given"; echo "3.0.6 (node: 958e11be8686)"`);

    expect(await told()).toEqual([expect.stringMatching(/: warning: node node2 runs C heartbeat/)]);
    expect(await nodes.given()).toEqual(['-V']);
  });

  test('says which node could not be asked, and why', async () => {
    await nodes.trouble('node2', { stderr: 'root@node2: Permission denied (publickey).\n' });

    expect(await told()).toEqual([
      expect.stringMatching(
        /ha\.cf:4:6: warning: not checked: node2 cannot be asked: .*Permission denied.*; make "ssh root@node2" work without a password/,
      ),
    ]);
  });

  test('says so of a node whose name is nothing for ssh', async () => {
    expect(await ask([nodeName('-oProxyCommand=x')], [])).toMatchObject({
      answers: [{ kind: 'not-asked', why: 'this is no host name' }],
    });
  });
});

test.each(['', 'heartbeat-check-1\nx:1', 'heartbeat-check-1\nits own check\n{\nend of answer'])(
  'an answer that is none is refused: %j',
  (output) => {
    expect(readAnswer(output)).toEqual({ ok: false, reason: 'garbled' });
  },
);

test('an answer has accounts, and what a running daemon says of the nodes', () => {
  const output =
    'Welcome!\nheartbeat-check-1\nmysql:27\n+::\nexports: /mydata *(rw)\nexports: # x\nnode1 is dead\nNode2 is active\nend of answer\n';

  expect(readAnswer(output)).toEqual({
    ok: true,
    value: {
      users: new Map([['mysql', 27]]),
      statuses: new Map([
        ['node1', 'dead'],
        ['node2', 'active'],
      ]),
      exports: '/mydata *(rw)\n# x',
      told: undefined,
    },
  });
});

test('the other node is asked in the language of this one', () => {
  expect(askScript('zh')).toContain('LC_ALL=zh_CN.UTF-8 ');
  expect(askScript('en')).toContain('LC_ALL=C.UTF-8 ');
});
