/** What is wrong with the configuration, as lines of the log. */
import { cVerdictsOn, logLinesOf } from '../config/format-problem.ts';
import type { Problem } from '../config/problem.ts';
import type { LogLine } from '../log-line.ts';
import { everyProblem } from './check-config.ts';
import type { Loaded } from './load-config.ts';
import { ownLanguage } from './own-language.ts';
import type { Paths } from './paths.ts';
import { bareAgentPlaces } from './places.ts';

/** In the language of the locale, errors and warnings apart; the lines that C heartbeat would write are among them. */
export function problemLines(problems: readonly Problem[]): readonly LogLine[] {
  const language = ownLanguage();
  const verdicts = cVerdictsOn(problems).map((text): LogLine => ({ level: 'ERROR', text }));
  return [...problems.flatMap((problem) => logLinesOf(problem, language)), ...verdicts];
}

/** Why files with errors are refused at a start: all that `--check` says. Takes five seconds at most. */
export async function refusalLines(where: Paths, loaded: Loaded): Promise<readonly LogLine[]> {
  const places = await bareAgentPlaces(where);
  const problems = await everyProblem(where, places, loaded, loaded.problems);
  return [
    ...problemLines(problems),
    { level: 'ERROR', text: 'Configuration error, heartbeat not started.' },
  ];
}
