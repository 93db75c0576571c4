/**
 * `external/fence_NAME`: a fence agent, as Pacemaker has them, where there is no script of that name. Its parameters here are the host list and
 * the agent's own options, `ip=10.0.0.9 username=admin password=...`; what the agent calls the node is its name, unless
 * `map=node1:3,node2:4` is among them.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript } from '../agents/run-script.ts';
import type { NodeName } from '../units.ts';
import {
  type Device,
  type DeviceSurroundings,
  faultOf,
  hostsIn,
  linesOf,
  type Parameters,
} from './device.ts';

/** The parameters of every fence agent, in the order of a line of ha.cf. */
export const fenceAgentNames: readonly string[] = ['hostlist', 'options'];

/** The program of a type `fence_NAME`; undefined when there is none. */
export async function findFenceAgent(
  name: string,
  directories: readonly string[],
): Promise<string | undefined> {
  if (!/^fence_[a-z0-9_]+$/.test(name)) return undefined;
  for (const directory of directories) {
    const path = join(directory, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}

/** The device that the agent at `path` is. */
export function fenceAgentDevice(
  path: string,
  parameters: Parameters,
  around: DeviceSurroundings,
): Device {
  const hosts = hostsIn(parameters.get('hostlist') ?? '');
  const { map = '', ...options } = optionsIn(parameters.get('options') ?? '');
  const ask = async (
    words: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const input = Object.entries(words).map(([name, value]) => `${name}=${value}\n`);
    const { directory, environment, limit } = around;
    const end = await runScript(
      {
        path,
        args: [],
        environment,
        directory,
        limit,
        input: input.join(''),
        stdout: 'capture-all',
        log: undefined,
      },
      signal,
    );
    for (const line of 'output' in end ? linesOf(end.output) : [])
      around.log({ level: 'info', text: `glib: ${path}: ${line}` });
    return faultOf(end, limit);
  };
  return {
    id: () => Promise.resolve(path),
    reset: async (node, signal) => {
      if (!hosts.includes(node)) return { kind: 'bad-host', device: path };
      const plug = plugOf(node, map);
      const fault = await ask(
        { action: 'reboot', nodename: node, plug, port: plug, ...options },
        signal,
      );
      return fault === undefined ? { kind: 'ok' } : { kind: 'failed', why: fault };
    },
    status: (signal) => ask({ action: 'monitor', ...options }, signal),
    hosts: () => Promise.resolve(hosts),
  };
}

/** `name=value` words; one without a value says nothing. */
function optionsIn(text: string): Record<string, string> {
  const words = text.split(/\s+/).filter((word) => word.includes('='));
  return Object.fromEntries(
    words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
}

function plugOf(node: NodeName, map: string): string {
  const pairs = map.split(',').map((pair) => pair.split(':'));
  return pairs.find(([name]) => name?.toLowerCase() === node)?.[1] ?? node;
}
