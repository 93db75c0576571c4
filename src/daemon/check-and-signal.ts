/** `heartbeat -r`: the files are checked here first, so that a running daemon never meets a broken one (spec config 9). */
import { type Answer, signalReload } from './control.ts';
import { loadConfig, type LoadOptions } from './load-config.ts';
import type { Paths } from './paths.ts';
import { lookAtPidFile } from './pid-file.ts';
import { bareAgentPlaces } from './places.ts';
import { problemLines } from './problem-lines.ts';

const brokenStatus = 1;
const notPermitted = 4;

/** Undefined when no daemon runs: one is to be started then. */
export async function checkAndSignal(
  where: Paths,
  options: LoadOptions,
): Promise<Answer | undefined> {
  const view = await lookAtPidFile(where.pidFile);
  if (view.kind !== 'running') return undefined;
  const pid = String(view.pid);
  const loaded = await loadConfig(where, await bareAgentPlaces(where), options);
  const problems = problemLines(loaded.problems)
    .map(({ level, text }) => `${level}: ${text}\n`)
    .join('');
  if (loaded.settings === undefined) {
    const status = loaded.isForbidden ? notPermitted : brokenStatus;
    const verdict = `info: Config errors: Heartbeat pid ${pid} NOT restarted\n`;
    return { status, stderr: `${problems}${verdict}` };
  }
  const answer = signalReload(view);
  const told = `info: Signalling heartbeat pid ${pid} to reread config files\n`;
  return answer.status === 0 ? { status: 0, stderr: `${problems}${told}` } : answer;
}
