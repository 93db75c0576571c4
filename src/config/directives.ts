/** Every directive of ha.cf: its form, its rule, its default, and what it does here (spec config 4, 5). */
import type { NoEffect } from './problem.ts';
import type { ValueRule } from './values.ts';

/** What a directive does in this daemon. */
type Effect =
  | { readonly kind: 'now' }
  /** It will be carried out in a later version; until then it warns. */
  | { readonly kind: 'later' }
  /** It means nothing here, for the reason given. */
  | { readonly kind: 'never'; readonly why: NoEffect };

export interface Directive {
  /** An option is applied to each of its values; a line is taken as a whole. */
  readonly form: 'option' | 'line';
  readonly rule: ValueRule;
  readonly effect: Effect;
  /** Values add up; otherwise the last one counts. */
  readonly list: boolean;
  /** Known to `getparm` and exported as `HA_<directive>`. */
  readonly recorded: boolean;
  /** Its value when it is not given, as C heartbeat records it. */
  readonly fallback?: string;
  /** Shown when a value is missing or bad. */
  readonly example: string;
}

const text: ValueRule = { kind: 'text' };
const boolean: ValueRule = { kind: 'boolean' };
const positiveTime: ValueRule = { kind: 'time', least: 1 };
const anyTime: ValueRule = { kind: 'time', least: 0 };
const int32 = 2_147_483_647;
const integer = (from: number, to: number): ValueRule => ({ kind: 'integer', from, to });
const choice = (...of: string[]): ValueRule => ({ kind: 'choice', of, anyCase: false });

const now: Effect = { kind: 'now' };
const later: Effect = { kind: 'later' };
const never = (why: NoEffect): Effect => ({ kind: 'never', why });
const forPacemaker = never('for-pacemaker');
const noApphbd = never('no-apphbd');
const noCompression = never('no-compression');

/** An option that is recorded. */
const option = (
  rule: ValueRule,
  effect: Effect,
  example: string,
  fallback?: string,
): Directive => ({
  form: 'option',
  rule,
  effect,
  list: false,
  recorded: true,
  example,
  ...(fallback === undefined ? {} : { fallback }),
});

/** An option whose values add up, and which is not recorded. */
const list = (rule: ValueRule, effect: Effect, example: string): Directive => ({
  ...option(rule, effect, example),
  list: true,
  recorded: false,
});

/** A directive that takes its line as a whole. */
const line = (effect: Effect, example: string): Directive => ({
  ...list(text, effect, example),
  form: 'line',
});

const facilities = choice(
  ...['none', 'auth', 'authpriv', 'cron', 'daemon', 'ftp', 'kern', 'lpr', 'mail', 'news'],
  ...['security', 'syslog', 'user', 'uucp', 'local0', 'local1', 'local2', 'local3', 'local4'],
  ...['local5', 'local6', 'local7'],
);
const speeds = choice('9600', '19200', '38400', '57600', '115200', '230400', '460800');
const crmWords = ['respawn', 'manual', 'minimal', 'valgrind', 'ccm-only'];
const booleanWords = ['true', 'on', 'yes', 'y', '1', 'false', 'off', 'no', 'n', '0'];
const crm: ValueRule = { kind: 'choice', of: [...booleanWords, ...crmWords], anyCase: true };
const failback: ValueRule = { kind: 'choice', of: [...booleanWords, 'legacy'], anyCase: true };
const joining: ValueRule = { kind: 'choice', of: ['none', 'other', 'any'], anyCase: true };

