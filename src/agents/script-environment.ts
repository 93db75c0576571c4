/** The environment of the scripts that heartbeat runs: what agents of twenty years expect to find there. */
import type { NodeName } from '../units.ts';

/** What the environment is made of; all of it is known when the configuration has been read. */
export interface EnvironmentFacts {
  /** The daemon's own environment: a short list is taken over from it. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly node: NodeName;
  /** Every recorded directive by its name, given or default. */
  readonly parameters: ReadonlyMap<string, string>;
  /** `env NAME=VALUE`. */
  readonly env: ReadonlyMap<string, string>;
  readonly logging: {
    readonly logfile?: string;
    readonly debugfile?: string;
    readonly logfacility?: string;
    readonly useLogd?: boolean;
  };
  readonly autoFailback: 'on' | 'off' | 'legacy';
  /** `/etc/ha.d`, no slash at its end. */
  readonly haDirectory: string;
  readonly fifo: string;
}

const taken = ['HOME', 'LOGNAME', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER'];
const helperDirectory = '/usr/libexec/heartbeat';
const firstInPath = [helperDirectory, '/usr/sbin', '/usr/share/heartbeat'];
const atLeastInPath = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/**
 * The whole environment of a script: a short list from the daemon's own, `HA_<directive>` for each recorded directive, `HA_<NAME>`
 * for each `env` line, and last the variables that heartbeat itself answers for, so that nothing can replace them (spec resources 9.1,
 * config 12). `LC_ALL` is `C`, for the text of `status` is compared with English words.
 */
export function scriptEnvironment(facts: EnvironmentFacts): Record<string, string> {
  return {
    ...inheritedPart(facts.inherited),
    ...prefixed(facts.parameters),
    ...prefixed(facts.env),
    ...loggingPart(facts),
    ...placesPart(facts),
    HA_CURHOST: facts.node,
    ...(facts.autoFailback === 'legacy' ? {} : { HA_NICEFAILBACK: 'yes' }),
  };
}

function inheritedPart(inherited: EnvironmentFacts['inherited']): Record<string, string> {
  const kept = taken.flatMap((name) => {
    const value = inherited[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const given = (inherited['PATH'] ?? '').split(':').filter((part) => part !== '');
  const path = new Set([...firstInPath, ...given, ...atLeastInPath]);
  return { HOME: '/root', ...Object.fromEntries(kept), LC_ALL: 'C', PATH: [...path].join(':') };
}

function prefixed(values: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, value]) => [`HA_${name}`, value]));
}

/** Where scripts log to. With a syslog facility and no file both files are `/dev/null`; with neither they are empty. */
function loggingPart({ logging, parameters }: EnvironmentFacts): Record<string, string> {
  const { logfile, debugfile, logfacility } = logging;
  const toSyslogAlone =
    logfile === undefined &&
    debugfile === undefined &&
    logfacility !== undefined &&
    logfacility !== 'none';
  const nowhere = toSyslogAlone ? '/dev/null' : '';
  const compression = parameters.get('compression');
  return {
    HA_LOGFILE: logfile ?? nowhere,
    HA_DEBUGLOG: debugfile ?? nowhere,
    ...(toSyslogAlone ? { HA_logfile: nowhere, HA_debugfile: nowhere } : {}),
    ...(logfacility === undefined ? {} : { HA_LOGFACILITY: logfacility }),
    HA_LOGD: logging.useLogd === true ? 'yes' : 'no',
    HA_DATEFMT: '%Y/%m/%d_%T\t',
    ...(compression === undefined ? {} : { HA_COMPRESSION: compression }),
  };
}

function placesPart({ haDirectory, fifo }: EnvironmentFacts): Record<string, string> {
  return {
    // C's directory ends in a slash, and scripts put a name right behind it.
    HA_DIR: `${haDirectory}/`,
    HA_FUNCS: `${haDirectory}//shellfuncs`,
    HA_RCDIR: `${haDirectory}//rc.d`,
    HA_RESOURCEDIR: `${haDirectory}//resource.d`,
    HA_DOCDIR: '/usr/share/doc/heartbeat',
    HA_BIN: helperDirectory,
    HA_FIFO: fifo,
    OCF_ROOT: '/usr/lib/ocf',
    OCF_AGENTS: '/usr/lib/ocf/resource.d/heartbeat/',
  };
}
