/** What is logged about the programs of `respawn` and `failfast`: the C daemon's words where it has any (spec config 10). */
import { constants } from 'node:os';
import type { LogLine } from '../log-line.ts';
import type { ChildEnd, ChildProgram } from './child-program.ts';

/** As the C library's header says what they mean. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['SIGHUP', 'Hangup'],
  ['SIGINT', 'Interrupt'],
  ['SIGABRT', 'Abort'],
  ['SIGKILL', 'Kill, unblockable'],
  ['SIGSEGV', 'Segmentation violation'],
  ['SIGPIPE', 'Broken pipe'],
  ['SIGTERM', 'Termination'],
]);

const info = (text: string): LogLine => ({ level: 'info', text });
const warn = (text: string): LogLine => ({ level: 'WARN', text });
const error = (text: string): LogLine => ({ level: 'ERROR', text });

export const starting = ({ gid, uid, words }: ChildProgram): LogLine =>
  info(`Starting child client "${words}" (${String(uid)},${String(gid)})`);

export const launched = ({ gid, uid, words }: ChildProgram, pid: number): LogLine =>
  info(`Starting "${words}" as uid ${String(uid)}  gid ${String(gid)} (pid ${String(pid)})`);

export const respawning = ({ words }: ChildProgram): LogLine =>
  error(`Respawning client "${words}":`);

export const tooFast = ({ words }: ChildProgram): LogLine =>
  error(`Client ${words} "respawning too fast"`);

export const notLaunched = ({ words }: ChildProgram, why: string): LogLine =>
  error(`Cannot start child client "${words}": ${why}`);

/** An end that we asked for is no reason to warn. */
export function ended(
  { words }: ChildProgram,
  pid: number,
  end: ChildEnd,
  isLeaving: boolean,
): LogLine {
  const who = `Managed ${words} process ${String(pid)}`;
  if (end.kind === 'killed') {
    const text = `${who} killed by signal ${signalWords(end.by)}.`;
    return isLeaving ? info(text) : warn(text);
  }
  const text = `${who} exited with return code ${String(end.code)}.`;
  return end.code === 0 || isLeaving ? info(text) : warn(text);
}

export const killing = (
  { words }: ChildProgram,
  pid: number,
  signal: 'SIGTERM' | 'SIGKILL',
): LogLine =>
  info(`killing ${words} process group ${String(pid)} with signal ${signalNumber(signal)}`);

export const ignoresTerm = ({ words }: ChildProgram, pid: number): LogLine =>
  warn(`${words} process ${String(pid)} has not ended 30 s after signal 15: killing it`);

export const leftBehind = ({ words }: ChildProgram, pid: number): LogLine =>
  warn(`${words} process ${String(pid)} cannot be killed: going on without it`);

const signalNumbers: ReadonlyMap<string, number> = new Map(Object.entries(constants.signals));

const signalNumber = (name: string): string => String(signalNumbers.get(name) ?? '?');

function signalWords(name: string): string {
  const meaning = meanings.get(name);
  const known = meaning === undefined ? name : `${name} - ${meaning}`;
  return `${signalNumber(name)} [${known}]`;
}
