/** The recorded verdicts of C heartbeat, and the machine on which they were recorded. */
import { readFileSync } from 'node:fs';
import { formatProblem } from '../../src/config/format-problem.ts';
import type { Problem } from '../../src/config/problem.ts';
import { parseSettings, type Source, type Sources } from '../../src/config/parse-settings.ts';
import type { Settings } from '../../src/config/settings.ts';
import { checkSurroundings, type Surroundings } from '../../src/config/surroundings.ts';
import { nodeName } from '../../src/units.ts';

/** One case: the files as they were, and what C heartbeat made of them. */
export interface ConfigCase {
  readonly name: string;
  readonly accepted: boolean;
  readonly haCf?: string;
  readonly authKeys?: string;
  readonly haresources?: string;
  readonly node?: string;
  readonly mode?: string;
  readonly owner?: string;
  readonly nodeInfo?: string;
  /** The errors it logged, without level. */
  readonly errors: readonly string[];
}

export interface Corpus {
  readonly haCf: readonly {
    readonly name: string;
    readonly text: string;
    readonly accepted: boolean;
  }[];
  readonly authKeys: Corpus['haCf'];
  readonly haresources: readonly {
    readonly name: string;
    readonly text: string;
    readonly lines: readonly string[];
  }[];
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`cases/${name}`, import.meta.url), 'utf8'));
}

export const configCases: readonly ConfigCase[] = readJson('config-cases.json') as ConfigCase[];
export const corpus: Corpus = readJson('corpus.json') as Corpus;

/** The machine of the cases: three interfaces, a few users and programs. */
export const machine: Surroundings = {
  self: nodeName('node1'),
  interfaces: [
    { name: 'lo', addresses: [{ address: '127.0.0.1', prefix: 8 }] },
    {
      name: 'eth0',
      addresses: [{ address: '172.16.100.6', prefix: 16, broadcast: '172.16.255.255' }],
    },
    { name: 'eth1', addresses: [{ address: '10.0.0.6', prefix: 24, broadcast: '10.0.0.255' }] },
    { name: 'eth2', addresses: [] },
  ],
  hosts: new Map([['no-such-host.invalid', []]]),
  noUsers: new Set(['nosuchuser']),
  noGroups: new Set(['nosuchgroup']),
  noCommands: new Set(['/nonexistent/prog', '/etc/passwd']),
  agents: new Set(['IPaddr', 'IPaddr2', 'Filesystem', 'httpd', 'mysqld']),
  devices: {
    plugins: new Map([
      ['null', { kind: 'found', names: ['hostlist'] }],
      ['ssh', { kind: 'found', names: ['hostlist'] }],
      ['nosuch', { kind: 'unknown', types: ['null', 'ssh'] }],
      ['shh', { kind: 'unknown', types: ['null', 'ssh'] }],
    ]),
    files: new Map(),
  },
  addressForms: new Map(),
  badArguments: new Map(),
};

/** A problem as the start tells it. */
export const inEnglish = (problem: Problem): string => formatProblem(problem, 'en');

const source = (file: string, text: string | undefined): Source =>
  text === undefined
    ? { kind: 'unreadable', file, why: 'absent' }
    : { kind: 'read', file, bytes: Buffer.from(text) };

/** Texts as sources, under the names of a real machine. */
export function sourcesOf(texts: {
  readonly haCf?: string | undefined;
  readonly authKeys?: string | undefined;
  readonly haresources?: string | undefined;
  readonly extensions?: string | undefined;
  readonly mode?: number;
  readonly uid?: number;
}): Sources {
  return {
    haCf: source('/etc/ha.d/ha.cf', texts.haCf),
    authKeys: source('/etc/ha.d/authkeys', texts.authKeys),
    keyFile: { mode: texts.mode ?? 0o600, uid: texts.uid ?? 0 },
    haresources: source('/etc/ha.d/haresources', texts.haresources),
    extensions: source('/etc/ha.d/extensions.ini', texts.extensions),
  };
}

/** What the start would say to these sources on this machine. */
export function judge(
  sources: Sources,
  around: Surroundings,
): { readonly settings: Settings | undefined; readonly problems: readonly Problem[] } {
  const { settings, understood, problems } = parseSettings(sources);
  const misfits = understood === undefined ? [] : checkSurroundings(understood, around);
  return { settings, problems: [...problems, ...misfits] };
}
