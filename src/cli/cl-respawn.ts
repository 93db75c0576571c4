#!/usr/bin/env node
/** `cl_respawn`: keeps a program running (cluster-glue's program of that name; docs/tools.md). */
import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { commandLog } from '../daemon/command-log.ts';
import { whyFailed } from '../daemon/why.ts';
import { instant } from '../units.ts';
import { parseRespawnOptions, respawnUsage, type RespawnPlan } from './respawn-options.ts';
import { takePidFile } from './respawn-pid-file.ts';
import { pauseUnless, respawn, startProgram } from './respawn.ts';

const usageStatus = 2;
const failedStatus = 1;
const log = commandLog('cl_respawn');

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseRespawnOptions(words);
  if (!parsed.ok) return usage(parsed.reason.status, parsed.reason.complaint);
  const why = await whyNotExecutable(parsed.value.program);
  if (why !== undefined) return usage(usageStatus, `${parsed.value.program}: ${why}`);
  const { pidFile } = parsed.value;
  if (pidFile === undefined) return run(parsed.value);
  const taken = await takePidFile(resolve(pidFile));
  if (taken.ok) return run(parsed.value).finally(taken.value);
  if (taken.reason.kind === 'running') {
    const pid = String(taken.reason.pid);
    log({
      level: 'WARN',
      text: `pidfile [${pidFile}] says we're already running as pid [${pid}]`,
    });
    return 0;
  }
  log({ level: 'ERROR', text: `Cannot create pidfile [${pidFile}]: ${taken.reason.why}` });
  return failedStatus;
}

async function run(plan: RespawnPlan): Promise<number> {
  const path = resolve(plan.program);
  process.umask(0o022);
  const stop = new AbortController();
  process.on('SIGTERM', () => {
    stop.abort();
  });
  for (const ignored of ['SIGINT', 'SIGHUP'] as const) process.on(ignored, () => undefined);
  if (plan.idle.length > 0) {
    const text = `${plan.idle.join(' ')}: no effect, there is no apphbd here`;
    log({ level: 'info', text });
  }
  const { magicExitCode, program } = plan;
  await respawn(
    { program, magicExitCode, stop: stop.signal },
    {
      start: () => startProgram(path, plan.args),
      log,
      now: () => instant(performance.now()),
      pause: pauseUnless,
    },
  );
  return 0;
}

async function whyNotExecutable(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'no file';
    await access(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return whyFailed(error);
  }
}

/** C's words go to stdout, and what is wrong to stderr. */
function usage(status: number, complaint: string): number {
  if (complaint !== '') process.stderr.write(`cl_respawn: ${complaint}\n`);
  process.stdout.write(respawnUsage);
  return status;
}

process.exitCode = await main(process.argv.slice(2));
