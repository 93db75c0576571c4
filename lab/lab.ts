/** The lab itself: reads the options, checks the machine, plays or shows, and always cleans up. */
import { Socket } from 'node:net';
import { LabError } from './command.ts';
import { playDemo } from './demo.ts';
import { showLive } from './live.ts';
import { parseOptions, usage, type LabOptions } from './options.ts';
import { missingRequirements } from './requirements.ts';

const usageStatus = 2;

/** Runs the lab with the words after `npm run lab --` and sets the exit status: 0, 1 for a failure, 2 for a wrong option. */
export async function runLab(words: readonly string[]): Promise<void> {
  const parsed = parseOptions(words);
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(usage);
      return;
    case 'refused':
      process.stderr.write(`lab: ${parsed.why}\n\n${usage}`);
      process.exitCode = usageStatus;
      return;
    case 'options':
      process.exitCode = await runWith(parsed.options);
  }
}

async function runWith(options: LabOptions): Promise<number> {
  const missing = missingRequirements(options);
  for (const sentence of missing) process.stderr.write(`lab: ${sentence}\n`);
  if (missing.length > 0) return 1;
  const stop = new AbortController();
  endWithSignals(stop);
  endWithParent(stop);
  try {
    return (await play(options, stop.signal)) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab: ${error.message}\n`);
    return 1;
  }
}

async function play(options: LabOptions, signal: AbortSignal): Promise<boolean> {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (options.demo) return playDemo(options, say, signal);
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new LabError('the live view needs a terminal; without one: npm run lab -- --demo');
  }
  await showLive(options, signal);
  return true;
}

/** The first signal ends the lab in order; the hosts would end with it anyway, but not their folder. */
function endWithSignals(stop: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
}

/** Without root, run.mjs is another process and holds a pipe to us: its end is ours. */
function endWithParent(stop: AbortController): void {
  const channel = process.env['HA_LAB_PARENT_FD'];
  if (channel === undefined) return;
  const end = (): void => {
    stop.abort();
  };
  // Not counted as work: it must not keep a lab alive that is done.
  const pipe = new Socket({ fd: Number(channel), readable: true, writable: false });
  pipe.on('end', end).on('error', end).resume().unref();
}
