/** extensions.ini: what C heartbeat cannot do; without the file the defaults hold (docs/configuration.md). */
import { millis, seconds, type Millis } from '../units.ts';
import { defaultQuorum, parsePlugins, parsePolicy, parseTiebreak } from './quorum.ts';
import { type Ini, readIni, type IniEntry, type IniSection } from './ini.ts';
import {
  inTextOrder,
  type Parsed,
  type Problem,
  type Report,
  type WantedSetting,
} from './problem.ts';
import type { Extensions, OnHeal, QuorumOptions, SplitBrain, StopFailure } from './settings.ts';
import { suggest } from './suggest.ts';
import { parseBoolean } from './values.ts';

const timeouts: readonly string[] = ['start_timeout', 'stop_timeout', 'status_timeout'];

const sections: ReadonlyMap<string, readonly string[]> = new Map([
  ['address', ['probe']],
  ['auth', ['accept_crc']],
  ['failures', ['stop']],
  ['fencing', ['timeout', 'delay']],
  ['quorum', ['plugins', 'policy', 'tiebreak', 'release']],
  ['scripts', timeouts],
  ['split-brain', ['on_heal', 'wait']],
]);

export const defaultExtensions: Extensions = {
  addressProbe: false,
  acceptCrc: false,
  stopFailure: undefined,
  fencing: { timeout: seconds(60), delay: millis(0) },
  quorum: defaultQuorum,
  scriptLimits: { start: seconds(120), stop: seconds(60), status: seconds(20) },
  agentLimits: new Map(),
  splitBrain: { onHeal: 'yield', wait: millis(3500) },
};

const stopFailureWords: readonly StopFailure[] = ['fence', 'reboot', 'hold'];
const onHealWords: readonly OnHeal[] = ['yield', 'restart', 'log'];

/** A script that needs longer than a day is not waited for. */
const longestLimit = 86_400_000;
const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['', 1000],
  ['min', 60_000],
]);

/** A time of at least 1 ms, with its unit: `500ms`, `90s`, `2min`, or bare seconds. */
function parseLimit(text: string): Millis | undefined {
  const limit = parseDuration(text);
  return limit !== undefined && limit >= 1 ? limit : undefined;
}

/** The same, or nothing at all. */
function parseDuration(text: string): Millis | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text) ?? [];
  const factor = units.get(unit);
  if (number === '' || factor === undefined) return undefined;
  const limit = Math.round(Number(number) * factor);
  return limit <= longestLimit ? millis(limit) : undefined;
}

/** The value of one key through `parse`, or its default; a bad one is reported. */
function readSetting<Value>(
  entries: readonly IniEntry[],
  name: { readonly section: string; readonly key: string },
  parse: { readonly read: (text: string) => Value | undefined; readonly wanted: WantedSetting },
  report: Report,
): Value | undefined {
  const entry = entries.find(({ section, key }) => section === name.section && key === name.key);
  if (entry === undefined) return undefined;
  const value = parse.read(entry.value.text);
  if (value === undefined) {
    const facts = { ...name, value: entry.value.text, wanted: parse.wanted };
    report({ kind: 'bad-setting', severity: 'error', at: entry.value.at, ...facts });
  }
  return value;
}

/** The keys of a section, undefined when there is none of that name. Any agent may have one: scripts have any name. */
function keysOf(section: string): readonly string[] | undefined {
  return agentOf(section) === undefined ? sections.get(section) : timeouts;
}

/** `[agent Filesystem]`: the name as it is written in haresources. */
function agentOf(section: string): string | undefined {
  return /^agent\s+(\S+)$/.exec(section)?.[1];
}

function checkSection({ name, at }: IniSection, report: Report): void {
  if (keysOf(name) !== undefined) return;
  const known = [...sections.keys()];
  const facts = { section: name, known, suggestion: suggest(name, known) };
  report({ kind: 'unknown-section', severity: 'error', at, ...facts });
}

function checkKey({ section, key, at }: IniEntry, report: Report): void {
  const known = keysOf(section);
  if (known === undefined || known.includes(key)) return;
  const facts = { section, key, known, suggestion: suggest(key, known) };
  report({ kind: 'unknown-key', severity: 'error', at, ...facts });
}

