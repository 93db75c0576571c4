/** The lab's pair of nodes: the hosts, their files, their daemons. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseNodes, type Belief } from './beliefs.ts';
import {
  authkeys,
  haCf,
  haresources,
  nodePlans,
  serviceAddress,
  type ClusterNodePlan,
} from './cluster-files.ts';
import { describeOutcome, type Outcome } from './command.ts';
import { createHosts, type Host, type Hosts } from './hosts.ts';
import { implementation, type CommandName, type Implementation } from './implementation.ts';
import { hasAddress } from './local-addresses.ts';
import type { LabOptions } from './options.ts';
import { isMountedIn } from './mounts.ts';
import { emulatedPace, ordinaryPace, type Pace } from './pace.ts';
import type { Outage } from './outages.ts';
import { isRealRoot } from './requirements.ts';
import type { Scenario, ServiceClient } from './scenario.ts';
import { scenarioOf } from './scenarios.ts';

/** What came of something the user asked for: undefined when it was done, else why not, in words. */
export type Refusal = string | undefined;

const startLimit = 60_000;
const stopLimit = 60_000;
const askLimit = 8_000;

/** What both nodes have in common. */
interface Setting {
  readonly scenario: Scenario;
  readonly pace: Pace;
  readonly hosts: Hosts;
}

/** One node of the pair. */
export class ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly host: Host;
  readonly implementation: Implementation;
  readonly #setting: Setting;

  constructor(plan: ClusterNodePlan, program: Implementation, setting: Setting) {
    this.name = plan.name;
    this.address = plan.address;
    this.host = setting.hosts.host(plan.name);
    this.implementation = program;
    this.#setting = setting;
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
    await this.prepare();
  }

  /** Does what has to be done again after each start of the host. */
  async prepare(): Promise<void> {
    const { scenario, hosts } = this.#setting;
    await this.implementation.prepare(this.host);
    await scenario.prepare(this.host, hosts);
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

  /** Whether the scenario's filesystem is mounted on the host now. */
  holdsMount(): Promise<boolean> {
    return isMountedIn(this.host.pid, this.#setting.scenario.mountPoint);
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
    const { slowness } = this.#setting.pace;
    return this.host.run(program, [...words, ...args], { timeout: timeout * slowness });
  }
}

/** The pair, the client's host, and the one way to end them. */
export class Cluster {
  readonly nodes: readonly [ClusterNode, ClusterNode];
  readonly scenario: Scenario;
  readonly pace: Pace;
  readonly hosts: Hosts;

  constructor(setting: Setting, nodes: readonly [ClusterNode, ClusterNode]) {
    this.scenario = setting.scenario;
    this.pace = setting.pace;
    this.hosts = setting.hosts;
    this.nodes = nodes;
  }

  /** A client of the service, on the switch; `ended` is called at the end of each outage. */
  openClient(ended: (outage: Outage) => void = () => undefined): ServiceClient {
    return this.scenario.openClient(this.hosts.client, this.pace, ended);
  }

  /** Ends everything and removes every file; may be called again. */
  async down(): Promise<void> {
    await this.scenario.tearDown(this.hosts);
    await this.hosts.down();
  }
}

/**
 * Makes both hosts with the tutorial's files; no daemon is started. When `signal` aborts, the hosts end at once, and whatever
 * runs on them. Rejects with a LabError and leaves nothing behind.
 */
export async function openCluster(options: LabOptions, signal: AbortSignal): Promise<Cluster> {
  const scenario = scenarioOf(options);
  const pace = options.emulated ? emulatedPace : ordinaryPace;
  const programs = options.implementations.map(implementation);
  const hosts = await createHosts({
    nodes: [
      ...nodePlans.map(({ name, address }, index) => ({
        name,
        addresses: [`${address}/16`],
        copies: programs[index]?.copies ?? [],
        ownFolders: scenario.ownFolders,
      })),
      ...scenario.servers,
    ],
  });
  const setting = { scenario, pace, hosts };
  const [first, second] = nodePlans;
  const cluster = new Cluster(setting, [
    new ClusterNode(first, implementation(options.implementations[0]), setting),
    new ClusterNode(second, implementation(options.implementations[1]), setting),
  ]);
  signal.addEventListener('abort', () => {
    void cluster.down();
  });
  try {
    const secret = randomBytes(16).toString('hex');
    await Promise.all(cluster.nodes.map((node) => configure(node, options, secret)));
    await scenario.setUp(hosts);
    return cluster;
  } catch (error) {
    await cluster.down();
    throw error;
  }
}

async function configure(node: ClusterNode, options: LabOptions, secret: string): Promise<void> {
  const { host } = node;
  const scenario = scenarioOf(options);
  await host.writeFile('/etc/ha.d/ha.cf', haCf(options));
  await host.writeFile('/etc/ha.d/authkeys', authkeys(options.auth, secret), 0o600);
  await host.writeFile('/etc/ha.d/haresources', haresources(scenario.group));
  await scenario.install(host);
  if (!isRealRoot()) await forgetOtherUsers(host);
  await node.prepare();
}

/** In a user namespace no file can be given to another user: a host in one has only root, like a machine without the package's users. */
async function forgetOtherUsers(host: Host): Promise<void> {
  await host.writeFile('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  await host.writeFile('/etc/group', 'root:x:0:\n');
}

function refusal(outcome: Outcome): Refusal {
  return outcome.kind === 'exited' && outcome.code === 0 ? undefined : describeOutcome(outcome);
}
