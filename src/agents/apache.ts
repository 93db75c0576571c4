/** The built-in agent apache: the web server of one configuration (spec resources 12). */
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from '../haresources/types.ts';
import { fail, succeed } from '../result.ts';
import { millis, seconds } from '../units.ts';
import { listenersOf, serverProcesses } from './apache-processes.ts';
import { type BuiltIn, type BuiltInCall, failed, hasSucceeded, wordsOf } from './built-in.ts';
import { isExecutableFile, isThere } from './find-agent.ts';
import { answersHttp } from './http-answer.ts';
import type { ScriptEnd } from './run-script.ts';

/** Where a distribution has the server and its files. */
export interface ServerLayout {
  readonly program: string;
  readonly config: string;
}

const usualLayouts: readonly ServerLayout[] = [
  { program: '/usr/sbin/apache2', config: '/etc/apache2/apache2.conf' },
  { program: '/usr/sbin/httpd', config: '/etc/httpd/conf/httpd.conf' },
  { program: '/usr/sbin/httpd', config: '/etc/apache2/httpd.conf' },
  { program: '/usr/local/apache2/bin/httpd', config: '/usr/local/apache2/conf/httpd.conf' },
];

/**
 * `apache[::configuration]`, that of Debian or Red Hat when left out. It is running when it answers a request, whatever the answer; a server
 * that runs without an answer is failed.
 */
export const apache: BuiltIn = apacheIn(usualLayouts);

/** The same with the server in one of these places; the first that there is counts. */
export function apacheIn(layouts: readonly ServerLayout[]): BuiltIn {
  return ([config, ...more]) => {
    if (more.length > 0) return fail('at most one argument: apache::/etc/apache2/apache2.conf');
    if (config?.startsWith('/') === false) {
      return fail(`"${config}" is not a configuration file from / on`);
    }
    const find = (): Promise<Server | undefined> => findServer(layouts, config);
    return succeed({
      start: (call) => settle(async () => start(await find(), call)),
      stop: (call) => settle(async () => stop(await find(), call)),
      status: (call) => settle(async () => status(await find(), call)),
    });
  };
}

/** What cannot be told is failed: neither running nor stopped. */
function settle(act: () => Promise<Outcome>): Promise<Outcome> {
  return act().catch((error: unknown) =>
    failed(error instanceof Error ? error.message : String(error)),
  );
}

const answerLimit = seconds(10);
/** Of the time that is left, so that there is some to say what was wrong. */
const answerShare = 0.8;
const settleMillis = 3_000;
const pollMillis = 100;
const longestPatience = 10_000;

interface Server extends ServerLayout {
  readonly isDefault: boolean;
}

/** Undefined where no server is installed. */
async function findServer(
  layouts: readonly ServerLayout[],
  config: string | undefined,
): Promise<Server | undefined> {
  const verdicts = await Promise.all(layouts.map(({ program }) => isExecutableFile(program)));
  const installed = layouts.filter((_, index) => verdicts[index] === true);
  const [first] = installed;
  if (first === undefined) return undefined;
  if (config !== undefined) {
    return {
      program: first.program,
      config,
      isDefault: installed.some((one) => one.config === config),
    };
  }
  const present = await Promise.all(installed.map((one) => isThere(one.config)));
  return { ...(installed.find((_, index) => present[index] === true) ?? first), isDefault: true };
}

/** A shell, for Debian keeps settings in a file for one; nothing of ours is in its text. The directories are gone after a boot. */
const launcher = `
[ ! -r "$1" ] || . "$1"
[ -z "$APACHE_RUN_DIR" ] || mkdir -p -- "$APACHE_RUN_DIR"
[ -z "$APACHE_LOCK_DIR" ] || [ -d "$APACHE_LOCK_DIR" ] ||
  install -d -o "\${APACHE_RUN_USER:-root}" -- "$APACHE_LOCK_DIR"
shift
exec "$@"`;

/** Runs the server's program with its configuration. */
function run(
  { program, config }: Server,
  words: readonly string[],
  call: BuiltInCall,
): Promise<ScriptEnd> {
  const directory = dirname(config);
  const settings = ['env', `APACHE_CONFDIR=${directory}`, 'sh', '-c', launcher, 'apache'];
  const [first = '', ...others] = settings;
  const how = [...others, join(directory, 'envvars'), program, '-f', config, ...words];
  return call.run(first, how);
}

/** What runs of the server; what was started with other words than a configuration is found by the server's own pid file. */
async function processesOf(server: Server, call: BuiltInCall): Promise<readonly number[]> {
  const found = await serverProcesses(server);
  if (found.length > 0) return found;
  const file = await pidFileOf(server, call);
  const pid = file === undefined ? 0 : Number(await readFile(file, 'latin1').catch(() => ''));
  return Number.isSafeInteger(pid) && pid > 1 ? serverProcesses({ ...server, pid }) : [];
}

