/** The lab's pair of nodes: the hosts, their files, their daemons. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseNodes, type Belief } from './beliefs.ts';
import {
  authkeys,
  haCf,
  haresources,
  httpdFolder,
  httpdScript,
  nodePlans,
  serviceAddress,
  type ClusterNodePlan,
} from './cluster-files.ts';
import { describeOutcome, LabError, type Outcome } from './command.ts';
import { createHosts, type Host, type Hosts } from './hosts.ts';
import { implementation, type CommandName, type Implementation } from './implementation.ts';
import { hasAddress } from './local-addresses.ts';
import type { LabOptions } from './options.ts';
import { labProgram } from './project.ts';

/** What came of something the user asked for: undefined when it was done, else why not, in words. */
export type Refusal = string | undefined;

const startLimit = 60_000;
const stopLimit = 60_000;
const askLimit = 8_000;

/** One node of the pair. */
export class ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly host: Host;
  readonly implementation: Implementation;

  constructor(plan: ClusterNodePlan, host: Host, program: Implementation) {
    this.name = plan.name;
    this.address = plan.address;
    this.host = host;
    this.implementation = program;
  }

  get hasPower(): boolean {
    return this.host.pid !== undefined;
  }

  /** Starts the daemon, after switching the power on if it was off. */
  async start(): Promise<Refusal> {
    await this.powerOn();
    return refusal(await this.#command('heartbeat', [], startLimit));
  }

  /** Stops the daemon in order; it gives its resources back before it ends. */
  async stop(): Promise<Refusal> {
    return refusal(await this.#command('heartbeat', ['-k'], stopLimit));
  }

  /** Asks the daemon to hand its resources to the other node; returns before that is done. */
  async standby(): Promise<Refusal> {
    return refusal(await this.#command('hb_standby', [], askLimit));
  }

  async powerOn(): Promise<void> {
    if (this.hasPower) return;
    await this.host.powerOn();
    await this.implementation.prepare(this.host);
  }

  powerOff(): Promise<void> {
    return this.host.powerOff();
  }

  /** What the node's own `cl_status` says now. */
  async belief(): Promise<Belief> {
    if (!this.hasPower) return { kind: 'stopped' };
    const [list, held] = await Promise.all([
      this.#command('cl_status', ['listnodes', '-v'], askLimit),
      this.#command('cl_status', ['rscstatus'], askLimit),
    ]);
    if (list.kind !== 'exited' || held.kind !== 'exited') return { kind: 'unknown' };
    if (list.code !== 0 || held.code !== 0) return { kind: 'stopped' };
    return { kind: 'running', nodes: parseNodes(list.output), holds: held.output.trim() };
  }

  /** Whether the host has the service's address now. */
  holdsAddress(): Promise<boolean> {
    return hasAddress(this.host.pid, serviceAddress);
  }

  /** The file of the daemon's log, on the machine. */
  get logFile(): string {
    return join(this.host.dir, 'log/ha-log');
  }

  /** The last lines of the daemon's log. */
  async lastLogLines(count: number): Promise<readonly string[]> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-count);
  }

  #command(name: CommandName, args: readonly string[], timeout: number): Promise<Outcome> {
    const [program = name, ...words] = this.implementation.command(name);
    return this.host.run(program, [...words, ...args], { timeout });
  }
}

/** The pair, the client's host, and the one way to end them. */
export class Cluster {
  readonly nodes: readonly [ClusterNode, ClusterNode];
  readonly #hosts: Hosts;

  constructor(hosts: Hosts, nodes: readonly [ClusterNode, ClusterNode]) {
    this.#hosts = hosts;
    this.nodes = nodes;
  }

  get clientHost(): Host {
    return this.#hosts.client;
  }

  /** Ends everything and removes every file; may be called again. */
  down(): Promise<void> {
    return this.#hosts.down();
  }
}

/**
 * Makes both hosts with the tutorial's files; no daemon is started. When `signal` aborts, the hosts end at once, and whatever
 * runs on them. Rejects with a LabError and leaves nothing behind.
 */
export async function openCluster(options: LabOptions, signal: AbortSignal): Promise<Cluster> {
  const programs = [
    implementation(options.implementations[0]),
    implementation(options.implementations[1]),
  ] as const;
  const hosts = await createHosts({
    nodes: nodePlans.map(({ name, address }, index) => ({
      name,
      addresses: [`${address}/16`],
      copies: programs[index]?.copies ?? [],
    })),
  });
  const [first, second] = nodePlans;
  const cluster = new Cluster(hosts, [
    new ClusterNode(first, hosts.host(first.name), programs[0]),
    new ClusterNode(second, hosts.host(second.name), programs[1]),
  ]);
  signal.addEventListener('abort', () => {
    void cluster.down();
  });
  try {
    const secret = randomBytes(16).toString('hex');
    await Promise.all(cluster.nodes.map((node) => configure(node, options, secret)));
    return cluster;
  } catch (error) {
    await cluster.down();
    throw error;
  }
}

async function configure(node: ClusterNode, options: LabOptions, secret: string): Promise<void> {
  const { host } = node;
  await host.writeFile('/etc/ha.d/ha.cf', haCf(options));
  await host.writeFile('/etc/ha.d/authkeys', authkeys(options.auth, secret), 0o600);
  await host.writeFile('/etc/ha.d/haresources', haresources());
  await host.writeFile('/etc/init.d/httpd', httpdScript(), 0o755);
  await mustLink(host, process.execPath, 'node');
  await mustLink(host, labProgram, 'lab.js');
  await node.implementation.prepare(host);
}

async function mustLink(host: Host, target: string, name: string): Promise<void> {
  await host.run('mkdir', ['-p', httpdFolder]);
  const outcome = await host.run('ln', ['-sfn', '--', target, join(httpdFolder, name)]);
  const why = refusal(outcome);
  if (why !== undefined) throw new LabError(`${host.name}: the link to ${target}: ${why}`);
}

function refusal(outcome: Outcome): Refusal {
  return outcome.kind === 'exited' && outcome.code === 0 ? undefined : describeOutcome(outcome);
}
