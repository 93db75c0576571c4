/** English words for the faults of ha.cf. */
import type { DirectiveHint, HaCfFaults, NoEffect, Problem } from './problem.ts';
import {
  cFile,
  didYouMean,
  lineOf,
  listOf,
  timeText,
  type Words,
  type WordTable,
} from './problem-words.ts';
import { longestTime, parseTime, type ValueRule } from './values.ts';

/** What C heartbeat says of a bad value; it is silent about the rest. */
const cBadValue: ReadonlyMap<string, (value: string) => string> = new Map([
  ['warntime', (value) => `Warn time [${value}] is invalid.`],
  ['udpport', (value) => `heartbeat: invalid port [${value}] specified.`],
  ['baud', (value) => `heartbeat: invalid baudrate [${value}] specified.`],
  ['logfacility', (value) => `Log facility(${value}) not valid`],
  ['rtprio', (value) => `Illegal realtime priority [${value}]`],
  ['hbgenmethod', (value) => `Illegal hb generation method [${value}]`],
  ['uuidfrom', (value) => `Invalid uuidfrom directive [${value}]`],
  ['autojoin', (value) => `Invalid autojoin directive [${value}]`],
  ['compression', (value) => `Compression module(${value}) not found`],
  [
    'compression_threshold',
    (value) => `set_compression_threshold: compress_threshhold(${value}) invalid`,
  ],
  [
    'traditional_compression',
    (value) => `set_traditional_compression:Invalid directive value ${value}`,
  ],
  ['max_rexmit_delay', (value) => `Invalid max_rexmit_delay time(${value})`],
  ['env', (value) => `set_env: invalid nvpair(${value})`],
  ['coreroot', (value) => `Invalid core directory [${value}]: Invalid argument`],
  ...['record_config_changes', 'record_pengine_inputs', 'enable_config_writes'].map(
    (name): [string, (value: string) => string] => [
      name,
      (value) => `ha_config_check_boolean:Invalid directive value ${value}`,
    ],
  ),
]);

/** What a good value looks like. */
function wantedBy(rule: ValueRule, value: string): string {
  switch (rule.kind) {
    case 'boolean':
      return 'write on or off';
    case 'time':
      return wantedTime(value);
    case 'integer':
      return `write a whole number from ${String(rule.from)} to ${String(rule.to)}`;
    case 'choice':
      return `write one of ${listOf(rule.of, rule.of.length)}`;
    case 'absolute-path':
      return 'write a full path that begins with /';
    case 'assignment':
      return 'write NAME=VALUE without blanks';
    case 'text':
      return 'write another value';
  }
}

function wantedTime(value: string): string {
  const time = parseTime(value);
  if (time !== undefined && time.value > longestTime) return 'write a time below 24 days';
  if (time !== undefined) return 'write a time of at least 1ms';
  const number = /^\d+(?:\.\d+)?(?=s$|sec)/i.exec(value)?.[0];
  if (number !== undefined) return `write ${number}: a number without a unit is seconds`;
  return 'write seconds as a number alone, such as 2, or milliseconds with ms behind, such as 200ms';
}

const hints: Readonly<Record<DirectiveHint, string>> = {
  none: 'no directive of that name exists',
  'byte-order-mark': 'the file begins with a byte order mark',
  separator: 'a directive and its value are separated by blanks, not by = : or a comma',
  continuation: 'ha.cf has no continuation lines, the backslash above does nothing',
  slashes: 'a comment begins with #, nothing else does',
  'not-in-this-build': 'neither Debian’s heartbeat nor this daemon has it',
};

const hintMends: Readonly<Record<DirectiveHint, string>> = {
  none: 'mend or remove the line',
  'byte-order-mark': 'save it as UTF-8 without one, or with ASCII only',
  separator: 'put a blank in its place',
  continuation: 'write it on one line',
  slashes: 'write # before it',
  'not-in-this-build': 'remove the line',
};

const apiAuthForm = 'write apiauth CLIENT uid=name,name gid=name,name (one list is enough)';

function apiAuthFault({ line, why }: Problem<'apiauth'>): Words {
  const c = `Invalid apiauth directive [${line}]`;
  switch (why.kind) {
    case 'no-client':
      return { c: [c], what: 'the client is missing', mend: apiAuthForm };
    case 'no-list':
      return { c: ['Missing uid or gid in apiauth', c], mend: apiAuthForm };
    case 'junk':
      return {
        c: ['Missing uid or gid in apiauth', c],
        what: `"${why.word}" is no uid= or gid= list`,
        mend: `${apiAuthForm}, without blanks in a list`,
      };
    case 'list-twice':
      return {
        c: [`Duplicate ${why.list} list in apiauth`, c],
        mend: 'join both lists to one with commas',
      };
    case 'client-twice':
      return {
        c: [`Duplicate apiauth directive for API client ${why.client}: [${line}]`, c],
        mend: `join it with the entry of ${lineOf(why.before)}`,
      };
    case 'name-too-long':
      return {
        c: [`client name [${line}] too long`, c],
        mend: 'a client name has at most 31 characters',
      };
  }
}

