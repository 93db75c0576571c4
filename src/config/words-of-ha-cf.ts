/** Words for the faults of ha.cf. */
import type { DirectiveHint, HaCfFaults, Problem } from './problem.ts';
import { cFile, didYouMean, lineOf, listOf, timeText, type WordTable } from './problem-words.ts';
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
      return `write one of ${listOf(rule.of)}`;
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
  none: 'no directive of that name exists; mend or remove the line',
  'byte-order-mark':
    'the file begins with a byte order mark; save it as UTF-8 without one, or with ASCII only',
  separator: 'a directive and its value are separated by blanks, not by = : or a comma',
  continuation:
    'ha.cf has no continuation lines, the backslash above does nothing; write it on one line',
  slashes: 'a comment begins with #, nothing else does',
  'not-in-this-build': 'neither Debian’s heartbeat nor this daemon has it; remove the line',
};

const apiAuthForm = 'write apiauth CLIENT uid=name,name gid=name,name (one list is enough)';

function apiAuthFault({ line, why }: Problem<'apiauth'>): { c: string[]; text: string } {
  const c = `Invalid apiauth directive [${line}]`;
  switch (why.kind) {
    case 'no-client':
      return { c: [c], text: `the client is missing; ${apiAuthForm}` };
    case 'no-list':
      return { c: ['Missing uid or gid in apiauth', c], text: apiAuthForm };
    case 'junk':
      return {
        c: ['Missing uid or gid in apiauth', c],
        text: `"${why.word}" is no uid= or gid= list; ${apiAuthForm}, without blanks in a list`,
      };
    case 'list-twice':
      return {
        c: [`Duplicate ${why.list} list in apiauth`, c],
        text: 'join both lists to one with commas',
      };
    case 'client-twice':
      return {
        c: [`Duplicate apiauth directive for API client ${why.client}: [${line}]`, c],
        text: `join it with the entry of ${lineOf(why.before)}`,
      };
    case 'name-too-long':
      return {
        c: [`client name [${line}] too long`, c],
        text: 'a client name has at most 31 characters',
      };
  }
}

function niceFailback({ value, means }: Problem<'nice-failback'>): { c: string[]; text: string } {
  const c = 'nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead.';
  return means === 'legacy'
    ? {
        c: [c, `nice_failback ${value} has been strictly interpreted as 'auto_failback legacy'`],
        text: 'write auto_failback on or off in its place; only then do hb_standby and ipfail work',
      }
    : {
        c: [c, `'nice_failback ${value}' has been changed to 'auto_failback off'`],
        text: 'remove the line; auto_failback alone says what you want',
      };
}

const failbackWords =
  'write auto_failback on (resources return to their own node) or off (they stay where they are)';

