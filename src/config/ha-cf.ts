/** ha.cf: text -> settings, and everything that is wrong with it (spec config 2-5). */
import { millis, nodeName, type NodeName } from '../units.ts';
import { readApiAuth } from './apiauth.ts';
import { directives } from './directives.ts';
import { readRespawn, readStonith } from './helpers.ts';
import { readMedia, type Media } from './media.ts';
import { lastOf, readOptions, type Given } from './options.ts';
import { logsToSyslog, parametersOf } from './parameters.ts';
import { inTextOrder, type Parsed, type Problem, type Report } from './problem.ts';
import type { AutoFailback, HaCf, Logging, Position } from './settings.ts';
import { readStatements, type Statement } from './statements.ts';
import { checkTiming, readTiming } from './timing.ts';
import { parseBoolean, parseInteger, parseTime } from './values.ts';
import { startOf } from './words.ts';

const maxNodes = 100;
const maxNodeName = 99;

/** The value of a boolean directive, or its default. */
function isOn(given: Given, directive: string): boolean {
  const text = lastOf(given, directive)?.text ?? directives.get(directive)?.fallback ?? 'no';
  return parseBoolean(text) ?? false;
}

function numberOf(given: Given, directive: string, otherwise: number): number {
  const text = lastOf(given, directive)?.text;
  return (text === undefined ? undefined : parseInteger(text)?.value) ?? otherwise;
}

function readNodes(given: Given, report: Report): readonly NodeName[] {
  const places = new Map<NodeName, Position>();
  for (const { text, at } of given.get('node') ?? []) {
    const name = nodeName(text);
    const before = places.get(name);
    if (text.length > maxNodeName) {
      report({ kind: 'node-name-too-long', severity: 'error', at, node: text });
    } else if (before !== undefined) {
      report({ kind: 'node-twice', severity: 'warning', at, node: name, before });
    } else places.set(name, at);
  }
  return [...places.keys()];
}

/** `nice_failback` is the obsolete form: it speaks in C heartbeat only after auto_failback on or off. */
function readFailback(statements: readonly Statement[], report: Report): AutoFailback {
  let failback: AutoFailback = 'legacy';
  for (const { name, words, at } of statements) {
    for (const { text } of words) {
      const isTrue = parseBoolean(text);
      if (name === 'auto_failback' && isTrue !== undefined) failback = isTrue ? 'on' : 'off';
      if (name === 'auto_failback' && text.toLowerCase() === 'legacy') failback = 'legacy';
      if (name !== 'nice_failback' || isTrue === undefined) continue;
      failback = failback === 'legacy' ? 'legacy' : 'off';
      report({ kind: 'nice-failback', severity: 'warning', at, value: text, means: failback });
    }
  }
  return failback;
}

function readLogging(given: Given): Logging {
  const logfile = lastOf(given, 'logfile')?.text;
  const debugfile = lastOf(given, 'debugfile')?.text;
  const logfacility = lastOf(given, 'logfacility')?.text;
  const useLogd = lastOf(given, 'use_logd')?.text;
  const pause = parseTime(lastOf(given, 'conn_logd_time')?.text ?? '');
  return {
    ...(logfile === undefined ? {} : { logfile }),
    ...(debugfile === undefined ? {} : { debugfile }),
    ...(logfacility === undefined ? {} : { logfacility }),
    ...(useLogd === undefined ? {} : { useLogd: parseBoolean(useLogd) === true }),
    ...(pause === undefined ? {} : { connLogdTime: millis(pause.value) }),
    syslogmsgfmt: isOn(given, 'syslogmsgfmt'),
  };
}

function checkLogging(logging: Logging, given: Given, start: Position, report: Report): void {
  const hasFile = logging.logfile !== undefined || logging.debugfile !== undefined;
  const at = lastOf(given, 'use_logd')?.at ?? start;
  const useLogd = logging.useLogd;
  if (hasFile || logsToSyslog(logging)) {
    const facility = logging.logfacility !== undefined;
    if (useLogd === true) report({ kind: 'logd-beside-files', severity: 'warning', at, facility });
  } else if (useLogd !== true) {
    const severity = useLogd === false ? 'error' : 'warning';
    report({ kind: 'no-log-target', severity, at, useLogd });
  }
}

