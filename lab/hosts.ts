/**
 * Test hosts on one machine: each with its own network, host name, mounts and processes, all on switches that the client sees.
 * A host dies with the process that made it. Needs root, also the root of a user namespace.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import {
  describeOutcome,
  LabError,
  mustRun,
  runCommand,
  startCommand,
  type CommandOptions,
  type Outcome,
} from './command.ts';
import { makeHostFiles } from './host-files.ts';
import { openKeeper, type Keeper } from './keeper.ts';
import {
  makeSwitch,
  plugCable,
  routeMulticast,
  setPort,
  setWeather,
  type Weather,
} from './network.ts';
import { makeLabFolder, removeLabFolder } from './lab-folder.ts';

export interface HostPlan {
  /** Host name: letters, digits, dots and hyphens. */
  readonly name: string;
  /** IPv4 address and prefix of eth0, eth1, …: the first of each host are on one switch, the second on another. */
  readonly addresses: readonly string[];
  /** What the host copies from the machine (HostFiles). */
  readonly copies?: readonly string[];
  /** Folders below /var/lib that are the host's own and empty. */
  readonly ownFolders?: readonly string[];
}

export interface HostsPlan {
  readonly nodes: readonly HostPlan[];
  /** The folder in which the hosts' temporary folder is made; default is the system's. */
  readonly dir?: string;
  /** The client's address and prefix on the first, second, … switch; default 172.16.200.1/16, and none on the others. */
  readonly client?: readonly string[];
}

interface Cable {
  readonly iface: string;
  readonly address: string;
  readonly switchName: string;
  port: string;
  cut: boolean;
}

/** One host. Its disk (/etc, /var/lib/heartbeat, /var/log) outlives a power-off, its memory and /run do not. */
export class Host {
  readonly name: string;
  /** The host's folder on the machine; `log` in it is the host's /var/log. */
  readonly dir: string;
  readonly #cables: Cable[];
  readonly #client: Host | undefined;
  #keeper: Keeper | undefined;
  #starts = 0;

  constructor(name: string, dir: string, network?: { cables: Cable[]; client: Host }) {
    this.name = name;
    this.dir = dir;
    this.#cables = network?.cables ?? [];
    this.#client = network?.client;
  }

  /** The id of the host's process 1 on the machine, or undefined when the power is off. */
  get pid(): number | undefined {
    return this.#keeper?.pid;
  }

