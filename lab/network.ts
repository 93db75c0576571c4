/** Switches, cables and bad weather: network commands inside the namespaces of hosts. Nothing is made on the machine itself. */
import { mustRun, runCommand, type Outcome } from './command.ts';

/** What a cable does to the packets on it, in both directions. */
export interface Weather {
  /** Per cent of the packets that are lost, 0 to 100. */
  readonly lossPercent?: number;
  /** Milliseconds by which each packet is late. */
  readonly delay?: number;
  /** Per cent of the packets that overtake the late ones; needs a delay. */
  readonly reorderPercent?: number;
}

const inNetwork = (pid: number, command: readonly string[]): string[] => [
  `--target=${String(pid)}`,
  '--net',
  '--',
  ...command,
];

/** Runs `ip` in the network of the process `pid`; rejects when it fails. */
async function ip(pid: number, ...args: readonly string[]): Promise<void> {
  await mustRun('nsenter', inNetwork(pid, ['ip', ...args]));
}

/** Makes a switch in the network of `pid`; its own address, if it gets one, is the client's. */
export async function makeSwitch(pid: number, name: string, address?: string): Promise<void> {
  // Without snooping a switch repeats multicasts everywhere at once, as a simple one does.
  await ip(pid, 'link', 'add', name, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0');
  if (address !== undefined) await ip(pid, 'address', 'add', address, 'dev', name);
  await ip(pid, 'link', 'set', name, 'up');
}

/** One end of a cable: the process that keeps the network, and the name of the interface in it. */
export interface CableEnd {
  readonly pid: number;
  readonly name: string;
}

/** Connects a port of a switch with an interface of a host, which gets the address; the port is left down. */
export async function plugCable(
  port: CableEnd,
  switchName: string,
  host: CableEnd,
  address: string,
): Promise<void> {
  const peer = ['peer', 'name', host.name, 'netns', String(host.pid)];
  await ip(port.pid, 'link', 'add', port.name, 'type', 'veth', ...peer);
  await ip(port.pid, 'link', 'set', port.name, 'master', switchName);
  await ip(host.pid, 'address', 'add', address, 'broadcast', '+', 'dev', host.name);
  await ip(host.pid, 'link', 'set', host.name, 'up');
}

/** Multicasts leave a host that has no default route by this interface. */
export async function routeMulticast(pid: number, name: string): Promise<void> {
  await ip(pid, 'route', 'replace', '224.0.0.0/4', 'dev', name);
}

/** Switches a port on or off; the host at its other end sees its carrier come or go. */
export async function setPort(port: CableEnd, state: 'up' | 'down'): Promise<void> {
  await ip(port.pid, 'link', 'set', port.name, state);
}

/**
 * Sets the weather on both ends of a cable, in place of what was there. Uses netem where the kernel has it, else an nftables
 * rule at each end, which can lose packets but not delay them; rejects with the reason when neither can.
 */
export async function setWeather(ends: readonly CableEnd[], weather: Weather): Promise<void> {
  for (const end of ends) {
    await clearWeather(end);
    if (Object.keys(weather).length === 0) continue;
    const netem = await tryNetem(end, weather);
    if (netem.kind === 'exited' && netem.code === 0) continue;
    await setLossByRule(end, weather);
  }
}

async function clearWeather(end: CableEnd): Promise<void> {
  // Both fail when there is nothing to remove, which is the usual case.
  await runCommand('nsenter', inNetwork(end.pid, ['tc', 'qdisc', 'del', 'dev', end.name, 'root']));
  await runCommand(
    'nsenter',
    inNetwork(end.pid, ['nft', 'delete', 'table', 'netdev', tableOf(end)]),
  );
}

const tableOf = (end: CableEnd): string => `lab_${end.name}`;

function tryNetem(end: CableEnd, weather: Weather): Promise<Outcome> {
  const loss = ['loss', `${String(weather.lossPercent ?? 0)}%`];
  const delay = weather.delay === undefined ? [] : ['delay', `${String(weather.delay)}ms`];
  const { reorderPercent } = weather;
  const reorder = reorderPercent === undefined ? [] : ['reorder', `${String(reorderPercent)}%`];
  const queue = ['tc', 'qdisc', 'add', 'dev', end.name, 'root', 'netem'];
  return runCommand('nsenter', inNetwork(end.pid, [...queue, ...delay, ...reorder, ...loss]));
}

async function setLossByRule(end: CableEnd, weather: Weather): Promise<void> {
  if (weather.delay !== undefined || weather.reorderPercent !== undefined) {
    throw new Error('this kernel has no netem (sch_netem): packets cannot be delayed or reordered');
  }
  const table = tableOf(end);
  const limit = String(Math.round((weather.lossPercent ?? 0) * 10));
  const nft = (...args: readonly string[]): Promise<string> =>
    mustRun('nsenter', inNetwork(end.pid, ['nft', ...args]));
  await nft('add', 'table', 'netdev', table);
  const hook = ['type', 'filter', 'hook', 'ingress', 'device', end.name, 'priority', '0', ';'];
  await nft('add', 'chain', 'netdev', table, 'loss', '{', ...hook, '}');
  const dice = ['numgen', 'random', 'mod', '1000', '<', limit, 'drop'];
  await nft('add', 'rule', 'netdev', table, 'loss', ...dice);
}
