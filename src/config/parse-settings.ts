/** The whole configuration: the bytes of the four files -> settings, or everything that is wrong. */
import { Buffer } from 'node:buffer';
import { parseAuthKeys } from './auth-keys.ts';
import { defaultExtensions, parseExtensions } from './extensions.ts';
import { parseHaCf } from './ha-cf.ts';
import { parseHaresources } from './haresources.ts';
import { hasErrors, type FileRole, type Parsed, type Problem } from './problem.ts';
import type { AuthKeys, Extensions, HaCf, ResourceGroup, Settings } from './settings.ts';
import type { Understood } from './surroundings.ts';
import { startOf } from './words.ts';

/** One file as the shell found it; `file` is the name that problems show. */
export type Source =
  | { readonly kind: 'read'; readonly file: string; readonly bytes: Uint8Array }
  | {
      readonly kind: 'unreadable';
      readonly file: string;
      readonly why: 'absent' | 'permission' | 'other';
    };

export interface Sources {
  readonly haCf: Source;
  readonly authKeys: Source;
  /** Permission bits and owner of authkeys. */
  readonly keyFile?: { readonly mode: number; readonly uid: number };
  readonly haresources: Source;
  /** May be absent. */
  readonly extensions: Source;
  /** What `-d` says, when ha.cf says nothing. */
  readonly debugLevel?: number;
}

export interface ParsedSettings {
  /** Undefined when any problem is an error. */
  readonly settings: Settings | undefined;
  /**
   * As far as the files could be understood, for `checkSurroundings`, whose errors count as well;
   * undefined without an ha.cf.
   */
  readonly understood: Understood | undefined;
  /** In the order ha.cf, authkeys, haresources, extensions.ini, and of the text in each. */
  readonly problems: readonly Problem[];
}

/** A configuration of more than a mebibyte is none. */
const maxFileBytes = 1_048_576;

/** Parses one source, or says why it cannot be read. */
function readSource<Value>(
  source: Source,
  role: FileRole,
  encoding: 'utf8' | 'latin1',
  parse: (text: string, file: string) => Parsed<Value>,
): Parsed<Value | undefined> {
  const at = startOf(source.file);
  if (source.kind === 'unreadable') {
    const problem = { kind: 'cannot-open', severity: 'error', at, role, why: source.why } as const;
    return { value: undefined, problems: [problem] };
  }
  if (source.bytes.length > maxFileBytes) {
    const problem = { kind: 'file-too-large', severity: 'error', at, limit: maxFileBytes } as const;
    return { value: undefined, problems: [problem] };
  }
  return parse(Buffer.from(source.bytes).toString(encoding), source.file);
}

function readExtensions(source: Source): Parsed<Extensions | undefined> {
  if (source.kind === 'unreadable' && source.why === 'absent') {
    return { value: defaultExtensions, problems: [] };
  }
  return readSource(source, 'extensions.ini', 'utf8', parseExtensions);
}

function readAuthKeys(sources: Sources, acceptCrc: boolean): Parsed<AuthKeys | undefined> {
  const facts = { ...sources.keyFile, acceptCrc };
  return readSource(sources.authKeys, 'authkeys', 'latin1', (text, file) =>
    parseAuthKeys(text, file, facts),
  );
}

function readHaresources(source: Source, haCf: HaCf): Parsed<readonly ResourceGroup[] | undefined> {
  const { nodes } = haCf;
  const pingNodes = haCf.pingNodes.map((node) => node.name);
  return readSource(source, 'haresources', 'utf8', (text, file) =>
    parseHaresources(text, file, { nodes, pingNodes }),
  );
}

/** Who cannot be reset must not fall silent. */
function checkFence(
  { extensions: { file } }: Sources,
  { value: haCf }: Parsed<HaCf | undefined>,
  { value: extensions }: Parsed<Extensions | undefined>,
): readonly Problem[] {
  const isMissing = extensions?.stopFailure === 'fence' && haCf?.stonith.length === 0;
  return isMissing ? [{ kind: 'fence-without-device', severity: 'error', at: startOf(file) }] : [];
}

/** A name with a typing error would leave a service unwatched. */
function checkMonitoring(
  { value: groups }: Parsed<readonly ResourceGroup[] | undefined>,
  { value: extensions }: Parsed<Extensions | undefined>,
): readonly Problem[] {
  if (groups === undefined) return [];
  const subjects = groups.flatMap(({ key, resources }) => [
    `group ${key}`,
    ...resources.flatMap(({ agent, text }) => [agent, text]),
  ]);
  return [...(extensions?.monitoring ?? [])]
    .filter(([subject]) => subject !== '' && !subjects.includes(subject))
    .map(([subject, { at }]) => ({ kind: 'monitors-nothing', severity: 'warning', at, subject }));
}

/**
 * What the four files say. Every error of all of them is told at once, so that one run is enough
 * to mend them; haresources is not looked at when there is no ha.cf to know the nodes from.
 */
export function parseSettings(sources: Sources): ParsedSettings {
  const extensions = readExtensions(sources.extensions);
  const haCf = readSource(sources.haCf, 'ha.cf', 'utf8', (text, file) =>
    parseHaCf(text, file, sources.debugLevel),
  );
  const authKeys = readAuthKeys(sources, extensions.value?.acceptCrc ?? false);
  const haresources: Parsed<readonly ResourceGroup[] | undefined> =
    haCf.value === undefined
      ? { value: undefined, problems: [] }
      : readHaresources(sources.haresources, haCf.value);
  const parts = [haCf, authKeys, haresources, extensions];
  const problems = [
    ...parts.flatMap((part) => part.problems),
    ...checkFence(sources, haCf, extensions),
    ...checkMonitoring(haresources, extensions),
  ];
  const understood = haCf.value && { haCf: haCf.value, haresources: haresources.value ?? [] };
  if (hasErrors(problems) || !understood || !authKeys.value || !extensions.value) {
    return { settings: undefined, understood, problems };
  }
  const settings: Settings = {
    ...understood,
    authKeys: authKeys.value,
    extensions: extensions.value,
  };
  return { settings, understood, problems };
}
