/** A machine: what is left of it whatever becomes of its daemon. */
import type { Job, Outcome } from '../src/haresources/types.ts';
import type { LogLine } from '../src/log-line.ts';
import type { Daemon } from './daemon.ts';

/** What becomes of one call of an agent. */
export interface Script {
  readonly outcome?: Outcome;
  /** It does its work although it says otherwise. */
  readonly works?: boolean;
  /** How long it takes; default 20 ms. */
  readonly takes?: number;
}

export interface Machine {
  readonly name: string;
  /** Undefined while heartbeat does not run here. */
  daemon: Daemon | undefined;
  /** Counts starts of the machine: what was at work before is gone. */
  boots: number;
  /** Counts daemons: what an earlier one has started is not told to a later one. */
  life: number;
  /** The state files: they outlive everything but their loss. */
  generation: number;
  uuid: string;
  /** How far its wall clock is off, in seconds. */
  clockOff: number;
  /** The daemon stands still. */
  frozen: boolean;
  /** Its scripts stand still, too. */
  paused: boolean;
  /** What waits for the end of that. */
  held: (() => void)[];
  /** Scripts at work, those of an earlier daemon included. */
  scripts: number;
  /** When the daemon will be told that its deadline has come. */
  tickAt: number | undefined;
  /** What really runs on this machine, whatever its daemon believes. */
  readonly running: Set<string>;
  readonly log: string[];
  /** What the scripts of rc.d were told: type, `n` and `src`. */
  readonly notices: string[];
}

export const newMachine = (name: string): Machine => ({
  name,
  daemon: undefined,
  boots: 0,
  life: 0,
  generation: 100,
  uuid: name.padEnd(16, '.').slice(0, 16),
  clockOff: 0,
  frozen: false,
  paused: false,
  held: [],
  scripts: 0,
  tickAt: undefined,
  running: new Set(),
  log: [],
  notices: [],
});

/** What there is to say of the machines when their cluster is at its wits' end. */
export const lastWords = (machines: readonly Machine[]): string =>
  machines
    .map(({ name, daemon, running, log }) => {
      const held = `${name} holds ${daemon?.holding() ?? 'down'}, runs ${[...running].join(' ')}`;
      return [held, ...log.slice(-25)].join('\n  ');
    })
    .join('\n');

/** What happens to the machines, for judges and for the story. */
export type Happening =
  | { readonly kind: 'began'; readonly machine: Machine; readonly job: Job }
  | {
      readonly kind: 'ended';
      readonly machine: Machine;
      readonly job: Job;
      readonly outcome: Outcome;
      /** The daemon that has called it still lives. */
      readonly isHeard: boolean;
    }
  | { readonly kind: 'sent'; readonly machine: Machine; readonly bytes: Uint8Array }
  | { readonly kind: 'logged'; readonly machine: Machine; readonly line: LogLine }
  /** The machine's fencing device is at work, or has ended. */
  | { readonly kind: 'reset'; readonly machine: Machine; readonly what: string }
  /** The daemon starts, restarts itself, ends or dies; the machine loses power. */
  | { readonly kind: 'life'; readonly machine: Machine; readonly what: string };

export type Listener = (happening: Happening, now: number) => void;
