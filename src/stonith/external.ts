/** `external/NAME`: scripts of cluster-glue's protocol, run without cluster-glue (spec fencing 8.1). */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript, type ScriptEnd } from '../agents/run-script.ts';
import { millis, type NodeName, seconds } from '../units.ts';
import {
  type Device,
  type DeviceSurroundings,
  faultOf,
  linesOf,
  type Parameters,
} from './device.ts';
import { fail, type Result, succeed } from '../result.ts';

/** Why a script is not run. */
export interface ScriptFault {
  readonly path: string;
  readonly why: 'absent' | 'not-executable' | 'writable-by-others';
}

/** Questions about the script itself: they touch no device. */
const questionLimit = seconds(10);
/** A node that is to be reset does not wait long for the name of the device. */
const nameLimit = seconds(2);

/** The script of that name in the first directory that has one, if it may be run. */
export async function findExternal(
  name: string,
  directories: readonly string[],
): Promise<Result<string, ScriptFault>> {
  const isPlain = /^[A-Za-z0-9._+-]+$/.test(name) && !name.startsWith('.');
  for (const directory of isPlain ? directories : []) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    if ((found.mode & 0o022) !== 0) return fail({ path, why: 'writable-by-others' });
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    return runs ? succeed(path) : fail({ path, why: 'not-executable' });
  }
  return fail({ path: join(directories[0] ?? '/', name), why: 'absent' });
}

/** The names of a script's parameters; undefined when it does not tell. It is asked without parameters. */
export async function externalNames(
  path: string,
  { directory, environment }: Pick<DeviceSurroundings, 'directory' | 'environment'>,
): Promise<readonly string[] | undefined> {
  const call = { path, args: ['getconfignames'], environment, directory } as const;
  const end = await runScript({ ...call, limit: questionLimit, stdout: 'capture', log: undefined });
  if (end.kind !== 'exited' || end.code !== 0) return undefined;
  return end.output.split(/\s+/).filter((word) => word !== '');
}

/** The device of `external/NAME`. Its script is looked at again at each call: it may be replaced to repair it. */
export class ExternalDevice implements Device {
  readonly #name: string;
  readonly #parameters: Parameters;
  readonly #around: DeviceSurroundings;

  constructor(name: string, parameters: Parameters, around: DeviceSurroundings) {
    this.#name = name;
    this.#parameters = parameters;
    this.#around = around;
  }

  async id(signal: AbortSignal): Promise<string> {
    const { end } = await this.#ask(['getinfo-devid'], signal, nameLimit);
    const [first] = end.kind === 'exited' && end.code === 0 ? linesOf(end.output) : [];
    return first?.trim() ?? `external/${this.#name}`;
  }

  async reset(node: NodeName, signal: AbortSignal): ReturnType<Device['reset']> {
    const fault = await this.#carryOut(['reset', node], signal);
    if (fault === undefined) return { kind: 'ok' };
    this.#say(
      'ERROR',
      `external_reset_req: '${this.#name} reset' for host ${node} failed: ${fault}`,
    );
    return { kind: 'failed', why: fault };
  }

  async status(signal: AbortSignal): Promise<string | undefined> {
    const fault = await this.#carryOut(['status'], signal);
    if (fault !== undefined)
      this.#say('WARN', `external_status: '${this.#name} status' failed: ${fault}`);
    return fault;
  }

  async hosts(signal: AbortSignal): Promise<readonly string[] | undefined> {
    const { end } = await this.#ask(['gethosts'], signal);
    if (end.kind !== 'exited' || end.code !== 0) return undefined;
    const hosts = end.output.toLowerCase().split(/\s+/);
    return hosts.filter((host) => host !== '');
  }

  /** Its output goes to the log; why it failed, or undefined. */
  async #carryOut(args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    const { end, path } = await this.#ask(args, signal, this.#around.limit);
    const output = 'output' in end ? linesOf(end.output) : [];
    for (const line of output) {
      this.#say('info', `external_run_cmd: '${[path, ...args].join(' ')}' output: ${line}`);
    }
    return faultOf(end, this.#around.limit);
  }

  async #ask(
    args: readonly string[],
    signal: AbortSignal,
    limit = questionLimit,
  ): Promise<{ readonly end: ScriptEnd; readonly path: string }> {
    const found = await findExternal(this.#name, this.#around.places.external);
    if (!found.ok) {
      const { path, why } = found.reason;
      this.#say('CRIT', `external_run_cmd: ${path} not run: ${scriptFaults[why]}`);
      return { path, end: { kind: 'not-started', why: scriptFaults[why] } };
    }
    const { directory } = this.#around;
    const call = { path: found.value, args, environment: this.#environment(), directory };
    const shortest = millis(Math.min(limit, this.#around.limit));
    const end = await runScript(
      { ...call, limit: shortest, stdout: 'capture', log: undefined },
      signal,
    );
    return { path: found.value, end };
  }

  #environment(): Record<string, string> {
    const { environment } = this.#around;
    return {
      ...environment,
      ...Object.fromEntries(this.#parameters),
      PATH: `/usr/share/cluster-glue:${environment['PATH'] ?? ''}`,
      HA_LOGTAG: `external/${this.#name}`,
    };
  }

  #say(level: 'info' | 'WARN' | 'ERROR' | 'CRIT', text: string): void {
    this.#around.log({ level, text: `glib: ${text}` });
  }
}

const scriptFaults: Readonly<Record<ScriptFault['why'], string>> = {
  absent: 'there is no such file',
  'not-executable': 'it is not executable',
  'writable-by-others':
    'found to be writable by group/others, NOT executing for security purposes.',
};
