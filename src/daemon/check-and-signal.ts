/** `heartbeat -r`: the files are checked here first, so that a running daemon never meets a broken one (spec config 9). */
import type { Level } from '../log-line.ts';
import { type Answer, signalReload } from './control.ts';
import { settledWithin } from './limited.ts';
import { loadConfig, type LoadOptions } from './load-config.ts';
import type { Paths } from './paths.ts';
import { lookAtPidFile } from './pid-file.ts';
import { bareAgentPlaces } from './places.ts';
import { problemLines } from './problem-lines.ts';
import { processLog, toStderr } from './process-log.ts';

const brokenStatus = 1;
const notPermitted = 4;
const lastWordsMillis = 1000;

/**
 * Undefined when no daemon runs: one is to be started then. What there is to say goes to stderr, and where ha.cf has the log, as in C:
 * the files tell when somebody had them read.
 */
export async function checkAndSignal(
  where: Paths,
  options: LoadOptions,
): Promise<Answer | undefined> {
  const view = await lookAtPidFile(where.pidFile);
  if (view.kind !== 'running') return undefined;
  const log = processLog({ program: 'heartbeat', where, console: toStderr });
  const say = (level: Level, text: string): void => {
    log.write({ level, text });
  };
  const loaded = await loadConfig(where, await bareAgentPlaces(where), options);
  if (loaded.logging !== undefined) log.setTargets(loaded.logging);
  for (const line of problemLines(loaded.problems)) log.write(line);
  const pid = String(view.pid);
  const isBroken = loaded.settings === undefined;
  if (isBroken) say('info', `Config errors: Heartbeat pid ${pid} NOT restarted`);
  else say('info', `Signalling heartbeat pid ${pid} to reread config files`);
  await settledWithin(lastWordsMillis, log.close());
  if (isBroken) return { status: loaded.isForbidden ? notPermitted : brokenStatus };
  return signalReload(view);
}
