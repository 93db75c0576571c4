/** The fencing device of this node: the lines of ha.cf that are for it, held against what its plug-in wants (spec fencing 1). */
import type { PluginFault, Report } from './problem.ts';
import type { FencingDevice, StonithDevice } from './settings.ts';
import { suggest } from './suggest.ts';
import type { NodeName } from '../units.ts';

/** What the shell found out of a device type. */
export type PluginFacts =
  /** The names of its parameters, in the order of a line of ha.cf. */
  | { readonly kind: 'found'; readonly names: readonly string[] }
  /** No such type; `types` are those that there are. */
  | { readonly kind: 'unknown'; readonly types: readonly string[] }
  /** Its script is not there, or must not be run, or has no answer. */
  | { readonly kind: 'unusable'; readonly path: string; readonly why: PluginFault }
  /** It is compiled, and the program that drives it is not there. */
  | { readonly kind: 'no-stonith-command' };

/** What the shell found out of the devices of this node. */
export interface DeviceFacts {
  /** By type. */
  readonly plugins: ReadonlyMap<string, PluginFacts>;
  /** By the name of a parameter file: its text, or undefined when it cannot be read. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** The lines that this node acts upon, in their order; `*` is every node, the name of a host is lower case. */
export const devicesFor = (
  devices: readonly StonithDevice[],
  self: NodeName,
): readonly StonithDevice[] =>
  devices.filter(({ host }) => host === '*' || host.toLowerCase() === self);

/** The device to use, the last of several; every one is judged, as in C. */
export function resolveDevice(
  devices: readonly StonithDevice[],
  facts: DeviceFacts,
  report: Report,
): FencingDevice | undefined {
  const last = devices.at(-1);
  for (const { at, type } of devices.slice(0, -1))
    report({ kind: 'stonith-replaced', severity: 'warning', at, type, by: last?.type ?? type });
  return devices.map((device) => resolve(device, facts, report)).at(-1);
}

function resolve(
  device: StonithDevice,
  facts: DeviceFacts,
  report: Report,
): FencingDevice | undefined {
  const { at, type } = device;
  if (type === 'suicide') {
    report({ kind: 'stonith-suicide', severity: 'error', at });
    return undefined;
  }
  const plugin = facts.plugins.get(type) ?? { kind: 'unknown', types: [] };
  if (plugin.kind !== 'found') {
    blame(device, plugin, report);
    return undefined;
  }
  const text = textOf(device, facts);
  const values = text === undefined ? undefined : split(text, plugin.names);
  if (values !== undefined) return { type, parameters: values };
  if (device.from.kind === 'file') {
    const reason = text === undefined ? 'unreadable' : 'too-few';
    const file = { file: device.from.path, names: plugin.names };
    report({ kind: 'stonith-file', severity: 'error', at, why: reason, ...file });
  } else {
    const given = device.from.text;
    report({ kind: 'stonith-parameters', severity: 'error', at, given, names: plugin.names });
  }
  return undefined;
}

function blame(
  { at, from, type }: StonithDevice,
  plugin: Exclude<PluginFacts, { readonly kind: 'found' }>,
  report: Report,
): void {
  switch (plugin.kind) {
    case 'unknown': {
      const suggestion = suggest(type, plugin.types);
      report({ kind: 'stonith-type', severity: 'error', at, type, suggestion });
      break;
    }
    case 'unusable': {
      const { path, why } = plugin;
      report({ kind: 'stonith-script', severity: 'error', at, type, path, why, from });
      break;
    }
    case 'no-stonith-command':
      report({ kind: 'stonith-command', severity: 'error', at, type });
      break;
  }
}

/** Of a parameter file only the first line counts that is neither empty nor a comment. */
function textOf({ from }: StonithDevice, { files }: DeviceFacts): string | undefined {
  if (from.kind === 'line') return from.text;
  const lines = files.get(from.path)?.split('\n') ?? [];
  return lines.find((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** Parameters are positional; the last one has all that is left of the line. Undefined when there are too few. */
function split(text: string, names: readonly string[]): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  let rest = text.trim();
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    const value = isLast ? rest : (/^[^ \t\r\f]+/.exec(rest)?.[0] ?? '');
    if (value === '') return undefined;
    values.set(name, value);
    rest = rest.slice(value.length).trimStart();
  }
  return values;
}
