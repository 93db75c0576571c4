/** Compiled plug-ins, run by the program `stonith` of cluster-glue (spec fencing 8.3, 9). */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { runScript, type ScriptEnd } from '../agents/run-script.ts';
import { type NodeName, seconds } from '../units.ts';
import {
  type Device,
  type DeviceSurroundings,
  faultOf,
  linesOf,
  type Parameters,
} from './device.ts';

/** `S_BADHOST` of the library, which is the command's exit code, too. */
const badHost = 4;
const questionLimit = seconds(10);

type Runner = Pick<DeviceSurroundings, 'directory' | 'environment'>;

/** The path of `stonith`; undefined when cluster-glue is not installed. */
export async function stonithCommand(places: readonly string[]): Promise<string | undefined> {
  for (const path of places) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}

/** The parameter names of a compiled type, or undefined when the command does not know it. */
export async function compiledNames(
  command: string,
  type: string,
  runner: Runner,
): Promise<readonly string[] | undefined> {
  const end = await ask(command, ['-t', type, '-n'], runner);
  if (end.kind !== 'exited' || end.code !== 0) return undefined;
  return end.output.split(/\s+/).filter((word) => word !== '');
}

/** Every type that the command knows. */
export async function typesOf(command: string, runner: Runner): Promise<readonly string[]> {
  const end = await ask(command, ['-L'], runner);
  return end.kind === 'exited' ? linesOf(end.output) : [];
}

const ask = (
  path: string,
  args: readonly string[],
  { directory, environment }: Runner,
  signal?: AbortSignal,
): Promise<ScriptEnd> =>
  runScript(
    { path, args, environment, directory, limit: questionLimit, stdout: 'capture', log: undefined },
    signal,
  );

/** A device whose plug-in the command drives. Its parameters go through the environment, where `ps` does not show them. */
export class CommandDevice implements Device {
  readonly #command: string;
  readonly #type: string;
  readonly #parameters: Parameters;
  readonly #around: DeviceSurroundings;

  constructor(
    command: string,
    type: string,
    {
      parameters,
      around,
    }: { readonly parameters: Parameters; readonly around: DeviceSurroundings },
  ) {
    this.#command = command;
    this.#type = type;
    this.#parameters = parameters;
    this.#around = around;
  }

  /** The short description of its metadata. */
  async id(signal: AbortSignal): Promise<string> {
    const end = await ask(this.#command, ['-t', this.#type, '-m'], this.#around, signal);
    const text = end.kind === 'exited' ? end.output : '';
    return /<shortdesc[^>]*>([^<]*)<\/shortdesc>/.exec(text)?.[1]?.trim() ?? this.#type;
  }

  async reset(node: NodeName, signal: AbortSignal): ReturnType<Device['reset']> {
    const end = await this.#run(['-T', 'reset', node], signal);
    if (end.kind === 'exited' && end.code === badHost)
      return { kind: 'bad-host', device: await this.id(signal) };
    const fault = faultOf(end, this.#around.limit);
    return fault === undefined ? { kind: 'ok' } : { kind: 'failed', why: fault };
  }

  async status(signal: AbortSignal): Promise<string | undefined> {
    return faultOf(await this.#run(['-S'], signal), this.#around.limit);
  }

  async hosts(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const end = await this.#run(['-l'], signal);
    if (end.kind !== 'exited' || end.code !== 0) return undefined;
    return linesOf(end.output.toLowerCase()).map((line) => line.trim());
  }

  #run(args: readonly string[], signal: AbortSignal): Promise<ScriptEnd> {
    const { directory, environment, limit } = this.#around;
    const own = { ...environment, ...Object.fromEntries(this.#parameters) };
    const words = ['-t', this.#type, '-E', ...args];
    const call = { path: this.#command, args: words, environment: own, directory, limit };
    return runScript({ ...call, stdout: 'capture', log: undefined }, signal);
  }
}
