/** `heartbeat --plan`: what `heartbeat -r` would do now, without doing it. */
import { signOn } from '../clients/client.ts';
import { hasErrors } from '../config/problem.ts';
import { formatProblem } from '../config/format-problem.ts';
import { planOf } from '../haresources/plan.ts';
import { readStanding, type Standing } from '../haresources/standing.ts';
import { fail, type Result, succeed } from '../result.ts';
import type { Answer } from './control.ts';
import { loadConfig, type LoadOptions } from './load-config.ts';
import { ownLanguage } from './own-language.ts';
import type { Paths } from './paths.ts';
import { lookAtPidFile } from './pid-file.ts';
import { bareAgentPlaces } from './places.ts';
import { planText } from './plan-words.ts';

const nothingToDo = 0;
const somethingToDo = 1;
const notRunning = 3;
const noAnswer = 5;
const wrongFiles = 6;
/** A daemon that does not answer for so long is not waited for. */
const patienceMillis = 5000;
/** The name under which the daemon says how it stands to its haresources. */
export const standingParameter = 'haresources';

/**
 * What would start, stop, move and stay. Status 0: nothing to do; 1: something; 3: no daemon runs; 5: it does not answer; 6:
 * the files have errors, which are explained. Changes nothing.
 */
export async function showPlan(
  where: Paths,
  options: LoadOptions,
  form: 'text' | 'json',
): Promise<Answer> {
  const { problems, settings } = await loadConfig(where, await bareAgentPlaces(where), options);
  if (settings === undefined || hasErrors(problems)) {
    const lines = problems.map((problem) => `${formatProblem(problem, ownLanguage())}\n`);
    return { status: wrongFiles, stderr: lines.join('') };
  }
  const standing = await askDaemon(where);
  if (!standing.ok) return standing.reason;
  const plan = planOf(standing.value, settings.haresources);
  const status = plan.isOpen ? somethingToDo : nothingToDo;
  if (form === 'json') return { status, stdout: `${JSON.stringify(plan, undefined, 2)}\n` };
  return { status, stdout: planText(plan, where.haresources) };
}

async function askDaemon(where: Paths): Promise<Result<Standing, Answer>> {
  const view = await lookAtPidFile(where.pidFile);
  if (view.kind !== 'running')
    return fail({
      status: notRunning,
      stderr: 'heartbeat is not running: nothing to compare with\n',
    });
  const unanswered = fail({
    status: noAnswer,
    stderr: `heartbeat [pid ${String(view.pid)}] does not say what it has read: it is starting, no daemon of this program, or another user may not ask it\n`,
  });
  const client = await signOn(where.registerSocket, AbortSignal.timeout(patienceMillis));
  if (!client.ok) return unanswered;
  try {
    const said = await client.value.value('getparm', 'pvalue', { pname: standingParameter });
    const standing = said.ok ? readStanding(said.value ?? '') : undefined;
    return standing === undefined ? unanswered : succeed(standing);
  } finally {
    client.value.close();
  }
}