/** In the order in which C heartbeat lists its parameters, then what it does not record. */
export const directives: ReadonlyMap<string, Directive> = new Map(
  Object.entries({
    cluster: option(text, now, 'cluster linux-ha', 'linux-ha'),
    hopfudge: option(integer(0, 255), now, 'hopfudge 1', '1'),
    keepalive: option(positiveTime, now, 'keepalive 2', '1000ms'),
    deadtime: option(anyTime, now, 'deadtime 30', '30000ms'),
    deadping: option(anyTime, now, 'deadping 30'),
    initdead: option(anyTime, now, 'initdead 60'),
    warntime: option(positiveTime, now, 'warntime 10'),
    baud: option(speeds, never('no-serial'), 'baud 19200', '19200'),
    udpport: option(integer(1, 65_535), now, 'udpport 694'),
    auto_failback: option(failback, now, 'auto_failback on', 'legacy'),
    hbgenmethod: option(choice('file', 'time'), now, 'hbgenmethod file', 'file'),
    realtime: option(boolean, now, 'realtime on', 'true'),
    debug: option(integer(0, 255), now, 'debug 1', '0'),
    msgfmt: option(choice('classic', 'netstring'), now, 'msgfmt classic', 'classic'),
    conn_logd_time: option(positiveTime, now, 'conn_logd_time 60', '60'),
    log_badpack: option(boolean, now, 'log_badpack on', 'true'),
    syslogmsgfmt: option(boolean, now, 'syslogmsgfmt on', 'true'),
    coredumps: option(boolean, never('no-core-files'), 'coredumps on', 'true'),
    pacemaker: option(crm, now, 'pacemaker off', 'false'),
    autojoin: option(joining, now, 'autojoin none', 'none'),
    uuidfrom: option(choice('file', 'nodename'), later, 'uuidfrom file', 'file'),
    compression: option(choice('zlib', 'bz2'), noCompression, 'compression zlib', 'zlib'),
    compression_threshold: option(integer(1, int32), noCompression, 'compression_threshold 2', '2'),
    traditional_compression: option(boolean, noCompression, 'traditional_compression off', 'no'),
    max_rexmit_delay: option(integer(1, int32), now, 'max_rexmit_delay 250', '250'),
    record_config_changes: option(boolean, forPacemaker, 'record_config_changes on', 'on'),
    record_pengine_inputs: option(boolean, forPacemaker, 'record_pengine_inputs on', 'on'),
    enable_config_writes: option(boolean, forPacemaker, 'enable_config_writes on', 'on'),
    memreserve: option(integer(1, int32), never('no-locked-memory'), 'memreserve 6500', '6500'),
    logfile: option(text, now, 'logfile /var/log/ha-log'),
    debugfile: option(text, now, 'debugfile /var/log/ha-debug'),
    logfacility: option(facilities, now, 'logfacility local0'),
    use_logd: option(boolean, now, 'use_logd off'),
    watchdog: option(text, now, 'watchdog /dev/watchdog'),
    rtprio: option(integer(1, 99), now, 'rtprio 5'),
    coreroot: option(
      { kind: 'absolute-path' },
      never('no-core-files'),
      'coreroot /var/lib/heartbeat/cores',
    ),
    quorum_server: option(text, never('no-quorumd'), 'quorum_server host'),
    crm_daemon_dir: option(text, forPacemaker, 'crm_daemon_dir /usr/lib/heartbeat'),
    crmd_spawns_pengine: option(boolean, forPacemaker, 'crmd_spawns_pengine off'),
    node: list(text, now, 'node node1 node2'),
    env: list({ kind: 'assignment' }, now, 'env NAME=VALUE'),
    nice_failback: { ...list(boolean, now, 'auto_failback on'), list: false },
    use_apphbd: { ...list(boolean, noApphbd, 'use_apphbd no'), list: false },
    bcast: list(text, now, 'bcast eth0'),
    ping: list(text, now, 'ping 192.168.1.1'),
    ping6: list(text, now, 'ping6 2001:db8::1'),
    serial: list(text, now, 'bcast eth0'),
    mcast: line(now, 'mcast eth0 225.0.0.15 694 1 0'),
    ucast: line(now, 'ucast eth0 192.168.1.2'),
    mcast6: line(now, 'mcast6 eth0 ff12::1:2:3:4 694 1 0'),
    ucast6: line(now, 'ucast6 eth0 2001:db8::2'),
    ping_group: line(now, 'ping_group routers 192.168.1.1 192.168.1.254'),
    respawn: line(now, 'respawn hacluster /usr/lib/heartbeat/ipfail'),
    failfast: line(now, 'failfast hacluster /usr/lib/heartbeat/ccm'),
    apiauth: line(now, 'apiauth ipfail gid=haclient uid=hacluster'),
    stonith: line(now, 'stonith meatware /etc/ha.d/meatware.cf'),
    stonith_host: line(now, 'stonith_host * meatware node1 node2'),
  }),
);

/** Other words for a directive; `udp` is told, `crm` is as good as `pacemaker`. */
export const aliases: ReadonlyMap<string, string> = new Map([
  ['udp', 'bcast'],
  ['crm', 'pacemaker'],
]);

/** Known to other builds of heartbeat; not shipped by Debian, so unknown there as here. */
export const unshipped: ReadonlySet<string> = new Set([
  ...['hbaping', 'rds', 'tipc', 'openais', 'normalpoll'],
]);
