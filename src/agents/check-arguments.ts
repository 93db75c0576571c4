/** For the check of the configuration: what the agents inside this process would refuse, before the day of the failover. */
import { fail } from '../result.ts';
import { type BuiltIns, builtInsWith } from './built-ins.ts';
import { type Resource, builtInNames, isExecutableFile } from './find-agent.ts';
import type { Network } from './network.ts';
import type { Network6 } from './network6.ts';
import { parseOcf } from './ocf.ts';
import { openServiceAddresses } from './service-addresses.ts';

/**
 * Why the built-in agent of that name, or OCF, cannot be given these arguments, in words for the operator; undefined when it can, and for
 * every other agent. What stands before it in `resource.d` is not asked: scripts of these names take the same arguments.
 */
export async function argumentFault(resource: Resource): Promise<string | undefined> {
  const { agent, args } = resource;
  if (agent === 'OCF') return ocfFault(args);
  const name = builtInNames.find((one) => one === agent);
  if (name === undefined) return undefined;
  const acts = (idle ??= idleBuiltIns())[name](args);
  return acts.ok ? undefined : acts.reason;
}

/** Where OCF agents are installed. */
export const ocfRoot = '/usr/lib/ocf';

/** Why `OCF::provider:type::key=value…` names no agent of this machine. */
async function ocfFault(args: readonly string[]): Promise<string | undefined> {
  const parsed = parseOcf(ocfRoot, args);
  if (!parsed.ok) return parsed.reason;
  const { path } = parsed.value;
  return (await isExecutableFile(path)) ? undefined : `there is no ${path}`;
}

let idle: BuiltIns | undefined;

/** They are asked about arguments only, and act on nothing. */
function idleBuiltIns(): BuiltIns {
  const refuse = (): Promise<ReturnType<typeof fail<string>>> =>
    Promise.resolve(fail('only the arguments are checked'));
  const network: Network = {
    addresses: refuse,
    addAddress: refuse,
    deleteAddress: refuse,
    bringUp: refuse,
    routeTo: refuse,
    sendArp: refuse,
    probe: refuse,
  };
  const network6: Network6 = {
    addresses: refuse,
    routeTo: refuse,
    bringUp: refuse,
    add: refuse,
    remove: refuse,
    advertise: refuse,
    probe: refuse,
  };
  const log = (): void => undefined;
  const options = { environment: {}, directory: '/', log, network };
  return builtInsWith({ addresses: openServiceAddresses(network, network6, log), options });
}
