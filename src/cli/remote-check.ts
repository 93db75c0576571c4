/** What `heartbeat --check --peer` has a shell on the other node do; nothing in it comes from a file or the command line. */
import type { Language } from '../config/language.ts';
import type { ToldByPeer } from '../config/peer-look.ts';
import { fail, succeed, type Result } from '../result.ts';

/** What the node says of itself. */
export interface RemoteAnswer {
  readonly users: ReadonlyMap<string, number>;
  /** The text of its /etc/exports. */
  readonly exports: string;
  /** What its daemon says of each node; empty where none runs. */
  readonly statuses: ReadonlyMap<string, string>;
  /** What its own check tells; undefined where it has none. */
  readonly told: readonly ToldByPeer[] | undefined;
}

/** A login shell may print what it likes before. */
const greeting = 'heartbeat-check-1';
/** The JSON of the check has no line like these. */
const checked = 'its own check';
/** Goes before each line of /etc/exports. */
const exported = 'exports: ';
const farewell = 'end of answer';

/** Prints the accounts, one a line as `name:uid`. */
const accounts = "getent passwd | head -n 20000 | cut -d: -f1,3 | grep -v '^ '";

/**
 * Prints the accounts, the exports, what a running daemon says of the nodes, and what the check of a heartbeat of ours says there: never C's, which would take the letters of
 * `--check` for options. Answers to `readAnswer`.
 */
export const askScript = (language: Language): string => `echo ${greeting}
${accounts}
sed 's/^/${exported}/' /etc/exports 2>/dev/null
for node in $(cl_status listnodes -n 2>/dev/null); do
  echo "$node is $(cl_status nodestatus "$node" 2>/dev/null)"
done
PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin:/usr/libexec/heartbeat:/usr/lib/heartbeat"
IFS=:
for directory in $PATH; do
  [ -f "$directory/heartbeat" ] && [ -x "$directory/heartbeat" ] || continue
  case "$("$directory/heartbeat" -V 2>/dev/null)" in *ha-heartbeat*) ;; *) continue;; esac
  echo '${checked}'
  LC_ALL=${language === 'zh' ? 'zh_CN.UTF-8' : 'C.UTF-8'} "$directory/heartbeat" --check --json
  break
done
echo '${farewell}'
`;

/** What `askScript` found. */
export function readAnswer(output: string): Result<RemoteAnswer, 'garbled'> {
  const lines = output.split(/\r?\n/);
  const start = lines.indexOf(greeting);
  const end = lines.indexOf(farewell, start);
  if (start === -1 || end === -1) return fail('garbled');
  const answer = lines.slice(start + 1, end);
  const check = answer.indexOf(checked);
  const before = check === -1 ? answer : answer.slice(0, check);
  const facts = {
    users: readUsers(before),
    statuses: readStatuses(before),
    exports: before
      .flatMap((line) => (line.startsWith(exported) ? line.slice(exported.length) : []))
      .join('\n'),
  };
  if (check === -1) return succeed({ ...facts, told: undefined });
  const told = readTold(answer.slice(check + 1).join('\n'));
  return told === undefined ? fail('garbled') : succeed({ ...facts, told });
}

/** Lines of `name:uid`. */
export const readUsers = (lines: readonly string[]): ReadonlyMap<string, number> =>
  new Map(
    lines.flatMap((line): [string, number][] => {
      const [, name = '', uid = ''] = /^([^:]+):(\d{1,10})$/.exec(line) ?? [];
      return uid === '' ? [] : [[name, Number(uid)]];
    }),
  );

/** Lines of `node is status`. */
const readStatuses = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap((line): [string, string][] => {
      const [, node = '', status = ''] = /^(\S+) is (\w+)$/.exec(line) ?? [];
      return status === '' ? [] : [[node.toLowerCase(), status]];
    }),
  );

/** More than this is not passed on. */
const maxTold = 1000;

function readTold(json: string): readonly ToldByPeer[] | undefined {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows)
      ? rows.slice(0, maxTold).flatMap((row) => toldOf(row) ?? [])
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One row of `--check --json`; undefined for anything else. */
function toldOf(row: unknown): ToldByPeer | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  const of = new Map(Object.entries(row));
  const text = (name: string): string => {
    const value: unknown = of.get(name);
    return typeof value === 'string' ? value : '';
  };
  const number = (name: string): number => {
    const value: unknown = of.get(name);
    return typeof value === 'number' ? value : 1;
  };
  return {
    file: text('file'),
    line: number('line'),
    column: number('column'),
    severity: text('severity') === 'error' ? 'error' : 'warning',
    kind: text('kind'),
    message: text('message'),
    mend: text('mend'),
  };
}