function niceFailback({ value, means }: Problem<'nice-failback'>): Words {
  const c = 'nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.';
  return means === 'legacy'
    ? {
        c: [
          c,
          `nice_failback ${value} has been strictly interpreted as 'auto_failback legacy'`,
          "Consider converting to 'auto_failback on'.",
          'When you do, then you can use ipfail, and hb_standby',
          'See documentation for details.',
        ],
        cLevel: 'ERROR',
        mend: 'write auto_failback on or off in its place; only then do hb_standby and ipfail work',
      }
    : {
        c: [
          c,
          `'nice_failback ${value}' has been changed to 'auto_failback off'`,
          'See documentation for details.',
        ],
        cLevel: 'ERROR',
        mend: 'remove the line; auto_failback alone says what you want',
      };
}

const noEffects: Readonly<Record<NoEffect, string>> = {
  'for-pacemaker': 'it is for Pacemaker only',
  'no-apphbd': 'apphbd is not part of this daemon',
  'no-compression': 'messages of this daemon are small and go uncompressed',
  'no-serial': 'there is no serial medium here',
  'no-core-files': 'this daemon writes no core files',
  'no-locked-memory': 'memory is not locked here',
  'no-quorumd': 'quorumd is not part of this daemon',
};

const cTwice: ReadonlyMap<string, string> = new Map([
  ['watchdog', 'heartbeat: Watchdog device multiply specified.'],
  ['baud', 'heartbeat: Baudrate multiply specified.'],
]);

