/** Which device types there are on this machine, what they want to know, and the device that is made of it. */
import type { PluginFacts } from '../config/fencing-device.ts';
import type { FencingDevice } from '../config/settings.ts';
import { CommandDevice, compiledNames, stonithCommand, typesOf } from './command.ts';
import type { Device, DeviceSurroundings, StonithPlaces } from './device.ts';
import { ExternalDevice, externalNames, findExternal } from './external.ts';
import { fenceAgentDevice, fenceAgentNames, findFenceAgent } from './fence-agent.ts';
import { meatwareDevice } from './meatware.ts';
import { nullDevice } from './null.ts';
import { sshDevice } from './ssh.ts';

/** The directories and programs of cluster-glue on the distributions that have it. */
export const stonithPlaces: StonithPlaces = {
  external: ['/usr/lib/stonith/plugins/external', '/usr/lib64/stonith/plugins/external'],
  rhcs: ['/usr/lib/stonith/plugins/rhcs', '/usr/lib64/stonith/plugins/rhcs'],
  command: ['/usr/sbin/stonith', '/usr/bin/stonith'],
  fenceAgents: ['/usr/sbin', '/usr/bin'],
  fifos: '/run',
};

/** Types that need no program of others. */
const builtIn: ReadonlyMap<string, readonly string[]> = new Map([
  ['null', ['hostlist']],
  ['meatware', ['hostlist']],
  ['ssh', ['hostlist']],
  // Refused by the configuration, but not as unknown.
  ['suicide', []],
]);

const externalName = (type: string): string | undefined => /^external\/(.*)$/s.exec(type)?.[1];

type Runner = Pick<DeviceSurroundings, 'directory' | 'environment' | 'places'>;

/** What there is to know about a type before it can be configured; takes at most some seconds. Never rejects. */
export async function pluginFacts(type: string, runner: Runner): Promise<PluginFacts> {
  const names = builtIn.get(type);
  if (names !== undefined) return { kind: 'found', names };
  const external = externalName(type);
  return external === undefined ? compiledFacts(type, runner) : externalFacts(external, runner);
}

async function externalFacts(name: string, runner: Runner): Promise<PluginFacts> {
  const found = await findExternal(name, runner.places.external);
  if (!found.ok) {
    const agent = await findFenceAgent(name, runner.places.fenceAgents);
    const isAgent = agent !== undefined && found.reason.why === 'absent';
    return isAgent
      ? { kind: 'found', names: fenceAgentNames }
      : { kind: 'unusable', ...found.reason };
  }
  const names = await externalNames(found.value, runner);
  if (names === undefined) return { kind: 'unusable', path: found.value, why: 'no-answer' };
  return { kind: 'found', names };
}

async function compiledFacts(type: string, runner: Runner): Promise<PluginFacts> {
  const command = await stonithCommand(runner.places.command);
  const rhcs = /^rhcs\/(.*)$/s.exec(type)?.[1];
  if (rhcs !== undefined) {
    // The command knows no better than to take any name.
    const found = await findExternal(`fence_${rhcs}`, runner.places.rhcs);
    if (!found.ok) return { kind: 'unusable', ...found.reason };
  }
  if (command === undefined) {
    const isKnown = knownTypes.includes(type) || rhcs !== undefined;
    return isKnown
      ? { kind: 'no-stonith-command' }
      : { kind: 'unknown', types: [...builtIn.keys(), ...knownTypes] };
  }
  const names = await compiledNames(command, type, runner);
  if (names !== undefined) return { kind: 'found', names };
  return { kind: 'unknown', types: [...builtIn.keys(), ...(await typesOf(command, runner))] };
}

/** The compiled types of cluster-glue: without its program they are told from slips of the pen. */
const knownTypes: readonly string[] = [
  ...['apcmaster', 'apcmastersnmp', 'apcsmart', 'baytech', 'bladehpi', 'cyclades', 'drac3'],
  ...['ibmhmc', 'ipmilan', 'nw_rpc100s', 'rcd_serial', 'rps10', 'wti_mpc', 'wti_nps'],
];

/** The device, ready for use; undefined when the program that drives it has gone since the start. */
export async function openDevice(
  { parameters, type }: FencingDevice,
  around: DeviceSurroundings,
): Promise<Device | undefined> {
  if (type === 'null') return nullDevice(around);
  if (type === 'meatware') return meatwareDevice(around);
  if (type === 'ssh') return sshDevice(parameters, around);
  const external = externalName(type);
  if (external !== undefined) {
    const script = await findExternal(external, around.places.external);
    const agent = await findFenceAgent(external, around.places.fenceAgents);
    return script.ok || agent === undefined
      ? new ExternalDevice(external, parameters, around)
      : fenceAgentDevice(agent, parameters, around);
  }
  const command = await stonithCommand(around.places.command);
  return command === undefined
    ? undefined
    : new CommandDevice(command, type, { parameters, around });
}
