/**
 * Two hosts of a test with a heartbeat daemon each, ours or Debian's C heartbeat, and a client: made of the lab's hosts, so
 * they end with the test run, however it ends. A machine that lacks something is a failure that says what to install.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { describeOutcome, type Outcome } from '../../lab/command.ts';
import { createHosts, type Host, type Hosts } from '../../lab/hosts.ts';
import {
  findCProgram,
  implementation,
  type CommandName,
  type Implementation,
} from '../../lab/implementation.ts';
import { hasAddress } from '../../lab/local-addresses.ts';
import type { ImplementationName } from '../../lab/options.ts';
import { ownCommand } from '../../lab/project.ts';
import { missingRequirements } from '../../lab/requirements.ts';
import { eventually } from './eventually.ts';
import { HoldersWatch } from './holders.ts';

const serviceAddress = '172.16.100.1';
/** Nothing comes of a request. */
const refusal = /No reply to standby request|standby message \[me\] .* in flux|came too late/;
/** Milliseconds until it is repeated: who asks all the time keeps the nodes in flux. */
const operatorWaits = 5_000;
const groupKey = `IPaddr::${serviceAddress}/16/eth0`;
/** Resource sets as hb_standby and hb_takeover know them. */
export type SetWord = 'all' | 'local' | 'foreign' | 'failback';

export interface PairPlan {
  readonly names: readonly [string, string];
  /** Default: both ours. */
  readonly programs?: readonly [ImplementationName, ImplementationName];
  /** Lines of ha.cf; default `bcast eth0`. */
  readonly media?: readonly string[];
  /** The rest of authkeys' line of key 1; default md5. */
  readonly key?: string;
  /** Default `off`. */
  readonly autoFailback?: 'on' | 'off' | 'legacy';
  /** How many interfaces each host has; default 1. */
  readonly interfaces?: 1 | 2;
  /** Further lines of ha.cf. */
  readonly directives?: readonly string[];
  /** Seconds; default 2. */
  readonly deadtime?: number;
}

/** The nodes' addresses on their first and second interface. */
const addresses = [
  ['172.16.100.6', '172.17.100.6'],
  ['172.16.100.7', '172.17.100.7'],
] as const;

/** Makes the hosts with their files; no daemon is started. `down` must be called, whatever happens after this. */
export async function openPair(plan: PairPlan): Promise<Pair> {
  requireMachine();
  const programs = plan.programs ?? ['ours', 'ours'];
  const kinds = programs.map(implementation);
  const hosts = await createHosts({
    nodes: plan.names.map((name, index) => ({
      name,
      addresses: (addresses[index] ?? []).slice(0, plan.interfaces ?? 1).map((a) => `${a}/16`),
      // The C package's shell tools read this file; it has no agents.
      copies: [...new Set([...(kinds[index]?.copies ?? []), '/etc/ha.d/shellfuncs'])],
    })),
  });
  try {
    const [first, second] = plan.names;
    const nodes = [
      new TestNode(hosts.host(first), implementation(programs[0])),
      new TestNode(hosts.host(second), implementation(programs[1])),
    ] as const;
    const pair = new Pair(hosts, nodes, plan.interfaces ?? 1);
    await Promise.all(pair.nodes.map((node) => writeFiles(node, plan)));
    return pair;
  } catch (error) {
    await hosts.down();
    throw error;
  }
}

/** One node of the pair. */
export class TestNode {
  readonly host: Host;
  #program: Implementation;

  constructor(host: Host, program: Implementation) {
    this.host = host;
    this.#program = program;
  }

  get program(): Implementation {
    return this.#program;
  }

  /** Puts the other implementation on the host, in the place of this one: its daemon must not run. The files stay. */
  replaceProgram(name: ImplementationName): Promise<void> {
    this.#program = implementation(name);
    return this.#program.prepare(this.host);
  }

  get name(): string {
    return this.host.name;
  }

  /** Runs one of this node's own commands to its end. */
  command(name: CommandName, ...args: readonly string[]): Promise<Outcome> {
    const [program = name, ...words] = this.program.command(name);
    return this.host.run(program, [...words, ...args], { timeout: 60_000 });
  }