export const wordsOfHaCf: WordTable<HaCfFaults> = {
  'unknown-directive': ({ word, suggestion, hint, at }) => ({
    c: [
      `Illegal directive [${word.length > 80 ? `${word.slice(0, 80)} ...` : word}] in ${cFile(at)}`,
    ],
    what: hints[hint],
    mend: `${hintMends[hint]}${didYouMean(suggestion)}`,
  }),
  'value-missing': ({ directive, example }) => ({
    what: `${directive} has no value and is ignored`,
    mend: `write for example: ${example}`,
  }),
  'bad-value': ({ directive, value, rule }) => {
    const c = cBadValue.get(directive)?.(value);
    const what = `"${value}" cannot be used for ${directive}`;
    return { ...(c === undefined ? {} : { c: [c] }), what, mend: wantedBy(rule, value) };
  },
  'junk-after-number': ({ directive, value, read }) => ({
    what: `only ${read} of "${value}" is used for ${directive}`,
    mend: `write ${read}`,
  }),
  'several-values': ({ directive, used }) => ({
    what: `${directive} takes one value: the last one, ${used}, counts`,
    mend: 'remove the others',
  }),
  repeated: ({ directive, before }) => ({
    what: `${directive} was already given in ${lineOf(before)}`,
    mend: 'the last one counts, remove the other',
  }),
  'given-twice': ({ directive, before }) => ({
    c: [cTwice.get(directive) ?? 'pacemaker/crm directive used multiple times!'],
    what: `${directive} may be given once`,
    mend: `see ${lineOf(before)}, and remove one`,
  }),
  'words-ignored': ({ directive, words }) => ({
    what: `"${words.join(' ')}" is ignored: ${directive} takes no more operands`,
    mend: 'remove it',
  }),
  replaced: ({ directive, by }) => ({
    c: [`WARNING: directive '${directive}' replaced by '${by}'`],
    mend: `write ${by}`,
  }),
  'no-effect-yet': ({ directive }) => ({
    what: `${directive} is accepted, but this version does not carry it out yet`,
    mend: 'do not rely on it',
  }),
  'no-effect': ({ directive, why }) => ({
    what: `${directive} is accepted, but has no effect: ${noEffects[why]}`,
    mend: 'remove it where no C heartbeat needs it',
  }),
  'pacemaker-refused': ({ directive, value }) => ({
    what: `${directive} ${value}: this daemon is the resource manager of haresources and does not start Pacemaker`,
    mend: 'remove the line and describe the resources in haresources, or run Pacemaker on Corosync',
  }),
  'autojoin-refused': () => ({
    c: [
      'R1 style resource management conflicts with  autojoin set',
      'You need either unset autojoin or enable crm',
    ],
    mend: 'write autojoin none and name every node in a node line',
  }),
  'nice-failback': niceFailback,
  'legacy-failback': ({ given }) => ({
    c: [
      "Deprecated 'legacy' auto_failback option selected.",
      "Please convert to 'auto_failback on'.",
      'See documentation for conversion details.',
    ],
    what: `${given ? 'legacy' : 'auto_failback is not given, which means legacy'}: resources return to their own node, and hb_standby and hb_takeover are refused`,
    mend: 'write auto_failback on (resources return to their own node) or off (they stay where they are)',
  }),
  'quoted-value': ({ directive, value }) => ({
    what: `the quotes of ${value} belong to the name of the ${directive}`,
    mend: 'write it without them',
  }),
  'relative-file': ({ directive, value }) => ({
    what: `${directive} ${value} is no full path and depends on the working directory`,
    mend: `write for example /var/log/${value}`,
  }),
  'env-without-value': ({ word }) => ({
    what: `"${word}" sets nothing`,
    mend: 'write env NAME=VALUE (a value has no blank, no comma and no #, and needs no quotes)',
  }),
  'no-nodes': () => ({
    c: ['no nodes defined'],
    mend: 'write a node line with the names that uname -n prints on the machines, such as: node node1 node2',
  }),
  'node-twice': ({ node, before }) => ({
    what: `${node} was already named in ${lineOf(before)}`,
    mend: 'this one is ignored, remove it',
  }),
  'node-name-too-long': ({ node }) => ({
    what: `"${node.slice(0, 40)}..." is too long`,
    mend: 'a node name has at most 99 characters',
  }),
  'too-many-nodes': ({ count, limit }) => ({
    what: `${String(count)} nodes and ping nodes are too many`,
    mend: `at most ${String(limit)} are allowed`,
  }),
  'more-than-two-nodes': ({ count }) => ({
    what: `haresources is made for two nodes, here are ${String(count)}; the groups of a dead node go to the first live node of this list`,
    mend: 'C heartbeat nodes would all take them: do not mix them in such a cluster',
  }),
  'dead-time-too-small': ({ directive, given, keepalive }) => ({
    c: [
      `${directive === 'deadtime' ? 'Dead time' : 'Ping dead time'} [${String(given)}] is too small compared to keeplive [${String(keepalive)}]`,
    ],
    what: 'it must be more than twice keepalive',
    mend: `write ${directive} ${String(2 * keepalive + 1)}ms or more, better five times keepalive`,
  }),
  'initdead-below-deadtime': ({ initdead, deadtime }) => ({
    c: [`Initial dead time [${String(initdead)}] is smaller than deadtime [${String(deadtime)}]`],
    mend: `write initdead ${String(2 * deadtime)}ms or more`,
  }),
  'initdead-short': ({ initdead }) => ({
    c: [`Initial dead time [${String(initdead)} ms] may be too small!`],
    what: 'the network of a booting machine often needs longer',
    mend: '10 seconds and more are usual',
  }),
  'initdead-below-twice-deadtime': ({ initdead, deadtime }) => ({
    what: `initdead (${timeText(initdead)}) should be at least twice deadtime (${timeText(deadtime)}): a booting peer is heard late`,
    mend: `write initdead ${String(2 * deadtime)}ms or more`,
  }),
  'warntime-too-long': ({ warntime, deadtime }) => ({
    what: `warntime (${timeText(warntime)}) never warns before deadtime (${timeText(deadtime)})`,
    mend: 'write about half of deadtime',
  }),
  'no-log-target': ({ useLogd }) => ({
    ...(useLogd === false
      ? { c: ['No log entry found in ha.cf and use_logd is set to off'] }
      : { what: 'no log target is given: lines go to logd or syslog' }),
    mend: 'write for example: logfacility local0',
  }),
  'logd-beside-files': ({ facility }) => ({
    c: [
      `logd is enabled but logfile/debugfile${facility ? '/logfacility' : ''} is still configured in ha.cf`,
    ],
    mend: 'remove use_logd, or the other log directives',
  }),
  'respawn-incomplete': ({ directive, missing }) => ({
    c: [
      missing === 'user'
        ? 'Invalid uid [] specified for client child'
        : 'Client child command [] is not full pathname',
    ],
    what: `the ${missing} is missing`,
    mend: `write: ${directive} USER /full/path/to/program`,
  }),
  'respawn-relative': ({ directive, command }) => ({
    c: [`Client child command [${command}] is not full pathname`],
    mend: `write: ${directive} USER /full/path/to/program`,
  }),
  'ipfail-without-ping': () => ({
    what: 'ipfail compares ping nodes, and there are none',
    mend: 'add a ping line, such as: ping 192.168.1.1',
  }),
  apiauth: apiAuthFault,
  'stonith-incomplete': ({ directive, missing }) => ({
    c: [
      missing === 'host'
        ? 'No Stonith hostname argument given'
        : missing === 'type'
          ? 'No Stonith type given'
          : 'Invalid Stonith config file []',
    ],
    mend: `write: ${directive === 'stonith' ? 'stonith TYPE FILE' : 'stonith_host HOST TYPE PARAMETERS'}`,
  }),
};
