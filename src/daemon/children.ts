/** The programs of `respawn` and `failfast` at work: their rules in a loop, between this machine and the log (spec membership 9). */
import type { Respawn } from '../config/settings.ts';
import type { LogLine } from '../log-line.ts';
import {
  findProgram,
  findSetpriv,
  launch,
  type Launchable,
  type ProgramPlaces,
} from './child-launch.ts';
import type { ChildProgram } from './child-program.ts';
import {
  type ChildEffect,
  type ChildEvent,
  type Children,
  childPids,
  createChildren,
  nextChildDeadline,
  stepChildren,
} from './child-state.ts';
import { Loop, type LoopWorld } from './loop.ts';
import { errorCode, whyFailed } from './why.ts';

export interface ChildrenOptions {
  /** In the order of ha.cf. */
  readonly programs: readonly Respawn[];
  readonly places: ProgramPlaces;
  /** All of it; nothing is added. */
  readonly environment: Readonly<Record<string, string>>;
  readonly world: LoopWorld;
  readonly log: (line: LogLine) => void;
  /** A program of failfast, as ha.cf names it, has failed: this machine is to be rebooted. */
  readonly onFailfast: (words: string) => void;
  /** Our own program is wrong. */
  readonly onThrow: (error: unknown) => void;
}

/** What a C daemon does not tell its children: it is for scripts alone (spec config 12). */
const forScriptsAlone: ReadonlySet<string> = new Set(['HA_LOGD', 'HA_NICEFAILBACK']);

/** The environment of children, made from that of scripts; `root` is the `HA_ROOT` of tests. */
export function childEnvironment(
  ofScripts: Readonly<Record<string, string>>,
  root: string | undefined,
): Record<string, string> {
  const kept = Object.entries(ofScripts).filter(([name]) => !forScriptsAlone.has(name));
  return { ...Object.fromEntries(kept), ...(root === undefined ? {} : { HA_ROOT: root }) };
}

/** The children of one life of the node. */
export class ManagedChildren {
  readonly #options: ChildrenOptions;
  readonly #stopped: Promise<void>;
  #tellStopped: () => void = () => undefined;
  #found: readonly Launchable[] = [];
  #setpriv: string | undefined;
  #loop: Loop<ChildEvent, ChildEffect> | undefined;
  #state: Children = createChildren([]);
  #isStopping = false;

  constructor(options: ChildrenOptions) {
    this.#options = options;
    this.#stopped = new Promise((resolve) => {
      this.#tellStopped = resolve;
    });
  }

  /** Starts them, in order; one that cannot be found is told, and left out. Never rejects. */
  async start(): Promise<void> {
    const { log, places, programs } = this.#options;
    if (programs.length === 0) return;
    this.#setpriv = await findSetpriv();
    const found = await Promise.all(programs.map((each) => findProgram(each, places)));
    if (this.#isStopping) return;
    const usable: { readonly rules: ChildProgram; readonly launchable: Launchable }[] = [];
    for (const [index, each] of programs.entries()) {
      const words = [each.command, ...each.args].join(' ');
      const answer = found[index];
      if (answer?.ok === true) {
        const { gid, uid } = answer.value;
        usable.push({ rules: { kind: each.kind, words, uid, gid }, launchable: answer.value });
      } else {
        const why = answer?.reason ?? 'not looked for';
        log({ level: 'WARN', text: `child client "${words}" is not started: ${why}` });
      }
    }
    this.#found = usable.map(({ launchable }) => launchable);
    this.#state = createChildren(usable.map(({ rules }) => rules));
    this.#warnWithoutGroups();
    this.#loop = this.#makeLoop();
    this.#loop.push({ kind: 'start' });
  }

  /** Settles when all are gone: SIGTERM to one group after the other, the last started first; SIGKILL after 30 s. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#loop === undefined) return;
    this.#loop.push({ kind: 'stop' });
    await this.#stopped;
    this.#loop.end();
  }

  /** SIGTERM to all of them at once, and nothing more is done about them: the daemon is about to end. */
  abandon(): void {
    this.#loop?.end();
    for (const pid of childPids(this.#state)) this.#signal(pid, 'SIGTERM');
  }

  #warnWithoutGroups(): void {
    const changesUser = process.geteuid?.() === 0 && this.#found.some(({ uid }) => uid !== 0);
    if (this.#setpriv !== undefined || !changesUser) return;
    const text =
      'setpriv (util-linux) is not installed: child clients run without supplementary groups';
    this.#options.log({ level: 'WARN', text });
  }

  #makeLoop(): Loop<ChildEvent, ChildEffect> {
    const { onThrow, world } = this.#options;
    return new Loop<ChildEvent, ChildEffect>(
      world,
      {
        step: (event, now) => {
          const step = stepChildren(this.#state, event, now);
          this.#state = step.state;
          return step.effects;
        },
        nextDeadline: () => nextChildDeadline(this.#state),
        tick: { kind: 'tick' },
      },
      {
        perform: (effect) => {
          this.#perform(effect);
        },
        onThrow,
      },
    );
  }

  #perform(effect: ChildEffect): void {
    switch (effect.kind) {
      case 'launch':
        void this.#launch(effect.index);
        return;
      case 'signal':
        this.#signal(effect.pid, effect.signal);
        return;
      case 'log':
        this.#options.log(effect.line);
        return;
      case 'failfast':
        this.#options.onFailfast(effect.words);
        return;
      case 'stopped':
        this.#tellStopped();
        return;
    }
  }

  async #launch(index: number): Promise<void> {
    const program = this.#found[index];
    if (program === undefined) return;
    const { environment } = this.#options;
    const answer = await launch(program, {
      environment,
      setpriv: this.#setpriv,
      onEnd: (end) => this.#loop?.push({ kind: 'ended', index, end }),
    });
    this.#loop?.push(
      answer.ok
        ? { kind: 'launched', index, pid: answer.value }
        : { kind: 'not-launched', index, why: answer.reason },
    );
  }

  #signal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // Its end is on the way to us.
      if (errorCode(error) === 'ESRCH') return;
      const text = `cannot signal process group ${String(pid)}: ${whyFailed(error)}`;
      this.#options.log({ level: 'WARN', text });
    }
  }
}