  /** Runs the C program of that name here, whatever the daemon is. */
  cCommand(name: CommandName, ...args: readonly string[]): Promise<Outcome> {
    return this.host.run(findCProgram(name) ?? name, args);
  }

  /** Has the service moved by the hb_standby of the *other* implementation: both write the same FIFO. */
  async standbyByOtherTool(set: SetWord = 'all'): Promise<void> {
    const outcome =
      this.program.name === 'ours'
        ? await this.cCommand('hb_standby', set)
        : await this.host.run(process.execPath, [ownCommand('hb_standby'), set]);
    expect(exitCode(outcome)).toBe(0);
  }

  /** Switches the power on if it is off, and starts the daemon, which must succeed. */
  async start(): Promise<void> {
    if (this.host.pid === undefined) {
      await this.host.powerOn();
      await this.program.prepare(this.host);
    }
    expect(exitCode(await this.command('heartbeat'))).toBe(0);
  }

  /** Stops the daemon in order, which must succeed. */
  async stop(): Promise<void> {
    expect(exitCode(await this.command('heartbeat', '-k'))).toBe(0);
  }

  async standby(set: SetWord = 'all'): Promise<void> {
    expect(exitCode(await this.command('hb_standby', set))).toBe(0);
  }

  async takeover(set: SetWord = 'all'): Promise<void> {
    expect(exitCode(await this.command('hb_takeover', set))).toBe(0);
  }

  /** What the C `cl_status` prints here, without the last line's end; it is quick, and every daemon has to answer it. */
  async clStatus(...args: readonly string[]): Promise<string> {
    const outcome = await this.cCommand('cl_status', ...args);
    return outcome.kind === 'exited' ? outcome.output.trimEnd() : describeOutcome(outcome);
  }

  /** The daemon's process id, as the host counts. */
  async daemonPid(): Promise<string> {
    return (await this.host.readFile('/run/heartbeat.pid')).trim();
  }

  /** Sends a signal to the daemon. */
  async signal(name: 'KILL' | 'STOP' | 'CONT' | 'HUP'): Promise<void> {
    const outcome = await this.host.run('kill', [`-${name}`, await this.daemonPid()]);
    expect(exitCode(outcome)).toBe(0);
  }

  holdsAddress(): Promise<boolean> {
    return hasAddress(this.host.pid, serviceAddress);
  }

  /** The lines of ha-log until now. */
  async log(): Promise<readonly string[]> {
    const text = await readFile(`${this.host.dir}/log/ha-log`, 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }

  /** Resolves when a line that came after the first `from` matches. */
  async logged(pattern: RegExp, from = 0, limit = 15_000): Promise<void> {
    const there = async (): Promise<boolean> =>
      (await this.log()).slice(from).some((line) => pattern.test(line));
    await eventually(`${this.name} logs ${String(pattern)}`, there, limit, () => this.story());
  }

  /** The end of its log without what was lost and found on the wire, to explain a failure. */
  async story(): Promise<string> {
    const lines = (await this.log()).filter((line) => !/lost packet|No pkts missing/.test(line));
    return [`--- ${this.name}`, ...lines.slice(-40)].join('\n');
  }
}

/** The two nodes, their client, and the one way to end them. */
export class Pair {
  readonly nodes: readonly [TestNode, TestNode];
  readonly watch: HoldersWatch;
  readonly #hosts: Hosts;
  readonly #saidAgain: Map<string, number> = new Map<string, number>();
  /** What is asked for is asked for again when it is refused, or nobody answers, as an operator would on a foul wire. */
  asksAgain = false;
  #asked: (() => Promise<void>) | undefined;
  #askAgainAt = Infinity;

  constructor(hosts: Hosts, nodes: readonly [TestNode, TestNode], interfaces: 1 | 2) {
    this.#hosts = hosts;
    this.nodes = nodes;
    const names = ['eth0', 'eth1'].slice(0, interfaces);
    this.watch = new HoldersWatch([nodes[0].host, nodes[1].host], serviceAddress, names);
  }

