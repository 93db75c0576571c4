/** Which processes are a web server, and where it listens: as the kernel tells in /proc. */
import { readFile, readdir, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileOf, isServing, namesOther, parseServerWords } from './apache-words.ts';
import { isAbsence } from './read-kernel.ts';

/** The server that is looked for. */
export interface ServerKind {
  /** The full path of the program. */
  readonly program: string;
  /** The configuration that it was started with. */
  readonly config: string;
  /** It is what the program takes when none is given. */
  readonly isDefault: boolean;
  /** The process that its pid file names, whose words need not name the configuration. */
  readonly pid?: number;
}

interface ServerProcess {
  readonly pid: number;
  readonly parent: number;
}

/** Where a server listens. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

const listenState = '0A';
/** As much of a program's name as the kernel keeps. */
const nameLength = 15;

/**
 * The processes of one server, its first one before its children; also children that have lost it. Empty when it does not run.
 * A server of a container, which has other files or another network, is not meant, nor what only looks at a configuration.
 * Rejects when /proc cannot be read: nothing is known then.
 */
export async function serverProcesses(kind: ServerKind): Promise<readonly number[]> {
  const all = await processesOf(kind.program);
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const heads = all.map(({ pid }) => pid).filter((pid) => !parents.has(parents.get(pid) ?? 0));
  const verdicts = await Promise.all(heads.map((pid) => isMeant(pid, kind)));
  const meant = new Set(heads.filter((_, index) => verdicts[index] === true));
  const others = all.map(({ pid }) => pid).filter((pid) => !meant.has(pid));
  return [...meant, ...others.filter((pid) => meant.has(headOf(pid, parents)))];
}

/** The first of the server's processes that one descends from. A pid that is used again meanwhile could close the chain. */
function headOf(pid: number, parents: ReadonlyMap<number, number>): number {
  let head = pid;
  for (let up = 0; up < parents.size; up += 1) {
    const parent = parents.get(head) ?? 0;
    if (!parents.has(parent)) break;
    head = parent;
  }
  return head;
}

async function processesOf(program: string): Promise<readonly ServerProcess[]> {
  const real = await realpath(program).catch(() => program);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => processOf(Number(pid), real)));
  return found.filter((one) => one !== undefined);
}

/** Undefined for what runs another program, and for what has ended. An upgrade takes the file of a running program away. */
async function processOf(pid: number, program: string): Promise<ServerProcess | undefined> {
  const at = `/proc/${String(pid)}`;
  const line = await readFile(`${at}/stat`, 'latin1').catch(orGone);
  const name = line.slice(line.indexOf('(') + 1, line.lastIndexOf(')'));
  const runs = await readlink(`${at}/exe`).catch((error: unknown) =>
    name === basename(program).slice(0, nameLength) ? orGone(error) : '',
  );
  if (runs.replace(/ \(deleted\)$/, '') !== program) return undefined;
  const [, parent] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : { pid, parent: Number(parent) };
}

/** Also the process of the pid file may be another server's, which shares the file, or have the number by now. */
async function isMeant(pid: number, kind: ServerKind): Promise<boolean> {
  const at = `/proc/${String(pid)}`;
  const [files, own, network, ownNetwork, line] = await Promise.all([
    fileOf(`${at}/root/`),
    fileOf('/'),
    readlink(`${at}/ns/net`).catch(orGone),
    readlink('/proc/self/ns/net'),
    readFile(`${at}/cmdline`, 'utf8').catch(orGone),
  ]);
  if (files !== own || network !== ownNetwork) return false;
  const words = parseServerWords(line.replace(/\0$/, '').split('\0'));
  if (!isServing(words)) return false;
  if (pid === kind.pid) return !(await namesOther(words, kind.config));
  const config = words.get('f');
  return config === undefined ? kind.isDefault && !words.has('d') : config === kind.config;
}

/** Empty for what has gone meanwhile. */
function orGone(error: unknown): string {
  if (isAbsence(error)) return '';
  throw error;
}

/** Where a process listens for TCP, the lowest port first. */
export async function listenersOf(pid: number): Promise<readonly Listener[]> {
  const at = `/proc/${String(pid)}`;
  const files = await readdir(`${at}/fd`).catch(() => []);
  const links = await Promise.all(
    files.map((file) => readlink(`${at}/fd/${file}`).catch(() => '')),
  );
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`${at}/net/${table}`, 'latin1').catch(() => '')),
  );
  return parseListeners(tables.join('\n'), own).toSorted((one, other) => one.port - other.port);
}

/** The sockets that listen and have one of these inode numbers (proc(5): /proc/net/tcp). */
export function parseListeners(table: string, inodes: ReadonlySet<string>): readonly Listener[] {
  return table.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || inode === undefined) return [];
    if (state !== listenState || !inodes.has(inode)) return [];
    const [address = '', port = ''] = local.split(':');
    return [{ address: plainAddress(address), port: Number.parseInt(port, 16) }];
  });
}

/** Words of 32 bits, the lowest byte of each first. The address of all interfaces is asked on this one. */
function plainAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    [...Buffer.from(word, 'hex')].reverse(),
  );
  if (bytes.every((byte) => byte === 0)) return bytes.length === 4 ? '127.0.0.1' : '::1';
  if (bytes.length === 4) return bytes.join('.');
  const parts = bytes.flatMap((byte, at) =>
    at % 2 === 0 ? [((byte << 8) | (bytes[at + 1] ?? 0)).toString(16)] : [],
  );
  return parts.join(':');
}
