/** `heartbeat --check`: everything that is wrong or doubtful in the files, without starting anything. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentPlaces } from '../agents/find-agent.ts';
import { checkCloser, type CloserLook, seenWithoutRoot } from '../config/closer-look.ts';
import { cLinesOf, formatCount, formatProblem, tell } from '../config/format-problem.ts';
import { type HostsEntry, parseHosts } from '../config/hosts-file.ts';
import type { Language } from '../config/language.ts';
import { hasErrors, inTextOrder, type Problem } from '../config/problem.ts';
import { storageHostsOf } from '../config/storage.ts';
import {
  checkPeer,
  checkStorageHost,
  type OwnView,
  type PeerView,
  type StorageHost,
} from '../config/peer-look.ts';
import type { Understood } from '../config/surroundings.ts';
import type { NodeName } from '../units.ts';
import { startedAtBoot } from './at-boot.ts';
import type { Answer } from './control.ts';
import { type Loaded, loadConfig, type LoadOptions } from './load-config.ts';
import { ownLanguage } from './own-language.ts';
import type { Paths } from './paths.ts';
import { bareAgentPlaces } from './places.ts';
import { storageOf } from './storage-look.ts';
import { addressesOfHosts } from './surroundings.ts';
import { errorCode } from './why.ts';

/** One problem for programs; documented in docs/configuration.md, where nothing may be taken away. */
interface Row {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly kind: string;
  readonly message: string;
  readonly mend: string;
  /** What was probably meant. */
  readonly suggestion?: string;
  /** What C heartbeat would log. */
  readonly c: readonly string[];
}

const cleanStatus = 0;
const warningStatus = 1;
const errorStatus = 2;

/** What another machine answers. */
export type PeerAnswer =
  | { readonly kind: 'node'; readonly view: PeerView }
  | { readonly kind: 'storage'; readonly view: StorageHost }
  | { readonly kind: 'not-asked'; readonly name: string; readonly why: string };

/** What the other nodes answer, and what this one would. */
export interface AskedPeers extends Pick<OwnView, 'users' | 'statuses'> {
  readonly answers: readonly PeerAnswer[];
}

/** Asks these nodes, and the hosts that file systems are mounted from; never rejects for what an operator can do. */
export type AskPeers = (
  nodes: readonly NodeName[],
  storageHosts: readonly string[],
) => Promise<AskedPeers>;

/**
 * The problems on stdout; the status is 0 without any, 1 with warnings alone, 2 with errors. Changes nothing, needs no
 * root. With `ask`, the other nodes are compared with this one.
 */
export async function checkConfig(
  where: Paths,
  options: LoadOptions,
  form: 'text' | 'json',
  ask?: AskPeers,
): Promise<Answer> {
  const places = await bareAgentPlaces(where);
  const loaded = await loadConfig(where, places, options);
  const isRoot = process.geteuid?.() === 0;
  const told = isRoot ? loaded.problems : seenWithoutRoot(loaded.problems);
  const here = await everyProblem(where, places, loaded, told);
  const there = ask === undefined ? [] : await comparePeers(where, loaded, here, ask);
  const problems = fileByFile(where, [...here, ...there]);
  const language = ownLanguage();
  const stdout =
    form === 'json' ? jsonText(problems, language) : plainText(problems, where, language);
  return { status: statusOf(problems), stdout };
}

function statusOf(problems: readonly Problem[]): number {
  if (hasErrors(problems)) return errorStatus;
  return problems.length === 0 ? cleanStatus : warningStatus;
}

function plainText(problems: readonly Problem[], where: Paths, language: Language): string {
  const lines = problems.map((problem) => formatProblem(problem, language));
  const count = `${where.configDir}: ${formatCount(problems, language)}`;
  return [...lines, count, ''].join('\n');
}

function jsonText(problems: readonly Problem[], language: Language): string {
  return `${JSON.stringify(
    problems.map((problem) => rowOf(problem, language)),
    undefined,
    2,
  )}\n`;
}

function rowOf(problem: Problem, language: Language): Row {
  const { at, kind, severity } = problem;
  const suggestion = 'suggestion' in problem ? problem.suggestion : undefined;
  return {
    ...{ file: at.file, line: at.line, column: at.column },
    severity,
    kind,
    ...tell(problem, language),
    ...(suggestion === undefined ? {} : { suggestion }),
    c: cLinesOf(problem),
  };
}

/** `told` and what only a closer look at `loaded` finds: file by file, and in each in the order of its text. */
export async function everyProblem(
  where: Paths,
  places: AgentPlaces,
  { compared }: Loaded,
  told: readonly Problem[],
): Promise<readonly Problem[]> {
  if (compared === undefined) return fileByFile(where, told);
  const { around, understood } = compared;
  const look = await lookCloser(understood, where, places);
  return fileByFile(where, [...told, ...checkCloser(understood, around, told, look)]);
}

function fileByFile(where: Paths, all: readonly Problem[]): readonly Problem[] {
  const known = [where.haCf, where.authkeys, where.haresources, where.extensions];
  const files = new Set([...known, ...all.map(({ at }) => at.file)]);
  return [...files].flatMap((file) => inTextOrder(all.filter(({ at }) => at.file === file)));
}

/** Where the other nodes differ from what `told` is about. */
async function comparePeers(
  where: Paths,
  { compared, self }: Loaded,
  told: readonly Problem[],
  ask: AskPeers,
): Promise<readonly Problem[]> {
  if (compared === undefined) return [];
  const { haCf, haresources } = compared.understood;
  const others = haCf.nodes.filter((node) => node !== self);
  const { answers, ...here } = await ask(others, storageHostsOf(haresources));
  const own: OwnView = { haCf, haresources, haCfFile: where.haCf, self, ...here };
  return answers.flatMap((answer) => {
    if (answer.kind === 'node') return checkPeer(own, answer.view, told);
    if (answer.kind === 'storage') return checkStorageHost(own, answer.view);
    const { name: peer, why } = answer;
    return { kind: 'peer-not-asked', severity: 'warning', at: haCf.nodesAt, peer, why } as const;
  });
}

async function lookCloser(
  { haCf, haresources }: Understood,
  where: Paths,
  places: AgentPlaces,
): Promise<CloserLook> {
  const agents = haresources.flatMap((group) => group.resources.map(({ agent }) => agent));
  const [hosts, boot, storage] = await Promise.all([
    readHosts(join(where.systemDir, 'hosts')),
    startedAtBoot([...new Set(agents)], where.systemDir, places.units?.systemctl),
    storageOf(haresources, where.systemDir),
  ]);
  const { entries, isReadable, file } = hosts;
  const others = haCf.nodes.filter((node) => !entries.some(({ name }) => name === node));
  return {
    hostsFile: entries,
    resolved: await addressesOfHosts(others),
    atBoot: boot.agents,
    storage: storage.look,
    unseen: [
      ...(isReadable ? [] : [{ what: 'hosts', file } as const]),
      ...storage.unseen,
      ...(boot.isComplete ? [] : [{ what: 'units', file: where.haresources } as const]),
    ],
  };
}

interface Hosts {
  readonly file: string;
  readonly entries: readonly HostsEntry[];
  readonly isReadable: boolean;
}

/** A machine may do without that file. */
async function readHosts(file: string): Promise<Hosts> {
  try {
    return { file, entries: parseHosts(await readFile(file, 'utf8'), file), isReadable: true };
  } catch (error) {
    return { file, entries: [], isReadable: errorCode(error) === 'ENOENT' };
  }
}
