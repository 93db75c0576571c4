/** What `getparm` answers and `HA_<directive>` exports: the text of the file, or the default (spec config 3, 12). */
import { directives } from './directives.ts';
import { defaultPort } from './media.ts';
import { lastOf, type Given } from './options.ts';
import type { Logging } from './settings.ts';
import type { Timing } from './timing.ts';

/** Facilities that C heartbeat counts as no target: their number is 0. */
const facilityZero: ReadonlySet<string> = new Set(['none', 'kern']);

/** Whether lines go to syslog because ha.cf says so. */
export const logsToSyslog = (logging: Logging): boolean =>
  logging.logfacility !== undefined && !facilityZero.has(logging.logfacility);

function fallbacks(timing: Timing, logging: Logging, debugLevel: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, { fallback }] of directives) {
    if (fallback !== undefined) found.set(name, fallback);
  }
  for (const name of ['warntime', 'initdead', 'deadping'] as const) {
    found.set(name, `${String(timing[name])}ms`);
  }
  found.set('udpport', String(defaultPort));
  found.set('debug', String(debugLevel));
  if (logsToSyslog(logging)) {
    found.set('logfile', '/dev/null');
    found.set('debugfile', '/dev/null');
  }
  return found;
}

/** Every recorded directive with its value, in the order of `directives`. */
export function parametersOf(
  given: Given,
  timing: Timing,
  logging: Logging,
  debugLevel: number,
): ReadonlyMap<string, string> {
  const otherwise = fallbacks(timing, logging, debugLevel);
  const parameters = new Map<string, string>();
  for (const [name, { recorded }] of directives) {
    const value = lastOf(given, name)?.text ?? otherwise.get(name);
    if (recorded && value !== undefined) parameters.set(name, value);
  }
  return parameters;
}
