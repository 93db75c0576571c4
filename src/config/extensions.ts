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
import type {
  Extensions,
  FailbackOptions,
  Monitoring,
  MonitorSection,
  OnHeal,
  QuorumOptions,
  SplitBrain,
  StopFailure,
} from './settings.ts';
import { suggest } from './suggest.ts';
import { parseBoolean } from './values.ts';

const timeouts: readonly string[] = ['start_timeout', 'stop_timeout', 'status_timeout'];
const monitorKeys: readonly string[] = ['interval', 'timeout', 'restarts', 'then'];

const sections: ReadonlyMap<string, readonly string[]> = new Map([
  ['address', ['probe']],
  ['auth', ['accept_crc']],
  ['failback', ['hold', 'limit', 'within']],
  ['failures', ['stop']],
  ['fencing', ['timeout', 'delay']],
  ['monitor', monitorKeys],
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
  monitoring: new Map(),
  failback: { hold: millis(0), limit: 0, within: seconds(3600) },
  splitBrain: { onHeal: 'yield', wait: millis(3500) },
};

const stopFailureWords: readonly StopFailure[] = ['fence', 'reboot', 'hold'];
const onHealWords: readonly OnHeal[] = ['yield', 'restart', 'log'];
const thenWords: readonly NonNullable<MonitorSection['then']>[] = ['failover', 'report'];

/** A script that needs longer than a day is not waited for. */
const longestLimit = 86_400_000;
const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
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
  if (monitorOf(section) !== undefined) return monitorKeys;
  return agentOf(section) === undefined ? sections.get(section) : timeouts;
}

/** `[agent Filesystem]`: the name as it is written in haresources. */
function agentOf(section: string): string | undefined {
  return /^agent\s+(\S+)$/.exec(section)?.[1];
}

/** What `[monitor ...]` is about: a resource, `group` and a group's first resource, or nothing: all. */
function monitorOf(section: string): string | undefined {
  const [whole, group = '', name = ''] = /^monitor(?:\s+(group\s+)?(\S+))?$/.exec(section) ?? [];
  if (whole === undefined) return undefined;
  return group === '' ? name : `group ${name}`;
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

/** A whole number up to 999. */
const count = {
  read: (text: string) => (/^\d{1,3}$/.test(text) ? Number(text) : undefined),
  wanted: 'count',
} as const;
const then = {
  read: (text: string) => thenWords.find((word) => word === text),
  wanted: 'then',
} as const;

function readMonitoring({ entries, sections: named }: Ini, report: Report): Monitoring {
  const read = named.flatMap(({ name: section, at }) => {
    const subject = monitorOf(section);
    if (subject === undefined) return [];
    const interval = readSetting(entries, { section, key: 'interval' }, duration, report);
    const timeout = readSetting(entries, { section, key: 'timeout' }, limit, report);
    const restarts = readSetting(entries, { section, key: 'restarts' }, count, report);
    const whatThen = readSetting(entries, { section, key: 'then' }, then, report);
    return [[subject, { at, interval, timeout, restarts, then: whatThen }] as const];
  });
  return new Map(read);
}

function readFailback(entries: readonly IniEntry[], report: Report): FailbackOptions {
  const section = 'failback';
  const { failback } = defaultExtensions;
  const hold = readSetting(entries, { section, key: 'hold' }, duration, report);
  const within = readSetting(entries, { section, key: 'within' }, limit, report);
  return {
    hold: hold ?? failback.hold,
    limit: readSetting(entries, { section, key: 'limit' }, count, report) ?? failback.limit,
    within: within ?? failback.within,
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
    monitoring: readMonitoring(ini, report),
    failback: readFailback(ini.entries, report),
    splitBrain: readSplitBrain(ini.entries, report),
  };
  return { value, problems: inTextOrder([...ini.problems, ...problems]) };
}
