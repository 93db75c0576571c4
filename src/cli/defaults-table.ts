/** `heartbeat -D`: which directives of ha.cf have a default, and which (spec config 9). */
import { directives } from '../config/directives.ts';

const meanings: Readonly<Record<string, string>> = {
  cluster: 'a name for API clients',
  hopfudge: 'how far messages travel beyond the number of nodes',
  keepalive: 'pause between two status messages',
  deadtime: 'silence after which a node is dead',
  baud: 'speed of serial links',
  auto_failback: 'whether resources go back to their preferred node',
  hbgenmethod: 'where the generation comes from',
  realtime: 'whether the daemon runs before ordinary processes',
  msgfmt: 'form of the messages on the wire',
  conn_logd_time: 'pause between two tries to reach the logging daemon',
  log_badpack: 'whether packets that are refused are logged',
  syslogmsgfmt: 'whether log files have the lines of syslog',
  coredumps: 'whether core files are written',
  pacemaker: 'whether Pacemaker manages the resources',
  autojoin: 'whether unknown nodes may join',
  uuidfrom: 'where the uuid of this node comes from',
  compression: 'method for large messages',
  compression_threshold: 'size in kB above which messages are compressed',
  traditional_compression: 'whether whole messages are compressed, not fields',
  max_rexmit_delay: 'longest wait in ms before a lost message is asked for',
  record_config_changes: 'for Pacemaker only',
  record_pengine_inputs: 'for Pacemaker only',
  enable_config_writes: 'for Pacemaker only',
  memreserve: 'kB of memory kept ready',
};

/** Those that have no default in the table. */
const furtherMeanings: Readonly<Record<string, string>> = {
  deadping: 'silence after which a ping node is dead',
  initdead: 'the first dead time, after a start',
  warntime: 'silence after which a late node is told of',
  udpport: 'port of the media',
  debug: 'debug level',
  logfile: 'takes all lines but those of level debug',
  debugfile: 'takes all lines',
  logfacility: 'facility of syslog',
  use_logd: 'whether lines go to the logging daemon',
  rtprio: 'realtime priority',
};

/** What a directive is about, in some words. */
export const meaningOf = (directive: string): string | undefined =>
  meanings[directive] ?? furtherMeanings[directive];

/** The table as C lays it out: three columns under a rule of 80 dashes. */
export function defaultsTable(): string {
  const rows = defaults().map(
    ({ name, value, meaning }) => `${name.padEnd(24)} ${value.padEnd(9)} ${meaning}`,
  );
  const head = `${'Directive'.padEnd(24)} ${'Default'.padEnd(9)} Description`;
  return `${[head, '-'.repeat(80), ...rows].join('\n')}\n`;
}

/** The same as rows of a wiki table. */
export function defaultsWiki(): string {
  const rows = defaults().map(({ name, value, meaning }) => `||${name}||${value}||${meaning}||`);
  return `${["||''Directive''||''Default''||''Description''||", ...rows].join('\n')}\n`;
}

function defaults(): { name: string; value: string; meaning: string }[] {
  return [...directives].flatMap(([name, { fallback }]) => {
    const meaning = meanings[name];
    return fallback === undefined || meaning === undefined
      ? []
      : [{ name, value: fallback, meaning }];
  });
}