  /** Switches the power on and plugs the cables that are not cut; no daemon is started. */
  async powerOn(): Promise<void> {
    if (this.#keeper !== undefined) return;
    const keeper = await openKeeper(this.name, this.dir);
    this.#keeper = keeper;
    this.#starts += 1;
    void keeper.ended.then(() => {
      if (this.#keeper === keeper) this.#keeper = undefined;
    });
    for (const cable of this.#cables) await this.#plug(cable);
  }

  /** Ends every process of the host at once; nothing of it can say goodbye. */
  async powerOff(): Promise<void> {
    const keeper = this.#keeper;
    this.#keeper = undefined;
    // Its network vanishes a little later than its processes; a host without power must be silent now.
    for (const cable of this.#cables) await this.#unplug(cable);
    await keeper?.end();
  }

  /** Runs a command on the host to its end. */
  run(
    command: string,
    args: readonly string[] = [],
    options: CommandOptions = {},
  ): Promise<Outcome> {
    if (this.pid === undefined)
      return Promise.resolve({ kind: 'not-started', why: 'power is off' });
    return runCommand('nsenter', this.#enter([command, ...args]), options);
  }

  /** Runs a command on the host that has to exit with 0; rejects with a LabError that tells what it said. */
  async mustRun(
    command: string,
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<void> {
    const outcome = await this.run(command, args, options);
    if (outcome.kind === 'exited' && outcome.code === 0) return;
    throw new LabError(`${this.name}: ${command}: ${describeOutcome(outcome)}`);
  }

  /** Starts a command on the host that goes on running; it ends with the host at the latest. */
  spawn(command: string, args: readonly string[] = []): ChildProcessWithoutNullStreams {
    return startCommand('nsenter', this.#enter([command, ...args]));
  }

  /** Writes a file at a path of the host, whole or not at all; folders are made. `mode` is like 0o644. */
  async writeFile(path: string, content: string, mode = 0o644): Promise<void> {
    const script =
      'umask 077; mkdir -p -m 755 "${1%/*}" && cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"';
    const args = ['sh', '-c', script, 'sh', path, mode.toString(8)];
    await mustRun('nsenter', this.#enter(args), { input: content });
  }

  /** The text at a path of the host; rejects when it cannot be read. */
  readFile(path: string): Promise<string> {
    return mustRun('nsenter', this.#enter(['cat', '--', path]));
  }

  /** Pulls the cable of an interface out. */
  async cut(iface = 'eth0'): Promise<void> {
    const cable = this.#cable(iface);
    cable.cut = true;
    if (this.pid !== undefined) await this.#setPort(cable, 'down');
  }

  /** Plugs the cable in again. */
  async heal(iface = 'eth0'): Promise<void> {
    const cable = this.#cable(iface);
    cable.cut = false;
    if (this.pid !== undefined) await this.#setPort(cable, 'up');
  }

  isCut(iface = 'eth0'): boolean {
    return this.#cable(iface).cut;
  }

  /** Loses, delays or reorders packets in both directions of an interface; `{}` ends that. It is forgotten at a power-off. */
  async impair(weather: Weather, iface = 'eth0'): Promise<void> {
    const cable = this.#cable(iface);
    const ends = [
      { pid: this.#mustBeOn(), name: iface },
      { pid: this.#switch(), name: cable.port },
    ];
    await setWeather(ends, weather);
  }

  #enter(command: readonly string[]): string[] {
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid'];
    return [`--target=${String(this.#mustBeOn())}`, ...namespaces, '--', ...command];
  }

  #mustBeOn(): number {
    if (this.pid === undefined) throw new LabError(`${this.name} has no power`);
    return this.pid;
  }

  #switch(): number {
    if (this.#client?.pid === undefined) throw new LabError('the switch has no power');
    return this.#client.pid;
  }

  #cable(iface: string): Cable {
    const cable = this.#cables.find((each) => each.iface === iface);
    if (cable === undefined) throw new LabError(`${this.name} has no interface ${iface}`);
    return cable;
  }

  #setPort(cable: Cable, state: 'up' | 'down'): Promise<void> {
    return setPort({ pid: this.#switch(), name: cable.port }, state);
  }

  async #plug(cable: Cable): Promise<void> {
    // A new name at each start: the kernel removes the old port only some time after the host's end.
    cable.port = `${cable.port.split('.', 1)[0] ?? ''}.${String(this.#starts)}`;
    const port = { pid: this.#switch(), name: cable.port };
    const host = { pid: this.#mustBeOn(), name: cable.iface };
    await plugCable(port, cable.switchName, host, cable.address);
    if (cable.iface === 'eth0') await routeMulticast(host.pid, cable.iface);
    if (!cable.cut) await setPort(port, 'up');
  }

  async #unplug(cable: Cable): Promise<void> {
    if (this.#starts === 0 || this.#client?.pid === undefined) return;
    await runCommand('nsenter', [
      `--target=${String(this.#switch())}`,
      ...['--net', '--', 'ip', 'link', 'set', cable.port, 'down'],
    ]);
  }
}

/** The hosts of one plan, and the client on their switches. */
export class Hosts {
  /** Has every switch, and an address on each. */
  readonly client: Host;
  readonly #nodes: ReadonlyMap<string, Host>;
  /** The folder on the machine in which all hosts' folders are; it ends with them. */
  readonly folder: string;
  #ended: Promise<void> | undefined;

  constructor(client: Host, nodes: readonly Host[], folder: string) {
    this.client = client;
    this.#nodes = new Map(nodes.map((host) => [host.name, host]));
    this.folder = folder;
  }

  /** The host of that name; there must be one. */
  host(name: string): Host {
    const host = this.#nodes.get(name);
    if (host === undefined) throw new LabError(`there is no host ${name}`);
    return host;
  }

  /** Ends every host and removes their folder; may be called again, also meanwhile. */
  down(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((host) => host.powerOff()));
    await this.client.powerOff();
    await removeLabFolder(this.folder);
  }
}

/** Makes the hosts and switches their power on; rejects with a LabError, and then leaves nothing behind. */
export async function createHosts(plan: HostsPlan): Promise<Hosts> {
  checkPlan(plan);
  const folder = await makeLabFolder(plan.dir);
  const client = new Host('client', join(folder, 'client'));
  const nodes = plan.nodes.map(
    (node, index) =>
      new Host(node.name, join(folder, node.name), { client, cables: cablesOf(node, index) }),
  );
  const hosts = new Hosts(client, nodes, folder);
  try {
    await makeHostFiles({
      dir: client.dir,
      name: 'client',
      hostsTable: hostsTable(plan),
      copies: [],
      ownFolders: [],
    });
    await client.powerOn();
    await makeSwitches(client, plan);
    for (const node of plan.nodes) {
      const { dir } = hosts.host(node.name);
      const { name, copies = [], ownFolders = [] } = node;
      await makeHostFiles({ dir, name, hostsTable: hostsTable(plan), copies, ownFolders });
    }
    await Promise.all(nodes.map((host) => host.powerOn()));
    return hosts;
  } catch (error) {
    await hosts.down();
    throw error;
  }
}

function checkPlan(plan: HostsPlan): void {
  for (const { name, addresses } of plan.nodes) {
    if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(name) || name === 'client') {
      throw new LabError(`"${name}" cannot be a host name`);
    }
    const wrong = addresses.find((address) => !/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(address));
    if (wrong !== undefined) throw new LabError(`"${wrong}" is no IPv4 address with a prefix`);
  }
}

function cablesOf(node: HostPlan, index: number): Cable[] {
  return node.addresses.map((address, number) => ({
    iface: `eth${String(number)}`,
    address,
    switchName: `sw${String(number)}`,
    port: `p${String(index)}e${String(number)}`,
    cut: false,
  }));
}

async function makeSwitches(client: Host, plan: HostsPlan): Promise<void> {
  const { pid } = client;
  if (pid === undefined) throw new LabError('the client ended at once');
  const addresses = plan.client ?? ['172.16.200.1/16'];
  const count = Math.max(0, ...plan.nodes.map((node) => node.addresses.length));
  for (let number = 0; number < count; number += 1) {
    await makeSwitch(pid, `sw${String(number)}`, addresses[number]);
  }
}

function hostsTable(plan: HostsPlan): string {
  const own = plan.nodes.map(
    ({ name, addresses }) => `${addresses[0]?.split('/', 1)[0] ?? ''} ${name}`,
  );
  return ['127.0.0.1 localhost', ...own.filter((line) => !line.startsWith(' ')), ''].join('\n');
}
