/** The times of ha.cf: their defaults, those that follow from others, and how they must relate (spec config 3). */
import { millis, type Millis } from '../units.ts';
import { directives } from './directives.ts';
import { lastOf, type Given } from './options.ts';
import type { Report } from './problem.ts';
import type { Position } from './settings.ts';
import { parseTime } from './values.ts';

export interface Timing {
  readonly keepalive: Millis;
  readonly deadtime: Millis;
  readonly warntime: Millis;
  readonly initdead: Millis;
  readonly deadping: Millis;
}

const shortInitdead = 10_000;

function timeOf(given: Given, directive: string, otherwise: number): Millis {
  const text = lastOf(given, directive)?.text ?? directives.get(directive)?.fallback;
  return millis((text === undefined ? undefined : parseTime(text)?.value) ?? otherwise);
}

/** How long the first dead time is when the file does not say. */
function usualInitdead(deadtime: number): number {
  if (deadtime > 10_000) return deadtime;
  return deadtime < 6_000 ? 12_000 : 2 * deadtime;
}

/** All five times, given or derived. */
export function readTiming(given: Given): Timing {
  const deadtime = timeOf(given, 'deadtime', 0);
  return {
    keepalive: timeOf(given, 'keepalive', 0),
    deadtime,
    warntime: timeOf(given, 'warntime', Math.floor(deadtime / 2)),
    initdead: timeOf(given, 'initdead', usualInitdead(deadtime)),
    deadping: timeOf(given, 'deadping', deadtime),
  };
}

function checkInitdead(timing: Timing, at: Position, report: Report): void {
  const { initdead, deadtime } = timing;
  const facts = { at, initdead, deadtime };
  if (initdead < deadtime) {
    report({ kind: 'initdead-below-deadtime', severity: 'error', ...facts });
    return;
  }
  if (initdead < shortInitdead) report({ kind: 'initdead-short', severity: 'warning', ...facts });
  if (initdead < 2 * deadtime) {
    report({ kind: 'initdead-below-twice-deadtime', severity: 'warning', ...facts });
  }
}

/** Reports times that do not fit each other; `otherwise` is the place for those that are not given. */
export function checkTiming(
  timing: Timing,
  given: Given,
  otherwise: Position,
  report: Report,
): void {
  const { keepalive, deadtime, deadping, warntime } = timing;
  const at = (...names: string[]): Position =>
    names.map((name) => lastOf(given, name)?.at).find((place) => place !== undefined) ?? otherwise;
  if (deadtime <= 2 * keepalive) {
    const facts = {
      at: at('deadtime', 'keepalive'),
      directive: 'deadtime',
      given: deadtime,
    } as const;
    report({ kind: 'dead-time-too-small', severity: 'error', ...facts, keepalive });
  }
  if (lastOf(given, 'deadping') !== undefined && deadping <= 2 * keepalive) {
    const facts = { at: at('deadping'), directive: 'deadping', given: deadping } as const;
    report({ kind: 'dead-time-too-small', severity: 'error', ...facts, keepalive });
  }
  if (lastOf(given, 'initdead') !== undefined) checkInitdead(timing, at('initdead'), report);
  if (lastOf(given, 'warntime') !== undefined && warntime >= deadtime) {
    const facts = { at: at('warntime'), warntime, deadtime };
    report({ kind: 'warntime-too-long', severity: 'warning', ...facts });
  }
}
