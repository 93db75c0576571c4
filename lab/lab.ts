/** The lab itself: reads the options, checks the machine, plays or shows, and always cleans up. */
import { Socket } from 'node:net';
import { LabError } from './command.ts';
import { playDemo } from './demo.ts';
import { showLive } from './live.ts';
import { parseOptions, usage, type LabOptions } from './options.ts';
import { kernelHasNfs } from './nfs.ts';
import { labProgram } from './project.ts';
import { isRealRoot, missingRequirements } from './requirements.ts';
import { scenarioOf } from './scenarios.ts';
import { missingForVirtualMachine, runInVirtualMachine } from './virtual-machine.ts';

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
      process.exitCode = await runWith(parsed.options, words);
      // A kernel that still unmounts from a dead server must not hold up the end of a small machine.
      if (parsed.options.emulated) process.exit();
  }
}

async function runWith(options: LabOptions, words: readonly string[]): Promise<number> {
  const needsMachine = options.scenario === 'nfs' && !(await kernelHasNfs());
  const missing = whatIsMissing(options, needsMachine);
  for (const sentence of missing) process.stderr.write(`lab: ${sentence}\n`);
  if (missing.length > 0) return 1;
  const stop = new AbortController();
  endWithSignals(stop);
  endWithParent(stop);
  try {
    const isHeld = needsMachine
      ? await playInMachine(options, words, stop.signal)
      : await play(options, stop.signal);
    return isHeld ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab: ${error.message}\n`);
    return 1;
  }
}

/** With NFS, real root is needed in any case: no user namespace may mount it. */
function whatIsMissing(options: LabOptions, needsMachine: boolean): readonly string[] {
  return [
    ...missingRequirements(options, scenarioOf(options).needs),
    ...(needsMachine ? missingForVirtualMachine() : []),
    ...(options.scenario === 'nfs' && !isRealRoot()
      ? ['NFS needs real root: sudo npm run lab -- nfs']
      : []),
  ];
}

const machineLimit = 900_000;

/** The same lab, in a small machine: only the story, for there is no terminal in there. */
async function playInMachine(
  options: LabOptions,
  words: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  say(
    'This kernel has no NFS: a small machine is started with QEMU. It is slow, so its times are longer.',
  );
  if (!options.demo) say('There is no live view in there, only the story (--demo).');
  const lab = [process.execPath, labProgram, ...words, '--demo', '--emulated'];
  const end = await runInVirtualMachine({ command: lab, limit: machineLimit, said: say, signal });
  switch (end.kind) {
    case 'exited':
      return end.code === 0;
    case 'timed-out':
      throw new LabError(`the small machine was not done within ${String(end.limit / 1000)} s`);
    case 'lost':
      throw new LabError(`the small machine ended: ${end.why}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function play(options: LabOptions, signal: AbortSignal): Promise<boolean> {
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
