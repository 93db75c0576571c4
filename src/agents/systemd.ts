/** systemd units as agents, through `systemctl`. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Outcome } from '../haresources/types.ts';
import { seconds } from '../units.ts';
import { type ScriptAction, type ScriptCall, runScript } from './run-script.ts';

const places = ['/usr/bin/systemctl', '/bin/systemctl'];
const lookUpLimit = seconds(10);
const maxKnown = 1_024;

/** The path of `systemctl` when systemd runs this machine; undefined otherwise, also where only the program is installed. */
export async function systemctlPath(
  runtimeDirectory = '/run/systemd/system',
): Promise<string | undefined> {
  const exists = (path: string, mode: number): Promise<boolean> =>
    access(path, mode).then(
      () => true,
      () => false,
    );
  if (!(await exists(runtimeDirectory, constants.F_OK))) return undefined;
  for (const path of places) {
    if (await exists(path, constants.X_OK)) return path;
  }
  return undefined;
}

/** The arguments of `systemctl` for an action. */
export function unitArguments(action: ScriptAction, unit: string): readonly string[] {
  const verb = action === 'status' ? 'is-active' : action;
  return ['--no-ask-password', verb, unit];
}

/** What `systemctl is-active` printed, as an outcome; a unit that is starting or stopping does not run yet, or any more. */
export function unitStatus(text: string): Outcome {
  const runs = ['active', 'reloading', 'refreshing'].includes(text.trim());
  return { kind: runs ? 'running' : 'stopped' };
}

/** Which service units this machine has. Finding one is remembered, for at a failover every millisecond counts. */
export class Units {
  readonly systemctl: string;
  readonly #call: Pick<ScriptCall, 'environment' | 'directory'>;
  readonly #known = new Set<string>();

  constructor(systemctl: string, call: Pick<ScriptCall, 'environment' | 'directory'>) {
    this.systemctl = systemctl;
    this.#call = call;
  }

  /** The unit's full name (`httpd.service`); undefined when systemd cannot load it (not there, masked, or broken). */
  async find(name: string): Promise<string | undefined> {
    // The characters of systemd.unit(5); a leading dash would be read as an option.
    if (!/^[\w:.\\@][\w:.\\@-]*$/.test(name) || name.length > 255) return undefined;
    const unit = name.endsWith('.service') ? name : `${name}.service`;
    if (this.#known.has(unit)) return unit;
    const text = await this.#ask(['show', '--property=LoadState', unit]);
    if (text?.trim() !== 'LoadState=loaded') return undefined;
    if (this.#known.size < maxKnown) this.#known.add(unit);
    return unit;
  }

  /** The names of all installed services, without `.service`. */
  async names(): Promise<readonly string[]> {
    const text = await this.#ask(['list-unit-files', '--type=service', '--no-legend', '--plain']);
    return (text ?? '').split('\n').flatMap((line) => {
      const name = /^(\S+)\.service\s/.exec(line)?.[1];
      return name === undefined ? [] : [name];
    });
  }

  async #ask(args: readonly string[]): Promise<string | undefined> {
    const end = await runScript({
      ...this.#call,
      path: this.systemctl,
      args,
      limit: lookUpLimit,
      stdout: 'capture',
      log: undefined,
    });
    return end.kind === 'exited' && end.code === 0 ? end.output : undefined;
  }
}
