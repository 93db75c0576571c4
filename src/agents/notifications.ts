/** The scripts of `/etc/ha.d/rc.d`, which are told what happens in the cluster: what `harc` is in C (spec resources 9). */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../log-line.ts';
import type { Millis } from '../units.ts';
import { runScript, type ScriptEnd } from './run-script.ts';
import type { ScriptLog } from './script-log.ts';

export interface NotificationOptions {
  /** `/etc/ha.d/rc.d` */
  readonly rcDirectory: string;
  /** The whole environment of scripts, from `scriptEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where scripts run, from `workingDirectory`. */
  readonly directory: string;
  readonly limit: Millis;
  /** Takes what scripts print. */
  readonly debugLog: ScriptLog;
  readonly log: (line: LogLine) => void;
}

/** Something that scripts may want to know. */
export interface Notice {
  /** The `t` of the message, which names the script. */
  readonly type: string;
  /** Its text fields, for the environment. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** This node's own status. */
  readonly status: string;
}

const maxWaiting = 100;
const maxScripts = 1_000;

/** One script at a time, in the order of what happened, each with a time limit. */
export class Notifications {
  readonly #options: NotificationOptions;
  readonly #waiting: Notice[] = [];
  #scripts: Promise<ReadonlySet<string>> | undefined;
  #isWorking = false;
  #hasEnded = false;
  #dropped = 0;

  constructor(options: NotificationOptions) {
    this.#options = options;
  }

  /** Has the script of that name run, if there is one; never waits. Beyond 100 that wait, notices are dropped and counted. */
  tell(notice: Notice): void {
    if (this.#hasEnded) return;
    if (this.#waiting.length >= maxWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(notice);
    if (!this.#isWorking) void this.#work();
  }

  /** Nothing more is run; the script that runs is not cut short. */
  close(): void {
    this.#hasEnded = true;
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    this.#scripts ??= scriptsIn(this.#options.rcDirectory);
    const scripts = await this.#scripts;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const name = next.type.toLowerCase();
      if (scripts.has(next.type) && scripts.has(name)) await this.#run(name, next);
      this.#tellDropped();
    }
    this.#isWorking = false;
  }

  async #run(name: string, notice: Notice): Promise<void> {
    const { debugLog, directory, limit, log, rcDirectory } = this.#options;
    const path = join(rcDirectory, name);
    const { environment, refused } = noticeEnvironment(this.#options.environment, notice);
    if (refused.length > 0) {
      const text = `${path} is not told of ${refused.join(', ')}: heartbeat has these names for itself`;
      log({ level: 'WARN', text });
    }
    log({ level: 'info', text: `Running ${path} ${name}` });
    // A script without its output is better than none.
    const opened = await debugLog.open();
    const file = opened.ok ? opened.value : undefined;
    const surroundings = { environment, directory, limit, stdout: 'log', log: file?.fd } as const;
    try {
      this.#judge(path, await runScript({ path, args: [name], ...surroundings }));
    } finally {
      void file?.close();
    }
  }

  #judge(path: string, end: ScriptEnd): void {
    switch (end.kind) {
      case 'exited':
        if (end.code !== 0) this.#warn(`${path} exited with return code ${String(end.code)}`);
        return;
      case 'killed':
        this.#warn(`${path} was ended by ${end.by}`);
        return;
      case 'timed-out':
        this.#warn(`${path} killed: it took longer than ${String(this.#options.limit / 1000)} s`);
        return;
      case 'not-started':
        this.#warn(`Cannot run ${path}: ${end.why}`);
        return;
      case 'cancelled':
        return;
    }
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#warn(
      `${String(this.#dropped)} notices for scripts were dropped: the scripts are too slow`,
    );
    this.#dropped = 0;
  }

  #warn(text: string): void {
    this.#options.log({ level: 'WARN', text });
  }
}

/**
 * The environment of a notification: the fields first, as `HA_<field>`, and heartbeat's own variables last. `refused` are the fields whose
 * names heartbeat has for itself: what it sets, and everything in capitals, which C would let a peer replace.
 */
export function noticeEnvironment(
  fixed: Readonly<Record<string, string>>,
  { fields, status }: Notice,
): { readonly environment: Record<string, string>; readonly refused: readonly string[] } {
  const usable = fields.filter(([name, value]) => isVariable(name) && !value.includes('\0'));
  const isOwn = (name: string): boolean => `HA_${name}` in fixed || !/[a-z]/.test(name);
  const told = usable.filter(([name]) => !isOwn(name));
  const environment = {
    ...Object.fromEntries(told.map(([name, value]) => [`HA_${name}`, value])),
    ...fixed,
    HA_OSTATUS: status,
  };
  return { environment, refused: usable.filter(([name]) => isOwn(name)).map(([name]) => name) };
}

const isVariable = (name: string): boolean => /^[A-Za-z0-9_]{1,100}$/.test(name);

async function scriptsIn(directory: string): Promise<ReadonlySet<string>> {
  const names = await readdir(directory).catch(() => []);
  return new Set(names.slice(0, maxScripts));
}