const limit = { read: parseLimit, wanted: 'time' } as const;
const duration = { read: parseDuration, wanted: 'duration' } as const;
const truth = { read: parseBoolean, wanted: 'truth' } as const;
const stopFailure = {
  read: (text: string) => stopFailureWords.find((word) => word === text),
  wanted: 'stop-failure',
} as const;
const onHeal = {
  read: (text: string) => onHealWords.find((word) => word === text),
  wanted: 'on-heal',
} as const;

function readSplitBrain(entries: readonly IniEntry[], report: Report): SplitBrain {
  const section = 'split-brain';
  const { splitBrain } = defaultExtensions;
  return {
    onHeal: readSetting(entries, { section, key: 'on_heal' }, onHeal, report) ?? splitBrain.onHeal,
    wait: readSetting(entries, { section, key: 'wait' }, limit, report) ?? splitBrain.wait,
  };
}

const plugins = { read: parsePlugins, wanted: 'plugins' } as const;
const policy = { read: parsePolicy, wanted: 'policy' } as const;
const tiebreak = { read: parseTiebreak, wanted: 'tiebreak' } as const;

function readQuorum(entries: readonly IniEntry[], report: Report): QuorumOptions {
  const section = 'quorum';
  const known = {
    plugins: readSetting(entries, { section, key: 'plugins' }, plugins, report),
    policy: readSetting(entries, { section, key: 'policy' }, policy, report),
    tiebreak: readSetting(entries, { section, key: 'tiebreak' }, tiebreak, report),
    release: readSetting(entries, { section, key: 'release' }, duration, report),
  };
  return {
    plugins: known.plugins,
    policy: known.policy ?? defaultQuorum.policy,
    tiebreak: known.tiebreak ?? defaultQuorum.tiebreak,
    release: known.release ?? defaultQuorum.release,
  };
}

function readAgentLimits(
  { entries, sections: named }: Ini,
  report: Report,
): Extensions['agentLimits'] {
  const limits = named.flatMap(({ name: section }) => {
    const agent = agentOf(section);
    if (agent === undefined) return [];
    const start = readSetting(entries, { section, key: 'start_timeout' }, limit, report);
    const stop = readSetting(entries, { section, key: 'stop_timeout' }, limit, report);
    const status = readSetting(entries, { section, key: 'status_timeout' }, limit, report);
    const given = {
      ...(start && { start }),
      ...(stop && { stop }),
      ...(status && { status }),
    };
    return [[agent, given] as const];
  });
  return new Map(limits);
}

/** The extensions of a text; keys that are missing or wrong keep their defaults. */
export function parseExtensions(text: string, file: string): Parsed<Extensions> {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const ini = readIni(text, file);
  for (const section of ini.sections) checkSection(section, report);
  for (const entry of ini.entries) checkKey(entry, report);
  const timeout = (key: string, section = 'scripts'): Millis | undefined =>
    readSetting(ini.entries, { section, key }, limit, report);
  const delay = readSetting(ini.entries, { section: 'fencing', key: 'delay' }, duration, report);
  const acceptCrc = readSetting(ini.entries, { section: 'auth', key: 'accept_crc' }, truth, report);
  const address = { section: 'address', key: 'probe' };
  const failures = { section: 'failures', key: 'stop' };
  const { fencing, scriptLimits } = defaultExtensions;
  const value: Extensions = {
    addressProbe:
      readSetting(ini.entries, address, truth, report) ?? defaultExtensions.addressProbe,
    acceptCrc: acceptCrc ?? defaultExtensions.acceptCrc,
    stopFailure: readSetting(ini.entries, failures, stopFailure, report),
    fencing: {
      timeout: timeout('timeout', 'fencing') ?? fencing.timeout,
      delay: delay ?? fencing.delay,
    },
    scriptLimits: {
      start: timeout('start_timeout') ?? scriptLimits.start,
      stop: timeout('stop_timeout') ?? scriptLimits.stop,
      status: timeout('status_timeout') ?? scriptLimits.status,
    },
    quorum: readQuorum(ini.entries, report),
    agentLimits: readAgentLimits(ini, report),
    splitBrain: readSplitBrain(ini.entries, report),
  };
  return { value, problems: inTextOrder([...ini.problems, ...problems]) };
}
