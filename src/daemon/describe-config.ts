/** `heartbeat -v`: the configuration that is in force, with what each directive was given or is by default. */
import type { HaCf, Medium } from '../config/settings.ts';
import { loadConfig, type LoadOptions } from './load-config.ts';
import type { Paths } from './paths.ts';
import { bareAgentPlaces } from './places.ts';

/**
 * One line for each directive, node and medium, the words parted by tabs, with what `meaningOf` tells of a directive after a
 * `#`, as in C; empty when the files have errors.
 */
export async function describeConfig(
  where: Paths,
  options: LoadOptions,
  meaningOf: (directive: string) => string | undefined,
): Promise<string> {
  const { settings } = await loadConfig(where, await bareAgentPlaces(where), options);
  if (settings === undefined) return '';
  const { haCf } = settings;
  const rows = [...haCf.parameters, ...nodeRows(haCf), ...haCf.media.map(mediumRow)];
  const told = rows.map(([name, value]) => {
    const meaning = meaningOf(name);
    return `${name}\t${value}${meaning === undefined ? '' : `\t#\t${meaning}`}\n`;
  });
  return told.join('');
}

function nodeRows({ nodes }: HaCf): [string, string][] {
  return nodes.map((node) => ['node', node]);
}

function mediumRow(medium: Medium): [string, string] {
  switch (medium.kind) {
    case 'bcast':
      return [medium.kind, medium.iface];
    case 'ucast':
    case 'ucast6':
      return [medium.kind, `${medium.iface} ${medium.host}`];
    case 'mcast':
    case 'mcast6': {
      const { group, iface, loop, port, ttl } = medium;
      return [medium.kind, [iface, group, port, ttl, loop ? 1 : 0].join(' ')];
    }
  }
}