/** As the server itself understands its configuration; undefined when it does not. */
async function pidFileOf(server: Server, call: BuiltInCall): Promise<string | undefined> {
  const told = await run(server, ['-t', '-D', 'DUMP_RUN_CFG'], call);
  return told.kind === 'exited' ? /^PidFile: "(.+)"$/m.exec(told.output)?.[1] : undefined;
}

async function status(server: Server | undefined, call: BuiltInCall): Promise<Outcome> {
  if (server === undefined) return { kind: 'stopped' };
  const pids = await processesOf(server, call);
  if (pids.length === 0) return { kind: 'stopped' };
  const why = await whyNoAnswer(pids, call);
  return why === undefined ? { kind: 'running' } : failed(`apache runs, but ${why}`);
}

/** Undefined when it answers. The first of its processes is the one that listens. */
async function whyNoAnswer(
  pids: readonly number[],
  call: BuiltInCall,
): Promise<string | undefined> {
  const listeners = (await Promise.all(pids.slice(0, 1).map(listenersOf))).flat();
  const [listener] = listeners;
  if (listener === undefined) return 'listens nowhere';
  const limit = millis(Math.min(answerLimit, call.left() * answerShare));
  return (await answersHttp(listener, limit, call.signal))
    ? undefined
    : `does not answer on ${listener.address} port ${String(listener.port)}`;
}

async function start(server: Server | undefined, call: BuiltInCall): Promise<Outcome> {
  if (server === undefined) return failed('no apache2 or httpd is installed', 5);
  const { config } = server;
  const before = await status(server, call);
  if (before.kind === 'running') return { kind: 'done' };
  if (before.kind === 'stopped') {
    if (!(await isThere(config))) return failed(`there is no ${config}`, 5);
    // Left by a server that was killed. Should another program have its pid now, the server would think that it runs, and end.
    const stale = await pidFileOf(server, call);
    if (stale !== undefined) await rm(stale, { force: true }).catch(() => undefined);
    const end = await run(server, ['-k', 'start'], call);
    if (!hasSucceeded(end)) return failed(`it cannot be started: ${complaintOf(end)}`);
  }
  return untilAnswer(server, call);
}

/** C waits for the answer without a limit; here the call's limit is one, and a server that has ended is not waited for. */
async function untilAnswer(server: Server, call: BuiltInCall): Promise<Outcome> {
  const grace = performance.now() + settleMillis;
  for (;;) {
    const now = await status(server, call);
    if (now.kind === 'running') return { kind: 'done' };
    if (call.signal.aborted) return failed('it does not answer');
    if (now.kind === 'stopped' && performance.now() > grace) {
      return failed('it has ended right after its start: its error log says why');
    }
    await wait(pollMillis, undefined, { signal: call.signal }).catch(() => undefined);
  }
}

/** Without what every start says of a machine whose name it cannot look up. */
function complaintOf(end: ScriptEnd): string {
  if (end.kind !== 'exited') return wordsOf(end);
  const lines = end.output.split('\n').filter((line) => !/AH00558|:warn\]/.test(line));
  return wordsOf({ ...end, output: lines.join('\n') });
}

/** Requests that run may end, then the server is ended, then killed: each for ten seconds at most (spec resources 12). */
async function stop(server: Server | undefined, call: BuiltInCall): Promise<Outcome> {
  if (server === undefined) return { kind: 'done' };
  const pids = await processesOf(server, call);
  const [pid] = pids;
  const known = pid === undefined ? server : { ...server, pid };
  const patience = Math.min(longestPatience, call.left() / 4);
  for (const signal of ['SIGWINCH', 'SIGTERM', 'SIGKILL'] as const) {
    if (await end(known, signal, patience, call)) return { kind: 'done' };
    call.log('WARN', `it has not ended ${String(Math.round(patience / 1000))} s after ${signal}`);
  }
  const left = await serverProcesses(known);
  return failed(`it cannot be ended: ${left.join(', ')}`);
}

/** Only the server's first process knows SIGWINCH. Children that have lost it are ended one by one. */
async function end(
  server: Server & { readonly pid?: number },
  signal: 'SIGWINCH' | 'SIGTERM' | 'SIGKILL',
  patience: number,
  call: BuiltInCall,
): Promise<boolean> {
  const until = performance.now() + patience;
  const [first, ...children] = await serverProcesses(server);
  if (first === undefined) return true;
  for (const pid of signal === 'SIGWINCH' ? [first] : [first, ...children]) {
    send(pid, signal, call);
  }
  while (performance.now() < until && !call.signal.aborted) {
    if ((await serverProcesses(server)).length === 0) return true;
    await wait(pollMillis, undefined, { signal: call.signal }).catch(() => undefined);
  }
  return false;
}

function send(pid: number, signal: NodeJS.Signals, { log }: BuiltInCall): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    log('info', `${String(pid)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