function readEnv(given: Given, report: Report): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const { text, at } of given.get('env') ?? []) {
    const split = text.indexOf('=');
    if (split > 0) variables.set(text.slice(0, split), text.slice(split + 1));
    else report({ kind: 'env-without-value', severity: 'warning', at, word: text });
  }
  return variables;
}

/** The resource manager of this daemon is the v1 one: haresources, and no other. */
function checkManager(given: Given, report: Report): void {
  const pacemaker = lastOf(given, 'pacemaker');
  if (pacemaker !== undefined && parseBoolean(pacemaker.text) !== false) {
    const facts = { at: pacemaker.at, directive: 'crm', value: pacemaker.text };
    report({ kind: 'pacemaker-refused', severity: 'error', ...facts });
  }
  const autojoin = lastOf(given, 'autojoin');
  if (autojoin !== undefined && autojoin.text.toLowerCase() !== 'none') {
    const facts = { at: autojoin.at, value: autojoin.text };
    report({ kind: 'autojoin-refused', severity: 'error', ...facts });
  }
}

interface Members extends Media {
  readonly nodes: readonly NodeName[];
}

function checkMembers(members: Members, given: Given, start: Position, report: Report): void {
  const { nodes, media, pingNodes, failed } = members;
  const at = given.get('node')?.[0]?.at ?? start;
  const count = nodes.length + pingNodes.length;
  if (media.length === 0 && !failed) {
    report({ kind: 'no-media', severity: 'error', at: start });
  }
  if (nodes.length === 0) report({ kind: 'no-nodes', severity: 'error', at: start });
  if (count > maxNodes) {
    report({ kind: 'too-many-nodes', severity: 'error', at, count, limit: maxNodes });
  } else if (nodes.length > 2) {
    const third = given.get('node')?.find(({ text }) => nodeName(text) === nodes[2])?.at ?? at;
    const facts = { at: third, count: nodes.length };
    report({ kind: 'more-than-two-nodes', severity: 'warning', ...facts });
  }
}

function checkFailback(
  failback: AutoFailback,
  given: Given,
  start: Position,
  report: Report,
): void {
  const word = lastOf(given, 'auto_failback');
  if (failback !== 'legacy') return;
  const facts = { at: word?.at ?? start, given: word !== undefined };
  report({ kind: 'legacy-failback', severity: 'warning', ...facts });
}

/**
 * The settings of an ha.cf as far as they could be understood, and every problem in the order of
 * the text. `debugLevel` is what `-d` says: the value of `debug` when the file gives none.
 */
export function parseHaCf(text: string, file: string, debugLevel = 0): Parsed<HaCf> {
  const problems: Problem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const start = startOf(file);
  const statements = readStatements(text, file, report);
  const given = readOptions(statements, report);
  const nodes = readNodes(given, report);
  const found = readMedia(statements, report);
  const timing = readTiming(given);
  const logging = readLogging(given);
  const autoFailback = readFailback(statements, report);
  const watchdog = lastOf(given, 'watchdog')?.text;
  checkManager(given, report);
  checkMembers({ nodes, ...found }, given, start, report);
  checkTiming(timing, given, start, report);
  checkFailback(autoFailback, given, start, report);
  checkLogging(logging, given, start, report);
  const value: HaCf = {
    nodes,
    nodesAt: given.get('node')?.[0]?.at ?? start,
    ...timing,
    maxRexmitDelay: millis(numberOf(given, 'max_rexmit_delay', 250)),
    media: found.media,
    pingNodes: found.pingNodes,
    autoFailback,
    hopfudge: numberOf(given, 'hopfudge', 1),
    msgfmt: lastOf(given, 'msgfmt')?.text === 'netstring' ? 'netstring' : 'classic',
    generationFrom: lastOf(given, 'hbgenmethod')?.text === 'time' ? 'time' : 'file',
    logging,
    debug: numberOf(given, 'debug', debugLevel),
    ...(isOn(given, 'realtime') ? { realtimePriority: numberOf(given, 'rtprio', 1) } : {}),
    logBadpack: isOn(given, 'log_badpack'),
    respawn: readRespawn(statements, found.pingNodes.length > 0, report),
    ...(watchdog === undefined ? {} : { watchdog }),
    apiAuth: readApiAuth(statements, report),
    stonith: readStonith(statements, report),
    parameters: parametersOf(given, timing, logging, debugLevel),
    env: readEnv(given, report),
  };
  return { value, problems: inTextOrder(problems) };
}
