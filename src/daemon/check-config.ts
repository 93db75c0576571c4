/** `heartbeat --check`: everything that is wrong or doubtful in the files, without starting anything. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentPlaces } from '../agents/find-agent.ts';
import { checkCloser, type CloserLook, seenWithoutRoot } from '../config/closer-look.ts';
import { cLinesOf, formatCount, formatProblem, tell } from '../config/format-problem.ts';
import { type HostsEntry, parseHosts } from '../config/hosts-file.ts';
import type { Language } from '../config/language.ts';
import { hasErrors, inTextOrder, type Problem } from '../config/problem.ts';
import type { Understood } from '../config/surroundings.ts';
import { startedAtBoot } from './at-boot.ts';
import type { Answer } from './control.ts';
import { type Loaded, loadConfig, type LoadOptions } from './load-config.ts';
import { ownLanguage } from './own-language.ts';
import type { Paths } from './paths.ts';
import { bareAgentPlaces } from './places.ts';
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

/** The problems on stdout; the status is 0 without any, 1 with warnings alone, 2 with errors. Changes nothing, needs no root. */
export async function checkConfig(
  where: Paths,
  options: LoadOptions,
  form: 'text' | 'json',
): Promise<Answer> {
  const places = await bareAgentPlaces(where);
  const problems = await problemsOf(where, places, await loadConfig(where, places, options));
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

/** File by file, and in each in the order of its text. */
async function problemsOf(
  where: Paths,
  places: AgentPlaces,
  loaded: Loaded,
): Promise<readonly Problem[]> {
  const { compared } = loaded;
  const told = process.geteuid?.() === 0 ? loaded.problems : seenWithoutRoot(loaded.problems);
  const closer =
    compared === undefined
      ? []
      : checkCloser(
          compared.understood,
          compared.around,
          told,
          await lookCloser(compared.understood, where, places),
        );
  const all = [...told, ...closer];
  const known = [where.haCf, where.authkeys, where.haresources, where.extensions];
  const files = new Set([...known, ...all.map(({ at }) => at.file)]);
  return [...files].flatMap((file) => inTextOrder(all.filter(({ at }) => at.file === file)));
}

async function lookCloser(
  { haCf, haresources }: Understood,
  where: Paths,
  places: AgentPlaces,
): Promise<CloserLook> {
  const agents = haresources.flatMap((group) => group.resources.map(({ agent }) => agent));
  const [hosts, boot] = await Promise.all([
    readHosts(join(where.systemDir, 'hosts')),
    startedAtBoot([...new Set(agents)], where.systemDir, places.units?.systemctl),
  ]);
  const { entries, isReadable, file } = hosts;
  const others = haCf.nodes.filter((node) => !entries.some(({ name }) => name === node));
  return {
    hostsFile: entries,
    resolved: await addressesOfHosts(others),
    atBoot: boot.agents,
    unseen: [
      ...(isReadable ? [] : [{ what: 'hosts', file } as const]),
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