  /** The client, who is also the switches. */
  get client(): Host {
    return this.#hosts.client;
  }

  get first(): TestNode {
    return this.nodes[0];
  }

  get second(): TestNode {
    return this.nodes[1];
  }

  async startBoth(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
  }

  /** Resolves when only `node` has the address, and the service answers from it. */
  async servedBy(node: TestNode, limit = 15_000): Promise<void> {
    const other = node === this.first ? this.second : this.first;
    await this.eventually(
      `${node.name} serves`,
      async () =>
        (await node.holdsAddress()) &&
        !(await other.holdsAddress()) &&
        (await this.ask()) === `served by ${node.name}`,
      limit,
    );
  }

  /** Resolves when exactly one host, or exactly `wanted`, has the address; answers which. */
  async oneHolder(limit: number, wanted?: TestNode): Promise<TestNode> {
    let holder: TestNode | undefined;
    const one = async (): Promise<boolean> => {
      const holds = await Promise.all(this.nodes.map((node) => node.holdsAddress()));
      holder = this.nodes[holds.indexOf(true)];
      return holds.filter(Boolean).length === 1 && (wanted === undefined || holder === wanted);
    };
    await this.eventually(`one holder${wanted ? `, ${wanted.name}` : ''}`, one, limit);
    if (holder === undefined) throw new Error('no holder');
    return holder;
  }

  /** The log lines of both nodes that match. */
  async matching(pattern: RegExp): Promise<readonly string[]> {
    const logs = await Promise.all(this.nodes.map((node) => node.log()));
    return logs.flat().filter((line) => pattern.test(line));
  }

  /** Resolves when each daemon finds both nodes active and its resources at rest. */
  async settled(limit = 20_000): Promise<void> {
    const sees = async (node: TestNode): Promise<boolean> => {
      if ((await node.clStatus('rscstatus')) === 'transition') return false;
      const states = this.nodes.map(({ name }) => node.clStatus('nodestatus', name));
      return (await Promise.all(states)).every((state) => state === 'active');
    };
    const all = async (): Promise<boolean> =>
      (await Promise.all(this.nodes.map(sees))).every(Boolean);
    await this.eventually('both nodes are active and at rest', all, limit);
  }

  /** Has `ask` done, a command of the operator, and waits for its outcome; a C node that lost it in its FIFO is asked again. */
  async asking(ask: () => Promise<void>, outcome: () => Promise<void>): Promise<void> {
    this.#askAgainAt = Infinity;
    await ask();
    this.#asked = ask;
    await outcome();
    this.#asked = undefined;
  }

  /** What the client gets from the service's address, or '' when nobody answers. */
  async ask(): Promise<string> {
    const question = `exec 3<>/dev/tcp/${serviceAddress}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && tail -n 1 <&3`;
    const outcome = await this.client.run('timeout', ['1', 'bash', '--norc', '-c', question]);
    return outcome.kind === 'exited' && outcome.code === 0 ? outcome.output.trim() : '';
  }

  async eventually(
    what: string,
    holds: () => boolean | Promise<boolean>,
    limit = 15_000,
  ): Promise<void> {
    const explain = async (): Promise<string> =>
      (await Promise.all(this.nodes.map((node) => node.story()))).join('\n');
    const look = async (): Promise<boolean> => {
      await this.sayAgainWhatCLost();
      return holds();
    };
    await eventually(what, look, limit, explain);
  }

