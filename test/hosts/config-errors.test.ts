/** Mistakes that operators make: each is told with its place and its mend, and what cannot work does not start. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { haCf, openPair, Pair, result, writeKeys, type PairPlan } from './pair.ts';

describe('heartbeat refuses to start', () => {
  const plan: PairPlan = { names: ['cfg1', 'cfg2'] };
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair(plan);
  });
  afterAll(() => Pair.end(pair));

  const files = {
    'ha.cf': { path: '/etc/ha.d/ha.cf', mode: 0o644, text: haCf(plan) },
    authkeys: { path: '/etc/ha.d/authkeys', mode: 0o600, text: 'auth 1\n1 md5 8d2b3c0ff1e2\n' },
    haresources: {
      path: '/etc/ha.d/haresources',
      mode: 0o644,
      text: 'cfg1 IPaddr::172.16.100.1/16/eth0 httpd\n',
    },
  };
  type FileName = keyof typeof files;

  /** What `heartbeat` says, line by line without the stamp, and its exit status, while one file is different. */
  async function startWith(
    name: FileName,
    change: { readonly text?: string; readonly mode?: number },
  ): Promise<{ readonly lines: readonly string[]; readonly status: number | string }> {
    const { path, mode, text } = files[name];
    await pair.first.host.writeFile(path, change.text ?? text, change.mode ?? mode);
    const [, errors, status] = result(await pair.first.command('heartbeat'));
    await pair.first.host.writeFile(path, text, mode);
    const lines = errors.split('\n').map((line) => line.replace(/^.*heartbeat: \[\d+\]: /, ''));
    return { lines, status };
  }

  const bad: readonly {
    readonly what: string;
    readonly file: FileName;
    readonly text?: string;
    readonly mode?: number;
    readonly says: RegExp;
    /** The lines that C heartbeat writes. */
    readonly inC: readonly string[];
  }[] = [
    {
      what: 'an authkeys that others can read',
      file: 'authkeys',
      mode: 0o644,
      says: /^ERROR: \/etc\/ha\.d\/authkeys:1:1: error: its mode is 644.*chmod 600 \/etc\/ha\.d\/authkeys/,
      inC: [
        'Bad permissions on keyfile [/etc/ha.d//authkeys], 600 recommended.',
        'Authentication configuration error.',
      ],
    },
    {
      what: 'an unknown directive',
      file: 'ha.cf',
      text: `deathtime 3\n${haCf(plan)}`,
      says: /^ERROR: \/etc\/ha\.d\/ha\.cf:1:1: error: no directive of that name exists.*did you mean "deadtime"\?/,
      inC: [
        'Illegal directive [deathtime] in /etc/ha.d//ha.cf',
        'Heartbeat not started: configuration error.',
      ],
    },
    {
      what: 'node lines that do not name this host',
      file: 'ha.cf',
      text: haCf({ names: ['other1', 'other2'] }),
      says: /^ERROR: \/etc\/ha\.d\/ha\.cf:\d+:\d+: error: uname -n says cfg1.*or add "node cfg1"/,
      inC: ['Current node [cfg1] not in configuration!'],
    },
    {
      what: 'a haresources line for a node that does not exist',
      file: 'haresources',
      text: '# the web service\ncfh1 IPaddr::172.16.100.1/16/eth0 httpd\n',
      says: /^ERROR: \/etc\/ha\.d\/haresources:2:1: error: the nodes of ha\.cf are cfg1 and cfg2; .*did you mean "cfg1"\?/,
      inC: ['Bad nodename in /etc/ha.d//haresources [cfh1]'],
    },
  ];

  test.each(bad)(
    'for $what, with the place and the mend',
    async ({ file, says, inC, ...change }) => {
      const { lines, status } = await startWith(file, change);

      expect(status).toBe(6);
      expect(lines).toContainEqual(expect.stringMatching(says));
      const verdict = 'Configuration error, heartbeat not started.';
      const ofC = [...inC, verdict].map((text) => `ERROR: ${text}`);
      expect(lines.filter((line) => ofC.includes(line))).toEqual(ofC);
      expect(result(await pair.first.command('heartbeat', '-s'))[2]).toBe(3);
    },
  );

  test('not for a missing agent, as C: but it is told with its place and the mend', async () => {
    const text = 'cfg1 IPaddr::172.16.100.1/16/eth0 httpdd\n';
    const { lines, status } = await startWith('haresources', { text });

    expect(status).toBe(0);
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^WARN: \/etc\/ha\.d\/haresources:1:35: warning: there is no agent "httpdd".*did you mean "httpd"\?/,
      ),
    );
    await pair.first.stop();
  });
});

describe('two nodes with different keys', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['key1', 'key2'] });
  });
  afterAll(() => Pair.end(pair));

  test('say on both sides whose packets they refuse and why, and work together when the key is mended', async () => {
    await writeKeys(pair.second.host, 'auth 1\n1 md5 another\n');
    // They refuse each other's words, so both will serve: that cannot be told from a dead peer.
    await pair.watch.excuse(async () => {
      await pair.startBoth();
      for (const node of pair.nodes) await node.logged(/WARN: .*key/);
      await Promise.all(pair.nodes.map((node) => node.stop()));
    });
    await writeKeys(pair.second.host, 'auth 1\n1 md5 8d2b3c0ff1e2\n');
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
  });
});