export const wordsOfHaCf: WordTable<HaCfFaults> = {
  'unknown-directive': ({ word, suggestion, hint, at }) => ({
    c: [
      `Illegal directive [${word.length > 80 ? `${word.slice(0, 80)} ...` : word}] in ${cFile(at)}`,
    ],
    text: `${hints[hint]}${didYouMean(suggestion)}`,
  }),
  'value-missing': ({ directive, example }) => ({
    text: `${directive} has no value and is ignored; write for example: ${example}`,
  }),
  'bad-value': ({ directive, value, rule }) => {
    const c = cBadValue.get(directive)?.(value);
    const text = `"${value}" cannot be used for ${directive}; ${wantedBy(rule, value)}`;
    return c === undefined ? { text } : { c: [c], text };
  },
  'junk-after-number': ({ directive, value, read }) => ({
    text: `only ${read} of "${value}" is used for ${directive}; write ${read}`,
  }),
  'several-values': ({ directive, used }) => ({
    text: `${directive} takes one value: the last one, ${used}, counts; remove the others`,
  }),
  repeated: ({ directive, before }) => ({
    text: `${directive} was already given in ${lineOf(before)}; the last one counts, remove the other`,
  }),
  'given-twice': ({ directive, before }) => ({
    ...(directive === 'watchdog'
      ? { c: ['heartbeat: Watchdog device multiply specified.'] }
      : directive === 'baud'
        ? { c: ['heartbeat: Baudrate multiply specified.'] }
        : { c: ['pacemaker/crm directive used multiple times!'] }),
    text: `${directive} may be given once; see ${lineOf(before)}`,
  }),
  'words-ignored': ({ directive, words }) => ({
    text: words.some((word) => word.startsWith('//'))
      ? `"${words.join(' ')}" is ignored; // begins no comment, write # before it`
      : `"${words.join(' ')}" is ignored: ${directive} takes no more operands; remove it`,
  }),
  replaced: ({ directive, by }) => ({
    c: [`WARNING: directive '${directive}' replaced by '${by}'`],
    text: `write ${by}`,
  }),
  'no-effect-yet': ({ directive }) => ({
    text: `${directive} is accepted, but this version does not carry it out yet`,
  }),
  'no-effect': ({ directive, why }) => ({
    text: `${directive} is accepted, but has no effect: ${why}`,
  }),
  'pacemaker-refused': ({ directive, value }) => ({
    text:
      `${directive} ${value}: this daemon is the resource manager of haresources and does not start Pacemaker; ` +
      'remove the line and describe the resources in haresources, or run Pacemaker on Corosync',
  }),
  'autojoin-refused': () => ({
    c: [
      'R1 style resource management conflicts with  autojoin set',
      'You need either unset autojoin or enable crm',
    ],
    text: 'write autojoin none and name every node in a node line',
  }),
  'nice-failback': niceFailback,
  'legacy-failback': ({ given }) => ({
    c: [
      "Deprecated 'legacy' auto_failback option selected.",
      "Please convert to 'auto_failback on'.",
    ],
    text: `${given ? '' : 'auto_failback is not given, which means legacy: hb_standby and hb_takeover are refused; '}${failbackWords}`,
  }),
  'quoted-value': ({ directive, value }) => ({
    text: `the quotes of ${value} belong to the name of the ${directive}; write it without them`,
  }),
  'relative-file': ({ directive, value }) => ({
    text: `${directive} ${value} is no full path and depends on the working directory; write for example /var/log/${value}`,
  }),
  'env-without-value': ({ word }) => ({
    text: `"${word}" sets nothing; write env NAME=VALUE (a value has no blank, no comma and no #, and needs no quotes)`,
  }),
  'no-nodes': () => ({
    c: ['no nodes defined'],
    text: 'write a node line with the names that uname -n prints on the machines, such as: node node1 node2',
  }),
  'node-twice': ({ node, before }) => ({
    text: `${node} was already named in ${lineOf(before)}; this one is ignored, remove it`,
  }),
  'node-name-too-long': ({ node }) => ({
    text: `"${node.slice(0, 40)}..." is too long: a node name has at most 99 characters`,
  }),
  'too-many-nodes': ({ count, limit }) => ({
    text: `${String(count)} nodes and ping nodes are too many; at most ${String(limit)} are allowed`,
  }),
  'more-than-two-nodes': ({ count }) => ({
    text:
      `haresources is made for two nodes, here are ${String(count)}; the groups of a dead node go to the first ` +
      'live node of this list. C heartbeat nodes would all take them: do not mix them in such a cluster',
  }),
  'dead-time-too-small': ({ directive, given, keepalive }) => ({
    c: [
      `${directive === 'deadtime' ? 'Dead time' : 'Ping dead time'} [${String(given)}] is too small compared to keeplive [${String(keepalive)}]`,
    ],
    text: `it must be more than twice keepalive; write ${directive} ${String(2 * keepalive + 1)}ms or more, better five times keepalive`,
  }),
  'initdead-below-deadtime': ({ initdead, deadtime }) => ({
    c: [`Initial dead time [${String(initdead)}] is smaller than deadtime [${String(deadtime)}]`],
    text: `write initdead ${String(2 * deadtime)}ms or more`,
  }),
  'initdead-short': ({ initdead }) => ({
    c: [`Initial dead time [${String(initdead)} ms] may be too small!`],
    text: 'the network of a booting machine often needs longer; 10 seconds and more are usual',
  }),
  'initdead-below-twice-deadtime': ({ initdead, deadtime }) => ({
    text: `initdead (${timeText(initdead)}) should be at least twice deadtime (${timeText(deadtime)}): a booting peer is heard late`,
  }),
  'warntime-too-long': ({ warntime, deadtime }) => ({
    text: `warntime (${timeText(warntime)}) never warns before deadtime (${timeText(deadtime)}); write about half of deadtime`,
  }),
  'no-log-target': ({ useLogd }) =>
    useLogd === false
      ? {
          c: ['No log entry found in ha.cf and use_logd is set to off'],
          text: 'write for example: logfacility local0',
        }
      : {
          text: 'no log target is given: lines go to logd or syslog; write for example: logfacility local0',
        },
  'logd-beside-files': ({ facility }) => ({
    c: [
      `logd is enabled but logfile/debugfile${facility ? '/logfacility' : ''} is still configured in ha.cf`,
    ],
    text: 'remove use_logd, or the other log directives',
  }),
  'respawn-incomplete': ({ directive, missing }) => ({
    c: [
      missing === 'user'
        ? 'Invalid uid [] specified for client child'
        : 'Client child command [] is not full pathname',
    ],
    text: `the ${missing} is missing; write: ${directive} USER /full/path/to/program`,
  }),
  'respawn-relative': ({ directive, command }) => ({
    c: [`Client child command [${command}] is not full pathname`],
    text: `write: ${directive} USER /full/path/to/program`,
  }),
  'ipfail-without-ping': () => ({
    text: 'ipfail compares ping nodes, and there are none; add a ping line, such as: ping 192.168.1.1',
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
    text: `write: ${directive === 'stonith' ? 'stonith TYPE FILE' : 'stonith_host HOST TYPE PARAMETERS'}`,
  }),
};
