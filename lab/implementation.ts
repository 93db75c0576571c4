/** The two programs a node can run: ours, and Debian's C heartbeat as a black box. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './hosts.ts';
import type { ImplementationName } from './options.ts';
import { ownCommand } from './project.ts';

export type CommandName = 'heartbeat' | 'hb_standby' | 'hb_takeover' | 'cl_status';

export interface Implementation {
  readonly name: ImplementationName;
  readonly title: string;
  /** The words that start a command, on the host. */
  readonly command: (name: CommandName) => readonly string[];
  /** What its hosts copy from the machine. */
  readonly copies: readonly string[];
  /** What an installed package would do at each start of a host. */
  readonly prepare: (host: Host) => Promise<void>;
}

export function implementation(name: ImplementationName): Implementation {
  return name === 'ours' ? ours : cHeartbeat();
}

const ours: Implementation = {
  name: 'ours',
  title: 'ha-heartbeat',
  command: (name) => [process.execPath, ownCommand(name)],
  copies: [],
  prepare: () => Promise.resolve(),
};

/** Where Debian puts the C heartbeat's programs: newer releases first. */
const cFolders = [
  '/usr/libexec/heartbeat',
  '/usr/share/heartbeat',
  '/usr/lib/heartbeat',
  '/usr/bin',
];

/** Programs of the package that are clients of the daemon's API. */
export type CClient = 'ipfail' | 'ccm' | 'ccm_testclient' | 'dopd' | 'api_test';

/** The C heartbeat's program of that name, or undefined when it is not installed. */
export function findCProgram(name: CommandName | CClient): string | undefined {
  return cFolders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function cHeartbeat(): Implementation {
  return {
    name: 'c',
    title: 'C heartbeat',
    command: (name) => [findCProgram(name) ?? name],
    copies: [
      ...['harc', 'rc.d', 'resource.d', 'shellfuncs'].map((entry) => join('/etc/ha.d', entry)),
      ...stateFolders('/var/lib/heartbeat'),
    ].filter((path) => existsSync(path)),
    prepare: prepareC,
  };
}

/** Only the folders: the machine's own identity (hb_uuid, hb_generation) must not get into a host. */
function stateFolders(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));
}

async function prepareC(host: Host): Promise<void> {
  const folders = ['ccm', 'crm', 'dopd'].map((name) => `/run/heartbeat/${name}`);
  await host.run('install', ['-d', '-o', 'hacluster', '-g', 'haclient', ...folders]);
  await host.run('install', ['-d', '/run/heartbeat/rsctmp']);
}
