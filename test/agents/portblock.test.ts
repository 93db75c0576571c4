/** portblock with the kernel's own rules, and beside the script of the C heartbeat. */
import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { portblockBeside } from '../../src/agents/portblock.ts';
import { enterOwnMounts } from './own-mounts.ts';
import { enterOwnNetwork } from './own-network.ts';
import { byScript } from './resource-scripts.ts';
import { type OneAgent, oneAgent } from './run-one.ts';
import { temporaryDirectory, writeScript } from './temp-directory.ts';

const exec = promisify(execFile);
const files = await mkdtemp(join(tmpdir(), 'portblock-'));
const permitted = (await enterOwnMounts(files)) && enterOwnNetwork();

afterAll(() => rm(files, { recursive: true, force: true }));

/** C's agent looks for `tcp` in the list of the rules, where newer releases of iptables have `6`: here they have it again. */
async function giveCItsNames(): Promise<void> {
  const real = await realpath('/usr/sbin/iptables');
  const place = await temporaryDirectory();
  const [program, words] = [join(place, 'real'), join(place, 'words')];
  await writeFile(program, '');
  const names = "sed 's/^\\([A-Z]* *\\)6 /\\1tcp /;s/^\\([A-Z]* *\\)17 /\\1udp /'";
  await writeScript(
    place,
    'words',
    `case $* in *-L*) ${program} iptables "$@" | ${names};; *) exec ${program} iptables "$@";; esac`,
  );
  await exec('mount', ['--bind', real, program]);
  await exec('mount', ['--bind', words, real]);
  onTestFinished(() => exec('umount', [real, program]).then(() => undefined));
}

async function rules(): Promise<string> {
  return (await exec('iptables', ['-S', 'INPUT'])).stdout;
}

const dropped = (protocol: string, ports: string): string =>
  `-A INPUT -p ${protocol} -m multiport --dports ${ports} -j DROP\n`;
const open = '-P INPUT ACCEPT\n';

describe.skipIf(!permitted)('portblock (needs root)', () => {
  let agent: OneAgent;
  beforeEach(async () => {
    agent = oneAgent(portblockBeside(files), '/nonexistent');
    await exec('iptables', ['-F']);
  });

  test.each([
    ['tcp::3306::block', open + dropped('tcp', '3306'), open],
    ['udp::53,5000:5010::block', open + dropped('udp', '53,5000:5010'), open],
    ['tcp::80,443::unblock', open, open + dropped('tcp', '80,443')],
  ])('%s: start, status and stop, each also when repeated', async (args, up, down) => {
    const { run } = agent;
    const resource = `portblock::${args}`;

    expect(await run('status', resource)).toEqual({ kind: 'stopped' });
    for (let round = 0; round < 2; round += 1) {
      expect(await run('start', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'running' });
      expect(await rules()).toBe(up);
    }
    for (let round = 0; round < 2; round += 1) {
      expect(await run('stop', resource)).toEqual({ kind: 'done' });
      expect(await run('status', resource)).toEqual({ kind: 'stopped' });
      expect(await rules()).toBe(down);
    }
  });

  test('a stop takes every rule away that the C agent has left', async () => {
    const resource = 'portblock::tcp::3306::block';
    await byScript('start', resource);
    await byScript('start', resource);

    expect(await agent.run('status', resource)).toEqual({ kind: 'running' });
    expect(await agent.run('stop', resource)).toEqual({ kind: 'done' });

    expect(await rules()).toBe(open);
  });

  test.each(['tcp::3306::block', 'tcp::3306::unblock', 'udp::53,60::block'])(
    '%s: the C agent, where it can read the list, ends in the same state, and each stops the other',
    async (args) => {
      await giveCItsNames();
      const resource = `portblock::${args}`;
      const crossed = async (startsByScript: boolean): Promise<readonly string[]> => {
        const states = [];
        for (const action of ['start', 'status', 'stop', 'status'] as const) {
          const isByScript = startsByScript === (action === 'start');
          const outcome = isByScript
            ? await byScript(action, resource)
            : (await agent.run(action, resource)).kind;
          states.push(`${action} ${outcome} ${await rules()}`);
        }
        return states;
      };

      const states = await crossed(true);

      expect(await crossed(false)).toEqual(states);
      expect(states.map((state) => state.split(' ', 2).join(' '))).toEqual([
        'start done',
        'status running',
        'stop done',
        'status stopped',
      ]);
    },
  );

  test('block and unblock of the same ports run together, as with the C agent', async () => {
    await giveCItsNames();
    const [block, unblock] = ['portblock::tcp::80::block', 'portblock::tcp::80::unblock'];
    const ours = async (...call: Parameters<OneAgent['run']>): Promise<string> =>
      (await agent.run(...call)).kind;
    const statesBy = async (run: typeof ours): Promise<readonly string[]> => {
      const states = [];
      for (const [action, resource] of [
        ['start', block],
        ['start', unblock],
        ['stop', unblock],
        ['stop', block],
      ] as const) {
        await run(action, resource);
        const blocked = (await rules()) === open ? 'open' : 'blocked';
        states.push(`${await run('status', block)} ${await run('status', unblock)} ${blocked}`);
      }
      return states;
    };

    const states = await statesBy(ours);

    expect(states).toEqual([
      'running stopped blocked',
      'running running open',
      'running stopped blocked',
      'stopped stopped open',
    ]);
    expect(await statesBy(byScript)).toEqual(states);
  });

  test('what iptables does not know is a failure with its words and its code', async () => {
    const { lines, run } = agent;

    expect(await run('start', 'portblock::tcp::nosuchservice::block')).toMatchObject({ code: 2 });

    expect(lines.at(-1)).toContain("invalid port/service `nosuchservice' specified");
    expect(await rules()).toBe(open);
  });
});

test('without iptables nothing starts, and to stop what was not started succeeds', async () => {
  const { lines, run } = oneAgent(portblockBeside(await temporaryDirectory()), '/nonexistent', {
    environment: { PATH: '/nonexistent' },
  });

  expect(await run('status', 'portblock::tcp::80::block')).toEqual({ kind: 'stopped' });
  expect(await run('start', 'portblock::tcp::80::block')).toMatchObject({ code: 5 });
  expect(await run('stop', 'portblock::tcp::80::block')).toEqual({ kind: 'done' });
  expect(lines.at(-1)).toBe(
    'WARN: portblock: iptables is not installed, and tcp 80 was not started',
  );
});

test.each([
  ['portblock::icmp::3::block', '"icmp" is neither tcp nor udp'],
  ['portblock::tcp', '"" is not a port of 1 to 65535'],
  ['portblock::tcp::0::block', '"0" is not a port of 1 to 65535'],
  ['portblock::tcp::80,-j::block', '"-j" is not a port of 1 to 65535'],
  ['portblock::tcp::90:80::block', '"90:80" is not a port of 1 to 65535'],
  ['portblock::tcp::80::drop', '"drop" is neither block nor unblock'],
  ['portblock::tcp::80::block::10.0.0.1', 'three arguments'],
  [`portblock::tcp::${'1,'.repeat(15)}1::block`, 'more than 15 ports in one resource'],
])('%s is refused: %s', (resource, why) => {
  const args = resource.split('::').slice(1);

  expect(portblockBeside('/nonexistent')(args)).toMatchObject({
    ok: false,
    reason: expect.stringContaining(why) as unknown,
  });
});