  /**
   * Two scripts of one C node that write its FIFO at the same moment can garble each other's words (it logs "NV failure"), and
   * the node then never takes its own group after a death; even a single one can get lost ("zero fields"). These are faults of
   * C, whoever its peer is. Its words are said again, once.
   */
  async sayAgainWhatCLost(): Promise<void> {
    for (const node of this.nodes) {
      if (node.host.pid === undefined) continue;
      if (this.asksAgain && (await this.#isNew(node, refusal)))
        this.#askAgainAt = performance.now() + operatorWaits;
      if (node.program.name !== 'c') continue;
      if (await this.#isNew(node, /NV failure \(msgfromsteam\)/)) await repeatScripts(node);
      if (await this.#isNew(node, /Message with zero fields/)) await this.#asked?.();
    }
    if (performance.now() < this.#askAgainAt) return;
    this.#askAgainAt = Infinity;
    await this.#asked?.();
  }

  async #isNew(node: TestNode, words: RegExp): Promise<boolean> {
    const key = `${node.name} ${String(words)}`;
    const count = (await node.log()).filter((line) => words.test(line)).length;
    const isNew = count > (this.#saidAgain.get(key) ?? 0);
    this.#saidAgain.set(key, count);
    return isNew;
  }

  /** Ends the hosts; fails when both had the address at any time. May be called on a pair that was never made. */
  static async end(pair: Pair | undefined): Promise<void> {
    if (pair === undefined) return;
    await pair.watch.stop();
    await pair.#hosts.down();
    expect(pair.watch.violations).toEqual([]);
  }
}

/** What a C node's mach_down and req_resource had to say. */
async function repeatScripts(node: TestNode): Promise<void> {
  const words = [
    ['t=resource', 'rsc_hold=foreign', 'info=mach_down'],
    ['t=ip-request-resp', `dest=${node.name}`, `ipaddr=${groupKey}`, 'weown=yes', 'ok=OK'],
  ];
  const input = words.map((lines) => `>>>\n${lines.join('\n')}\n<<<\n`).join('');
  await node.host.run('tee', ['-a', '/var/lib/heartbeat/fifo'], { input });
}

/** The exit status, or in words why there is none. */
export function exitCode(outcome: Outcome): number | string {
  return outcome.kind === 'exited' ? outcome.code : describeOutcome(outcome);
}

/** Stdout, stderr and exit status, for one comparison. */
export function result(outcome: Outcome): readonly [string, string, number | string] {
  if (outcome.kind === 'not-started') return ['', '', outcome.why];
  return [outcome.output, outcome.errors, exitCode(outcome)];
}

function requireMachine(): void {
  if (process.getuid?.() !== 0) throw new Error('the tests on hosts need root');
  if (!existsSync(ownCommand('heartbeat'))) throw new Error('npm run build comes first');
  const everything = {
    demo: false,
    implementations: ['ours', 'c'],
    media: 'bcast',
    auth: 'md5',
    keepalive: '200ms',
    deadtime: '2',
  } as const;
  const missing = missingRequirements(everything);
  if (missing.length > 0) throw new Error(missing.join('\n'));
}

/** ha.cf of the plan. */
export function haCf(plan: PairPlan): string {
  return [
    'logfile /var/log/ha-log',
    'debugfile /var/log/ha-debug',
    'keepalive 200ms',
    'warntime 1',
    `deadtime ${String(plan.deadtime ?? 2)}`,
    'initdead 5',
    ...(plan.media ?? ['bcast eth0']),
    `auto_failback ${plan.autoFailback ?? 'off'}`,
    ...plan.names.map((name) => `node ${name}`),
    ...(plan.directives ?? []),
    '',
  ].join('\n');
}

async function writeFiles({ host, program }: TestNode, plan: PairPlan): Promise<void> {
  const script = await readFile(here('./httpd.sh'), 'utf8');
  const service = script
    .replace('@NODE@', process.execPath)
    .replace('@SERVER@', here('./web-server.mjs'));
  await host.writeFile('/etc/ha.d/ha.cf', haCf(plan));
  await writeKeys(host, `auth 1\n1 ${plan.key ?? 'md5 8d2b3c0ff1e2'}\n`);
  await host.writeFile('/etc/ha.d/haresources', `${plan.names[0]} ${groupKey} httpd\n`);
  await host.writeFile('/etc/ha.d/resource.d/httpd', service, 0o755);
  await program.prepare(host);
}

/** Writes the host's authkeys. */
export async function writeKeys(host: Host, text: string): Promise<void> {
  await host.writeFile('/etc/ha.d/authkeys', text, 0o600);
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
